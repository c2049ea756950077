//! Numbers in JSON.

use pangolin_store::*;
use serde_json::{Number, Value};

use super::audit::each_event;
use crate::fault::fault;

fault!(
    IntegersAsFloats,
    "metadata-integers-as-floats",
    BusinessMetadata,
    Divergent,
    "turns the integers in business metadata into floats",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(Some(metadata)) = reply.get_mut::<Option<BusinessMetadata>>() {
            metadata.properties = with_numbers(&metadata.properties, |number| {
                let float = number.as_f64().and_then(Number::from_f64);
                Value::Number(float.unwrap_or_else(|| number.clone()))
            });
        }
        Ok(reply)
    }
);

fault!(
    LargeIntegersRounded,
    "audit-large-integers-rounded",
    Audit,
    Divergent,
    "rounds integers above 2^53 in an event's metadata",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        each_event(&mut reply, |event| {
            event.metadata = event.metadata.as_ref().map(|json| {
                with_numbers(json, |number| match number.as_i64() {
                    Some(integer) => Value::from(integer as f64 as i64),
                    None => Value::Number(number.clone()),
                })
            });
        });
        Ok(reply)
    }
);

fault!(
    HugeIntegersCut,
    "audit-huge-integers-cut",
    Audit,
    Divergent,
    "cuts integers of 2^63 and above in an event's metadata",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        each_event(&mut reply, |event| {
            event.metadata = event.metadata.as_ref().map(|json| {
                with_numbers(json, |number| match number.as_u64() {
                    Some(integer) => Value::from(i64::try_from(integer).unwrap_or(i64::MAX)),
                    None => Value::Number(number.clone()),
                })
            });
        });
        Ok(reply)
    }
);

/// `json` with each of its numbers replaced by the result of `read`.
fn with_numbers(json: &Json, read: fn(&Number) -> Value) -> Json {
    // The replaced JSON can be a byte longer than what was written. If it is too long, `json` stays as it is.
    Json::new(numbers_read(json.value(), read)).unwrap_or_else(|_| json.clone())
}

fn numbers_read(value: &Value, read: fn(&Number) -> Value) -> Value {
    match value {
        Value::Number(number) => read(number),
        Value::Array(items) => items.iter().map(|item| numbers_read(item, read)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, field)| (key.clone(), numbers_read(field, read))).collect()
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}
