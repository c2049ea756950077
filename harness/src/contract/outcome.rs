//! What a call came to.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use pangolin_store::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use crate::contract::redact::redacted;

/// What a store answered to some method: a value whose type the method knows.
pub struct Reply(Box<dyn Answer>);

impl Reply {
    /// Wraps an answer.
    pub fn new<T: Answered>(answer: T) -> Self {
        Self(Box::new(answer))
    }

    /// The answer, if it is of that type.
    pub fn into_inner<T: Answered>(self) -> Option<T> {
        self.0.into_any().downcast().ok().map(|answer| *answer)
    }

    /// The answer, if it is of that type, to look at or to change.
    pub fn get_mut<T: Answered>(&mut self) -> Option<&mut T> {
        self.0.as_any_mut().downcast_mut()
    }

    /// Whether there is nothing in it: `None`, no rows, zero, false.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The answer as JSON, with fingerprints in place of secrets.
    pub fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(&*other.0)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

/// What a method of the contract can answer.
pub trait Answered: PartialEq + Serialize + Send + Sync + 'static {
    /// Whether there is nothing in it.
    fn is_nothing(&self) -> bool {
        false
    }
}

impl<T: PartialEq + Serialize + Send + Sync + 'static> Answered for Option<T> {
    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl<T: PartialEq + Serialize + Send + Sync + 'static> Answered for Vec<T> {
    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl Answered for u64 {
    fn is_nothing(&self) -> bool {
        *self == 0
    }
}

impl Answered for bool {
    fn is_nothing(&self) -> bool {
        !*self
    }
}

macro_rules! answered {
    ($($entity:ty),+ $(,)?) => {
        $(impl Answered for $entity {})+
    };
}

answered!(
    (),
    Tenant,
    Warehouse,
    Catalog,
    Namespace,
    Asset,
    Branch,
    MergeOperation,
    MergeConflict,
    User,
    Role,
    ServiceUser,
    Settings,
    BusinessMetadata,
    AccessRequest,
);

/// An [`Answered`] of any type.
trait Answer: Send + Sync {
    fn equals(&self, other: &dyn Answer) -> bool;
    fn is_empty(&self) -> bool;
    fn to_value(&self) -> Value;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<T: Answered> Answer for T {
    fn equals(&self, other: &dyn Answer) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }

    fn is_empty(&self) -> bool {
        self.is_nothing()
    }

    fn to_value(&self) -> Value {
        redacted(serde_json::to_value(self).unwrap_or_else(|error| json!(error.to_string())))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// What a call came to, its failures of every sort included.
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
    /// Which sort of outcome it is.
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

    /// Whether two stores that came to these are at parity. An error's key is for people, and does
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
                json!({ "error": "backend", "source": words(&**source) })
            }
            Self::Panic(message) => json!({ "error": "panic", "message": message }),
            Self::Error(_) | Self::Hang => json!({ "error": self.label() }),
        }
    }
}

/// An error's words, and those of what caused it.
pub(crate) fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A sort of outcome, as coverage counts them. Written `ok`, `empty`, `not_found.tenant`,
/// `conflict.stale` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// It answered something.
    Ok,
    /// It answered, with nothing in it.
    Empty,
    /// `NotFound` of that.
    NotFound(Entity),
    /// `AlreadyExists` of that.
    AlreadyExists(Entity),
    /// `Conflict` for that reason.
    Conflict(ConflictReason),
    /// `Invalid`.
    Invalid,
    /// `Unsupported`.
    Unsupported,
    /// `Backend`.
    Backend,
    /// It panicked.
    Panic,
    /// It did not end in time.
    Hang,
}

impl Label {
    /// The label without what it is about; an empty success is a success.
    pub fn coarse(self) -> &'static str {
        match self {
            Self::Ok | Self::Empty => "ok",
            Self::NotFound(_) => "not_found",
            Self::AlreadyExists(_) => "already_exists",
            Self::Conflict(_) => "conflict",
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Backend => "backend",
            Self::Panic => "panic",
            Self::Hang => "hang",
        }
    }

    /// Whether the call did what it was asked for.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Ok | Self::Empty)
    }

    /// Whether the contract never allows it.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Unsupported | Self::Backend | Self::Panic | Self::Hang)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::NotFound(entity) | Self::AlreadyExists(entity) => {
                write!(f, "{}.{entity}", self.coarse())
            }
            Self::Conflict(reason) => {
                write!(f, "{}.{}", self.coarse(), <&'static str>::from(reason))
            }
            _ => f.write_str(self.coarse()),
        }
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Text that names no sort of outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no sort of outcome; write it like ok, not_found.tenant or conflict.stale")]
pub struct NoLabel(String);

impl FromStr for Label {
    type Err = NoLabel;

    fn from_str(text: &str) -> Result<Self, NoLabel> {
        static ALL: LazyLock<BTreeMap<String, Label>> = LazyLock::new(|| {
            let plain = [
                Label::Ok,
                Label::Empty,
                Label::Invalid,
                Label::Unsupported,
                Label::Backend,
                Label::Panic,
                Label::Hang,
            ];
            let all = plain
                .into_iter()
                .chain(Entity::iter().map(Label::NotFound))
                .chain(Entity::iter().map(Label::AlreadyExists))
                .chain(ConflictReason::iter().map(Label::Conflict));
            all.map(|label| (label.to_string(), label)).collect()
        });
        ALL.get(text).copied().ok_or_else(|| NoLabel(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
