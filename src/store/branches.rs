use async_trait::async_trait;

use crate::{Branch, Name, NewBranch, Page, Result, TenantId};

/// Branches of a catalog. The name is unique in it.
#[async_trait]
pub trait Branches: Send + Sync {
    /// Creates a branch from another one and returns it. It has the parent's head, and the parent's
    /// assets, all or those in or below the given namespaces. For each asset that it copied, the branch
    /// keeps the copied content as its *base*.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`; `AlreadyExists(Branch)`; `NotFound(Branch)` of the
    /// parent; `NotFound(Namespace)` when a given one does not exist.
    async fn create_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        branch: &NewBranch,
    ) -> Result<Branch>;

    /// The branch with that name.
    async fn get_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        name: &Name,
    ) -> Result<Option<Branch>>;

    /// A catalog's branches by name.
    async fn list_branches(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Branch>>;

    /// Deletes a branch with its assets. Commits, tags and ended merges stay, and so do the branches
    /// that were created from it.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Branch)`; `Conflict(Protected)` for
    /// `main`; `Conflict(InUse)` while an open merge names it.
    async fn delete_branch(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()>;
}
