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
    /// [`ConflictId::found`], and returns it: `Conflicted`, or `Ready` when there is no conflict.
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

    /// Adds a conflict that the store cannot find itself; the merge is `Conflicted` from then on.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Merge)`; `AlreadyExists(Conflict)`;
    /// `NotFound(Asset)` when neither source nor target holds it; `Conflict(IllegalState)` unless the
    /// merge is open.
    async fn report_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: &NewConflict,
    ) -> Result<()>;

    /// Resolves a conflict, for the first time or again, and returns it as it is now. When all conflicts
    /// are resolved, the merge is `Ready`.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Merge)`, `NotFound(Conflict)`;
    /// `NotFound(Namespace)` of a manual resolution; `Invalid` when a manual resolution is not of the
    /// conflict's asset; `Conflict(IllegalState)` unless the merge is open.
    async fn resolve_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
        resolution: &Resolution,
    ) -> Result<MergeConflict>;

    /// Works out the merge again and completes it, at once: the result is applied to the target, a
    /// commit with its operations becomes the target's head, the source's content becomes its base, and
    /// the merge is `Completed`. Returns the merge as it is now.
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

    /// Ends an open merge without effect, at that time, and returns it as it is now: `Aborted`.
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

    /// The merge with that id.
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

    /// The conflict with that id.
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
