//! Business metadata, and JSON.

use pangolin_store::*;
use serde_json::{Number, Value};

use crate::fault::fault;
use crate::op::Op;
use crate::outcome::Reply;

/// `json` with `read` in place of each of its numbers.
pub(super) fn with_numbers(json: &Json, read: fn(&Number) -> Value) -> Json {
    // What is read can be a byte longer than what was written, and too long then: it stays.
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

fn with_properties(reply: &mut Reply, read: fn(&Number) -> Value) {
    if let Some(Some(metadata)) = reply.get_mut::<Option<BusinessMetadata>>() {
        metadata.properties = with_numbers(&metadata.properties, read);
    }
}

fault!(
    FirstAuthorReplaced,
    "metadata-first-author-replaced",
    BusinessMetadata,
    Divergent,
    "replaces who wrote business metadata first, and when, on the second upsert",
    |op, inner| match op {
        Op::UpsertBusinessMetadata { tenant, asset, write } => {
            if inner.get_business_metadata(tenant, asset).await?.is_some() {
                inner.delete_business_metadata(tenant, asset).await?;
            }
            Op::UpsertBusinessMetadata { tenant, asset, write }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    OutlivesItsAsset,
    "metadata-outlives-its-asset",
    BusinessMetadata,
    Divergent,
    "keeps the business metadata of an asset that is gone",
    |op, inner, past| {
        let mut reply = op.apply(inner).await?;
        if let (Op::GetBusinessMetadata { tenant, asset }, Some(found @ None)) =
            (&op, reply.get_mut::<Option<BusinessMetadata>>())
        {
            *found = past.find_last(|op| last_written(op, *tenant, *asset)).flatten();
        }
        Ok(reply)
    }
);

/// What a call left of an asset's business metadata, if it was about that and no other.
fn last_written(op: &Op, of: TenantId, about: AssetId) -> Option<Option<BusinessMetadata>> {
    match op {
        Op::UpsertBusinessMetadata { tenant, asset, write } => {
            let about_it = (*tenant, *asset) == (of, about);
            about_it.then(|| Some(write.onto(*asset, None)))
        }
        Op::DeleteBusinessMetadata { tenant, asset } => {
            ((*tenant, *asset) == (of, about)).then_some(None)
        }
        Op::DeleteTenant { tenant } => (*tenant == of).then_some(None),
        _ => None,
    }
}

fault!(
    IntegersAsFloats,
    "metadata-integers-as-floats",
    BusinessMetadata,
    Divergent,
    "turns the integers in business metadata into floats",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        with_properties(&mut reply, |number| {
            let float = number.as_f64().and_then(Number::from_f64);
            Value::Number(float.unwrap_or_else(|| number.clone()))
        });
        Ok(reply)
    }
);

fault!(
    HugeIntegersCut,
    "metadata-huge-integers-cut",
    BusinessMetadata,
    Divergent,
    "cuts integers of 2^63 and above in business metadata",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        with_properties(&mut reply, |number| match number.as_u64() {
            Some(integer) => Value::from(i64::try_from(integer).unwrap_or(i64::MAX)),
            None => Value::Number(number.clone()),
        });
        Ok(reply)
    }
);
