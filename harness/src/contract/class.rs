//! Classes of divergences.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

/// The class of a divergence. The rule that decides it is in `compare/classify.rs`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Class {
    /// The store answers `Unsupported`.
    Missing,
    /// An old schema: what was written does not come back, or the database refuses the call.
    Outdated,
    /// Any other difference.
    Divergent,
    /// The store panicked.
    Panic,
    /// The store did not answer in time.
    Hang,
    /// Several clients were answered what no order of their calls explains.
    NotLinearizable,
    /// After a failure, something acknowledged is gone, something is there in part, or an answer was not true.
    NotAtomic,
    /// A call failed although nothing was wrong, or still failed long after everything was right again.
    Failed,
    /// Something is left in the database that belongs to nothing.
    Leftover,
}

impl Class {
    /// Whether only concurrent histories show it.
    pub fn is_of_histories(self) -> bool {
        matches!(self, Self::NotLinearizable | Self::NotAtomic | Self::Failed | Self::Leftover)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.into())
    }
}
