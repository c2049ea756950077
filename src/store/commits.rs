use std::num::NonZeroU32;

use async_trait::async_trait;

use crate::{BranchRef, Commit, CommitId, HistoryStart, Name, NewCommit, Result, TenantId};

/// Commits of a catalog. The id is unique in it.
#[async_trait]
pub trait Commits: Send + Sync {
    /// Applies all operations of a commit to a branch, in order, and makes the commit its head, at once.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Branch)`; `AlreadyExists(Commit)`; then
    /// the error of the first operation that cannot be applied: `NotFound(Namespace)`;
    /// `AlreadyExists(Asset)` for a put whose place is held by another id, or whose id is at another
    /// place; `NotFound(Asset)` for a delete of an empty place; last, `Conflict(Stale)` unless the
    /// commit's parent is the branch's head.
    async fn commit(&self, tenant: TenantId, on: &BranchRef, commit: &NewCommit) -> Result<()>;

    /// The commit with that id.
    async fn get_commit(
        &self,
        tenant: TenantId,
        catalog: &Name,
        commit: CommitId,
    ) -> Result<Option<Commit>>;

    /// A commit, its parent, the parent's parent, and so on, at most `limit` of them: newest first.
    /// Empty when the branch or the commit does not exist, or when the branch has no head.
    async fn commit_history(
        &self,
        tenant: TenantId,
        catalog: &Name,
        from: &HistoryStart,
        limit: NonZeroU32,
    ) -> Result<Vec<Commit>>;
}
