//! Tags: names for commits.

use serde::{Deserialize, Serialize};

use crate::{CommitId, Name};

/// A name for a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Unique in the catalog.
    pub name: Name,
    /// A commit of the same catalog.
    pub commit: CommitId,
}
