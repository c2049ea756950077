//! Secrets leave the harness as fingerprints only.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The fields that hold secrets, over all entities.
const SECRET_FIELDS: &[&str] = &[
    "account_key",
    "api_key_hash",
    "password_hash",
    "private_key",
    "secret_access_key",
    "smtp_password",
];

/// `value` with a fingerprint in place of every secret: equal for equal secrets, and telling nothing
/// else.
pub(crate) fn redacted(mut value: Value) -> Value {
    redact(&mut value);
    value
}

fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (field, value) in fields {
                match value {
                    Value::String(secret) if SECRET_FIELDS.contains(&field.as_str()) => {
                        *secret = fingerprint(secret);
                    }
                    _ => redact(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fingerprint(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    let hex: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("secret:{hex}")
}
