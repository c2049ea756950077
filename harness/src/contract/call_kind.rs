//! Kinds of calls.

use std::fmt;
use std::str::FromStr;

use super::label::Label;
use super::method::Method;

/// A kind of call: its method and the kind of its outcome. Written `delete_role not_found.role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKind {
    /// What was called.
    pub method: Method,
    /// Its outcome.
    pub label: Label,
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.label)
    }
}

/// Text that names no kind of call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of call; write METHOD OUTCOME, for instance delete_role not_found.role")]
pub struct ParseCallKindError(String);

impl FromStr for CallKind {
    type Err = ParseCallKindError;

    fn from_str(text: &str) -> Result<Self, ParseCallKindError> {
        let parts = text.split_once(' ').and_then(|(method, label)| {
            Some(Self { method: method.parse().ok()?, label: label.parse().ok()? })
        });
        parts.ok_or_else(|| ParseCallKindError(text.to_owned()))
    }
}
