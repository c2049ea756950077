//! Kinds of outcomes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use pangolin_store::{ConflictReason, Entity};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::IntoEnumIterator;

/// A kind of outcome, as coverage counts them. Written `ok`, `empty`, `not_found.tenant`,
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

/// Text that names no kind of outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of outcome; write it like ok, not_found.tenant or conflict.stale")]
pub struct ParseLabelError(String);

impl FromStr for Label {
    type Err = ParseLabelError;

    fn from_str(text: &str) -> Result<Self, ParseLabelError> {
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
        ALL.get(text).copied().ok_or_else(|| ParseLabelError(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
