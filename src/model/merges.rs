//! Merge operations: an ingest branch is merged into its parent. Conflicts prevent it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    Asset, AssetField, AssetId, Commit, CommitId, CommitOperation, ConflictId, ConflictReason,
    Invalid, MergeId, Name, Result, SmallSet, StoreError, Text, Timestamp, UserId,
};

/// A merge of one branch into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeOperation {
    /// Unique in the catalog.
    pub id: MergeId,
    /// The branch that is merged.
    pub source: Name,
    /// The branch that it is merged into.
    pub target: Name,
    /// Who began it.
    pub initiated_by: UserId,
    /// When it began.
    pub initiated_at: Timestamp,
    /// Its state.
    pub status: MergeStatus,
    /// When it ended, completed or aborted.
    pub completed_at: Option<Timestamp>,
    /// The commit that it made on the target.
    pub result_commit: Option<CommitId>,
    /// The source's head when it began.
    pub source_head: Option<CommitId>,
    /// The target's head when it began.
    pub target_head: Option<CommitId>,
}

impl MergeOperation {
    /// Checks that it has not ended.
    ///
    /// # Errors
    /// `Conflict(IllegalState)` when it has.
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.status.is_open() {
            return Ok(());
        }
        Err(StoreError::conflict(ConflictReason::IllegalState, self.id))
    }

    /// The merge after this commit has completed it.
    pub(crate) fn completed(self, by: &Commit) -> Self {
        let (completed_at, result_commit) = (Some(by.at), Some(by.id));
        Self { status: MergeStatus::Completed, completed_at, result_commit, ..self }
    }

    /// The merge after it was aborted.
    ///
    /// # Errors
    /// `Conflict(IllegalState)` when it has ended.
    pub(crate) fn aborted(self, at: Timestamp) -> Result<Self> {
        self.check_open()?;
        Ok(Self { status: MergeStatus::Aborted, completed_at: Some(at), ..self })
    }

    /// Its key in a listing.
    pub fn key(&self) -> MergeKey {
        MergeKey { initiated_at: self.initiated_at, id: self.id }
    }
}

/// The state of a merge.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MergeStatus {
    /// Open, with conflicts to resolve.
    Conflicted,
    /// Open, without a conflict to resolve.
    Ready,
    /// Ended: the result was applied to the target.
    Completed,
    /// Ended without effect.
    Aborted,
}

impl MergeStatus {
    /// Whether it has not ended.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Conflicted | Self::Ready)
    }
}

/// The order of a catalog's merges: by start, then id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields of `MergeOperation`
pub struct MergeKey {
    pub initiated_at: Timestamp,
    pub id: MergeId,
}

/// A merge to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMerge {
    /// Unique in the catalog.
    pub id: MergeId,
    /// An ingest branch.
    pub source: Name,
    /// Its parent.
    pub target: Name,
    /// Who begins it.
    pub initiated_by: UserId,
    /// When it begins.
    pub initiated_at: Timestamp,
}

impl NewMerge {
    /// The merge as it begins, from the heads of source and target, with conflicts or without.
    pub(crate) fn begun(
        &self,
        source_head: Option<CommitId>,
        target_head: Option<CommitId>,
        has_conflicts: bool,
    ) -> MergeOperation {
        MergeOperation {
            id: self.id,
            source: self.source.clone(),
            target: self.target.clone(),
            initiated_by: self.initiated_by,
            initiated_at: self.initiated_at,
            status: if has_conflicts { MergeStatus::Conflicted } else { MergeStatus::Ready },
            completed_at: None,
            result_commit: None,
            source_head,
            target_head,
        }
    }
}

/// The commit that completes a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeCommit {
    /// Unique in the catalog.
    pub id: CommitId,
    /// Who completes the merge.
    pub author: Text,
    /// The reason.
    pub message: Text,
    /// When it is made; the merge ends at that time.
    pub at: Timestamp,
}

impl MergeCommit {
    /// The commit, on the target's head.
    pub(crate) fn on(&self, parent: Option<CommitId>, operations: Vec<CommitOperation>) -> Commit {
        Commit {
            id: self.id,
            parent,
            author: self.author.clone(),
            message: self.message.clone(),
            at: self.at,
            operations: operations.into(),
        }
    }
}

/// Something that a person must decide before a merge can be completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeConflict {
    /// Unique in the merge.
    pub id: ConflictId,
    /// The asset that it is about.
    pub asset: AssetId,
    /// The kind of conflict.
    pub kind: ConflictKind,
    /// The resolution, if there is one.
    pub resolution: Option<Resolution>,
}

impl MergeConflict {
    /// Checks that a manual resolution is about the conflict's asset.
    ///
    /// # Errors
    /// `Invalid` when it is about another one.
    pub(crate) fn check_manual(&self, asset: &Asset) -> Result<()> {
        if asset.id == self.asset {
            return Ok(());
        }
        let reason = format!("must have the id of the conflict's, {}", self.asset);
        Err(Invalid::new("asset", reason).into())
    }
}

/// The kind of conflict on an asset of a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ConflictKind {
    /// Both sides changed it, to different contents.
    ModifiedInBoth {
        /// The fields in which the two sides differ.
        fields: BTreeSet<AssetField>,
    },
    /// The source deleted it, the target changed it.
    DeletedInSource,
    /// The source changed it, the target deleted it.
    DeletedInTarget,
    /// Its place is held on the target by another asset.
    NameTaken {
        /// The asset that holds it.
        by: AssetId,
    },
    /// Reported by a caller: the schemas are not compatible.
    SchemaChange {
        /// The schema on the source.
        source_schema: Text,
        /// The schema on the target.
        target_schema: Text,
    },
    /// Reported by a caller: both sides wrote the same partitions.
    DataOverlap {
        /// The partitions.
        partitions: SmallSet<Text>,
    },
}

/// A conflict to report, which a store cannot find itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedConflict")]
pub struct NewConflict {
    id: ConflictId,
    asset: AssetId,
    kind: ConflictKind,
}

impl NewConflict {
    /// A conflict of `kind` on `asset`.
    ///
    /// # Errors
    /// [`Invalid`] when `kind` is one that only a store finds.
    pub fn new(id: ConflictId, asset: AssetId, kind: ConflictKind) -> Result<Self, Invalid> {
        match kind {
            ConflictKind::SchemaChange { .. } | ConflictKind::DataOverlap { .. } => {
                Ok(Self { id, asset, kind })
            }
            ConflictKind::ModifiedInBoth { .. }
            | ConflictKind::DeletedInSource
            | ConflictKind::DeletedInTarget
            | ConflictKind::NameTaken { .. } => Err(Invalid::new(
                "kind",
                "is found by the store alone; report schema_change or data_overlap",
            )),
        }
    }

    /// Unique in the merge.
    pub fn id(&self) -> ConflictId {
        self.id
    }

    /// The asset that it is about.
    pub fn asset(&self) -> AssetId {
        self.asset
    }

    /// The kind of conflict.
    pub fn kind(&self) -> &ConflictKind {
        &self.kind
    }
}

impl From<NewConflict> for MergeConflict {
    fn from(new: NewConflict) -> Self {
        Self { id: new.id, asset: new.asset, kind: new.kind, resolution: None }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedConflict {
    id: ConflictId,
    asset: AssetId,
    kind: ConflictKind,
}

impl TryFrom<UncheckedConflict> for NewConflict {
    type Error = Invalid;

    fn try_from(unchecked: UncheckedConflict) -> Result<Self, Invalid> {
        Self::new(unchecked.id, unchecked.asset, unchecked.kind)
    }
}

/// The decision about a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// The content for the target.
    pub choice: ResolutionChoice,
    /// Who decided.
    pub resolved_by: UserId,
    /// When it was decided.
    pub resolved_at: Timestamp,
}

/// The content that the target gets for an asset in conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ResolutionChoice {
    /// The source's content; the asset is deleted if the source deleted it. For a
    /// [`NameTaken`](ConflictKind::NameTaken), the asset that holds the place is deleted.
    TakeSource,
    /// The target's content.
    TakeTarget,
    /// The given content.
    Manual {
        /// The asset of the conflict, at any place.
        asset: Asset,
    },
}
