//! Commits: sets of changes that were applied to a branch at once.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Asset, AssetPlace, CommitId, Invalid, Name, NamespacePath, Text, Timestamp};

/// A commit of a catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Unique in the catalog.
    pub id: CommitId,
    /// The commit before it; none for the first one of a branch.
    pub parent: Option<CommitId>,
    /// Who made it.
    pub author: Text,
    /// The reason.
    pub message: Text,
    /// When it was made.
    pub at: Timestamp,
    /// What it changed, in order. A merge's commit may have any number of operations.
    pub operations: Arc<[CommitOperation]>,
}

/// A commit to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCommit {
    /// Unique in the catalog.
    pub id: CommitId,
    /// The commit that must be the branch's head; `None`: the branch must have no head.
    pub parent: Option<CommitId>,
    /// Who makes it.
    pub author: Text,
    /// The reason.
    pub message: Text,
    /// When it is made.
    pub at: Timestamp,
    /// What to change, in order.
    pub operations: Operations,
}

impl From<NewCommit> for Commit {
    fn from(new: NewCommit) -> Self {
        Self {
            id: new.id,
            parent: new.parent,
            author: new.author,
            message: new.message,
            at: new.at,
            operations: new.operations.0,
        }
    }
}

/// One change of a commit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CommitOperation {
    /// Creates the asset, or replaces the content of the one at its place, which must have its id.
    Put {
        /// The asset, at its place.
        asset: Asset,
    },
    /// Deletes the asset at a place.
    Delete {
        /// The namespace.
        namespace: NamespacePath,
        /// The asset's name in it.
        name: Name,
    },
}

impl CommitOperation {
    /// The place that it changes.
    pub fn place(&self) -> AssetPlace {
        match self {
            Self::Put { asset } => asset.place(),
            Self::Delete { namespace, name } => {
                AssetPlace { namespace: namespace.clone(), name: name.clone() }
            }
        }
    }

    /// Bytes of all names, texts and properties in it.
    fn bytes(&self) -> usize {
        let path = |path: &NamespacePath| path.names().iter().map(|name| name.len()).sum::<usize>();
        match self {
            Self::Delete { namespace, name } => path(namespace) + name.len(),
            Self::Put { asset } => {
                let properties = asset.properties.entries().iter();
                path(&asset.namespace)
                    + asset.name.len()
                    + asset.location.len()
                    + asset.metadata_location.as_ref().map_or(0, |location| location.len())
                    + properties.map(|(key, value)| key.as_str().len() + value.len()).sum::<usize>()
            }
        }
    }
}

impl fmt::Debug for CommitOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { asset } => f.debug_tuple("Put").field(asset).finish(),
            Self::Delete { .. } => write!(f, "Delete({})", self.place()),
        }
    }
}

/// 1 to 1,000 operations whose names, texts and properties have at most 4 MiB together. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<CommitOperation>")]
pub struct Operations(Arc<[CommitOperation]>);

impl Operations {
    /// How many operations a commit may have at most.
    pub const MAX_OPERATIONS: usize = 1000;
    /// How many bytes their names, texts and properties may have together at most.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;

    /// Checks and takes `operations`, in order.
    ///
    /// # Errors
    /// [`Invalid`] when there are none, more than 1,000, or more than 4 MiB of them.
    pub fn new(operations: impl Into<Arc<[CommitOperation]>>) -> Result<Self, Invalid> {
        let operations = operations.into();
        let count = operations.len();
        if count == 0 || count > Self::MAX_OPERATIONS {
            let reason = format!("takes 1 to {} operations, not {count}", Self::MAX_OPERATIONS);
            return Err(Invalid::new("operations", reason));
        }
        let bytes: usize = operations.iter().map(CommitOperation::bytes).sum();
        if bytes > Self::MAX_BYTES {
            let reason = format!("takes at most {} bytes in all, not {bytes}", Self::MAX_BYTES);
            return Err(Invalid::new("operations", reason));
        }
        Ok(Self(operations))
    }

    /// The operations, in order.
    pub fn as_slice(&self) -> &[CommitOperation] {
        &self.0
    }
}

impl TryFrom<Vec<CommitOperation>> for Operations {
    type Error = Invalid;

    fn try_from(operations: Vec<CommitOperation>) -> Result<Self, Invalid> {
        Self::new(operations)
    }
}

/// Where a history starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryStart {
    /// At the head of the branch of that name.
    Branch(Name),
    /// At that commit.
    Commit(CommitId),
}
