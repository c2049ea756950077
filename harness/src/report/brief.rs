//! Calls, outcomes and values in few characters, for people.
//!
//! What a store or a file says is shown so that it cannot control a terminal: strings are quoted and escaped as
//! Rust writes them.

use serde_json::Value;
use uuid::Uuid;

use crate::contract::op::Op;
use crate::contract::redact::redacted;
use crate::trace::history::ClientCall;

/// How long a string within a value may be.
const MAX_STRING: usize = 32;
/// How long the arguments of a call, or an outcome, may be.
const MAX_VALUE: usize = 240;

/// A call: its method, and the arguments that are not empty. Ids are shortened to their end.
pub(super) fn call(op: &Op) -> String {
    let arguments = arguments(op);
    let shown = fields(&arguments);
    shortened(&format!("{}({shown})", op.method()), MAX_VALUE)
}

/// An outcome: `ok`, with the answer if there is one, or the error.
pub(super) fn outcome(outcome: &Value) -> String {
    if let Some(answer) = outcome.get("ok") {
        return match answer {
            Value::Null => "ok".to_owned(),
            answer => shortened(&format!("ok {}", value(answer)), MAX_VALUE),
        };
    }
    let error = outcome.get("error").and_then(Value::as_str).unwrap_or("error");
    let details = ["field", "source", "message"].iter().find_map(|key| outcome.get(*key)?.as_str());
    let details = details.map(|details| format!(" ({})", line(details))).unwrap_or_default();
    shortened(&format!("{}{details}", line(error)), MAX_VALUE)
}

/// What a call answered, if it did.
pub(super) fn answer(call: &ClientCall) -> String {
    match &call.result {
        None => "no answer".to_owned(),
        Some(result) if call.label().is_none() => format!("unknown: {}", outcome(result)),
        Some(result) => outcome(result),
    }
}

/// A call with all its arguments and its whole outcome, as JSON, with fingerprints in place of secrets.
pub(super) fn in_full(call: &ClientCall) -> String {
    let arguments = arguments(&call.call);
    let result = call.result.as_ref().map_or_else(|| "no answer".to_owned(), Value::to_string);
    format!("{} {arguments} → {result}", call.call.method())
}

/// Text on one line, with what could control a terminal escaped.
pub(super) fn line(text: &str) -> String {
    let escaped = |character: char| match character {
        '\'' | '"' | '\\' => character.to_string(),
        other => other.escape_debug().collect(),
    };
    text.chars().map(escaped).collect()
}

/// A text of at most so many characters, the last of which says that there were more.
pub(super) fn shortened(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    text.chars().take(max_chars - 1).chain(['…']).collect()
}

fn arguments(op: &Op) -> Value {
    let call = serde_json::to_value(op).unwrap_or_default();
    let arguments = call.as_object().and_then(|call| call.values().next());
    redacted(arguments.cloned().unwrap_or_default())
}

fn value(of: &Value) -> String {
    match of {
        Value::String(text) => string(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", "))
        }
        Value::Object(_) => format!("{{{}}}", fields(of)),
        Value::Null | Value::Bool(_) | Value::Number(_) => of.to_string(),
    }
}

fn string(text: &str) -> String {
    match text.parse::<Uuid>() {
        Ok(_) => format!("…{}", text.chars().skip(text.chars().count() - 4).collect::<String>()),
        Err(_) => format!("{:?}", shortened(text, MAX_STRING)),
    }
}

fn fields(of: &Value) -> String {
    let fields = of.as_object().into_iter().flatten().filter(|(_, field)| !says_nothing(field));
    let fields = fields.map(|(name, field)| format!("{}: {}", line(name), value(field)));
    fields.collect::<Vec<_>>().join(", ")
}

/// Whether it is empty, or a limit that limits nothing.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(number) => number.as_u64() == Some(u64::from(u32::MAX)),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(says_nothing),
        Value::Bool(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_would_control_a_terminal_is_escaped_and_long_texts_end_with_an_ellipsis() {
        let hostile = "\u{1b}[2J\n\u{9b}\u{202e}".to_owned() + &"x".repeat(1000);
        let shown = outcome(&json!({ "ok": { "name": hostile, "\u{1b}": 1 } }));
        assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}'), "{shown}");
        assert!(shown.contains("\\u{1b}[2J\\n"), "{shown}");
        assert!(shown.chars().count() <= MAX_VALUE && shown.contains('…'), "{shown}");
        let failed = outcome(&json!({ "error": "backend", "source": "\u{1b}]0;\u{7}" }));
        assert_eq!(failed, "backend (\\u{1b}]0;\\u{7})");
    }

    #[test]
    fn a_call_shows_the_end_of_ids_no_empty_argument_and_no_secret() {
        let call = |call: Value| super::call(&serde_json::from_value(call).unwrap());
        let id = "00000000-0000-0000-0000-000000000001";
        assert_eq!(
            call(
                json!({ "create_tenant": { "tenant": { "id": id, "name": "a", "properties": {} } } })
            ),
            "create_tenant(tenant: {id: …0001, name: \"a\"})"
        );
        let secret =
            json!({ "update_settings": { "tenant": id, "update": { "smtp_password": "hush" } } });
        assert!(!call(secret).contains("hush"));
    }
}
