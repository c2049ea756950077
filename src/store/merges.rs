use async_trait::async_trait;

use crate::{
    ConflictId, MergeCommit, MergeConflict, MergeId, MergeKey, MergeOperation, Name, NewConflict,
    NewMerge, Page, Resolution, Result, TenantId, Timestamp,
};

/// Merge operations of a catalog and their conflicts. The merge's id is unique in the catalog, the
/// conflict's in the merge.
///
/// [`merge`](crate::merge) says what a merge does to each asset.
#[async_trait]
pub trait Merges: Send + Sync {
    /// Stores a merge together with the conflicts that it finds, whose ids are
    /// [`ConflictId::found`]; returns it, `Conflicted`, or `Ready` without a conflict.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`; `AlreadyExists(Merge)`; `NotFound(Branch)` of the
    /// source, then of the target; `Conflict(NotMergeable)` unless the source is an ingest branch
    /// and the target its parent; `Conflict(IllegalState)` while another merge of the source is
    /// open.
    async fn begin_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: &NewMerge,
    ) -> Result<MergeOperation>;

    /// Adds a conflict that the store cannot see; the merge is `Conflicted` from then on.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Merge)`; `AlreadyExists(Conflict)`;
    /// `NotFound(Asset)` when neither source nor target has it; `Conflict(IllegalState)` unless the
    /// merge is open.
    async fn report_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: &NewConflict,
    ) -> Result<()>;

    /// Decides a conflict, for the first time or anew, and returns it as it is now. After the last
    /// one the merge is `Ready`.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Merge)`, `NotFound(Conflict)`;
    /// `NotFound(Namespace)` of a manual resolution; `Invalid` when that is not of the conflict's
    /// asset; `Conflict(IllegalState)` unless the merge is open.
    async fn resolve_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
        resolution: &Resolution,
    ) -> Result<MergeConflict>;

    /// Works the merge out afresh and completes it, at once: the target takes the result, a commit
    /// with its operations becomes the target's head, the source's content becomes the base that it
    /// remembers, and the merge, returned as it is now, is `Completed`.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Merge)`; `AlreadyExists(Commit)`;
    /// `Conflict(IllegalState)` unless the merge is `Ready`; `Conflict(Unresolved)` when a conflict
    /// has no resolution, or one that cannot be carried out.
    async fn complete_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        commit: &MergeCommit,
    ) -> Result<MergeOperation>;

    /// Ends an open merge at that time without effect, and returns it as it is now: `Aborted`.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Merge)`; `Conflict(IllegalState)` unless
    /// it is open.
    async fn abort_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        at: Timestamp,
    ) -> Result<MergeOperation>;

    /// The merge of that id.
    async fn get_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
    ) -> Result<Option<MergeOperation>>;

    /// A catalog's merges, open and ended, by `initiated_at`, then id.
    async fn list_merges(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<MergeKey>,
    ) -> Result<Vec<MergeOperation>>;

    /// The conflict of that id.
    async fn get_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
    ) -> Result<Option<MergeConflict>>;

    /// A merge's conflicts, found and reported, by id.
    async fn list_conflicts(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        page: &Page<ConflictId>,
    ) -> Result<Vec<MergeConflict>>;
}
