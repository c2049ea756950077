//! Free-form JSON.

use std::fmt;
use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::nul;
use crate::Invalid;

/// Any JSON value of at most 256 KiB (written compactly) and 64 levels, without U+0000.
///
/// A store returns an equal value: integers (i64 and u64) and floats differ, so `1` is not `1.0`. The
/// keys of an object have no order. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Json(Arc<Value>);

impl Json {
    /// How many bytes a value may have at most when it is written compactly.
    pub const MAX_BYTES: usize = 256 * 1024;
    /// How deep arrays and objects may be nested.
    pub const MAX_LEVELS: usize = 64;

    /// Checks and takes `value`.
    ///
    /// # Errors
    /// [`Invalid`] when it is too large, nested too deep, or holds U+0000.
    pub fn new(value: Value) -> Result<Self, Invalid> {
        check_nesting(&value, 0)?;
        if serde_json::to_writer(Budget(Self::MAX_BYTES), &value).is_err() {
            let reason = format!("takes at most {} bytes when written compactly", Self::MAX_BYTES);
            return Err(Invalid::new("json", reason));
        }
        Ok(Self(Arc::new(value)))
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.0
    }
}

impl TryFrom<Value> for Json {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        Self::new(value)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, f)
    }
}

/// Checks `value`, which is inside `levels` arrays and objects.
fn check_nesting(value: &Value, levels: usize) -> Result<(), Invalid> {
    let levels = levels + usize::from(value.is_array() || value.is_object());
    if levels > Json::MAX_LEVELS {
        return Err(Invalid::new("json", format!("nests at most {} levels", Json::MAX_LEVELS)));
    }
    match value {
        Value::String(text) => check_text(text),
        Value::Array(items) => items.iter().try_for_each(|item| check_nesting(item, levels)),
        Value::Object(entries) => entries.iter().try_for_each(|(key, value)| {
            check_text(key)?;
            check_nesting(value, levels)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), Invalid> {
    if nul(text).is_some() {
        return Err(Invalid::new("json", "holds U+0000; take it out"));
    }
    Ok(())
}

/// A writer that counts bytes up to a limit and keeps none.
struct Budget(usize);

impl io::Write for Budget {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
