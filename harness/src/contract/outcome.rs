//! Outcomes of calls.

use pangolin_store::{Invalid, StoreError};
use serde_json::{Value, json};

use super::label::Label;
use super::reply::Reply;

/// The outcome of a call: an answer, or a failure of any kind.
#[derive(Debug)]
pub enum Outcome {
    /// It answered.
    Reply(Reply),
    /// It failed.
    Error(StoreError),
    /// It panicked, with that message.
    Panic(String),
    /// It did not end in time.
    Hang,
}

impl Outcome {
    /// Which kind of outcome it is.
    pub fn label(&self) -> Label {
        match self {
            Self::Reply(reply) if reply.is_empty() => Label::Empty,
            Self::Reply(_) => Label::Ok,
            Self::Error(StoreError::NotFound { entity, .. }) => Label::NotFound(*entity),
            Self::Error(StoreError::AlreadyExists { entity, .. }) => Label::AlreadyExists(*entity),
            Self::Error(StoreError::Conflict { reason, .. }) => Label::Conflict(*reason),
            Self::Error(StoreError::Invalid(_)) => Label::Invalid,
            Self::Error(StoreError::Unsupported { .. }) => Label::Unsupported,
            Self::Error(StoreError::Backend { .. }) => Label::Backend,
            Self::Panic(_) => Label::Panic,
            Self::Hang => Label::Hang,
        }
    }

    /// Whether two stores with these outcomes are at parity. An error's key is for people, and does
    /// not count.
    pub fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Reply(mine), Self::Reply(theirs)) => mine == theirs,
            (Self::Error(StoreError::Invalid(mine)), Self::Error(StoreError::Invalid(theirs))) => {
                mine.field == theirs.field
            }
            _ => self.label() == other.label(),
        }
    }

    /// The outcome as JSON: `{"ok": …}` or `{"error": …}`.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Reply(reply) => json!({ "ok": reply.to_value() }),
            Self::Error(StoreError::Invalid(Invalid { field, .. })) => {
                json!({ "error": "invalid", "field": field })
            }
            Self::Error(StoreError::Backend { source }) => {
                json!({ "error": "backend", "source": with_causes(&**source) })
            }
            Self::Panic(message) => json!({ "error": "panic", "message": message }),
            Self::Error(_) | Self::Hang => json!({ "error": self.label() }),
        }
    }
}

/// An error's message, and those of its causes.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
