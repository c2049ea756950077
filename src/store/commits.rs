use std::num::NonZeroU32;

use async_trait::async_trait;

use crate::{BranchRef, Commit, CommitId, HistoryStart, Name, NewCommit, Result, TenantId};

/// Commits of a catalog. The id is unique in it.
#[async_trait]
pub trait Commits: Send + Sync {
    /// Applies all of a commit's operations, in order, to a branch and moves its head, at once.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Branch)`; `AlreadyExists(Commit)`; then
    /// what the first operation that cannot be applied says: `NotFound(Namespace)`;
    /// `AlreadyExists(Asset)` for a put whose place is held by another id, or whose id is at another
    /// place; `NotFound(Asset)` for a delete of what is not there; last, `Conflict(Stale)` unless
    /// the commit's parent is the branch's head.
    async fn commit(&self, tenant: TenantId, on: &BranchRef, commit: &NewCommit) -> Result<()>;

    /// The commit of that id.
    async fn get_commit(
        &self,
        tenant: TenantId,
        catalog: &Name,
        commit: CommitId,
    ) -> Result<Option<Commit>>;

    /// A commit, its parent, the parent of that, … up to `limit`: newest first. Empty when the
    /// branch or the commit is not there, or the branch has no head.
    async fn commit_history(
        &self,
        tenant: TenantId,
        catalog: &Name,
        from: &HistoryStart,
        limit: NonZeroU32,
    ) -> Result<Vec<Commit>>;
}
