use async_trait::async_trait;

use crate::{Name, Namespace, NamespacePath, Page, PropertyChanges, Result, TenantId};

/// Namespaces of a catalog, shared by its branches. The path is unique in the catalog.
#[async_trait]
pub trait Namespaces: Send + Sync {
    /// Creates a namespace.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Namespace)` when the parent does not
    /// exist; `AlreadyExists(Namespace)`.
    async fn create_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        namespace: &Namespace,
    ) -> Result<()>;

    /// The namespace with that path.
    async fn get_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<Option<Namespace>>;

    /// The direct children of a parent, or without a parent the namespaces at the top level, by path.
    async fn list_namespaces(
        &self,
        tenant: TenantId,
        catalog: &Name,
        parent: &Option<NamespacePath>,
        page: &Page<NamespacePath>,
    ) -> Result<Vec<Namespace>>;

    /// Sets some properties and removes others, at once, and returns the namespace as it is now.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Namespace)`; `Invalid` when the result
    /// would be out of the bounds of [`Properties`](crate::Properties).
    async fn set_namespace_properties(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
        changes: &PropertyChanges,
    ) -> Result<Namespace>;

    /// Deletes a namespace.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Namespace)`; `Conflict(NotEmpty)` while
    /// it has children, or assets on any branch.
    async fn delete_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<()>;

    /// How many namespaces a tenant has, over all of its catalogs.
    async fn count_namespaces(&self, tenant: TenantId) -> Result<u64>;
}
