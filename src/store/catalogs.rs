use async_trait::async_trait;

use crate::{Catalog, CatalogUpdate, Name, Page, Result, TenantId};

/// Catalogs of a tenant. Id and name are unique in it.
#[async_trait]
pub trait Catalogs: Send + Sync {
    /// Creates a catalog together with its branch `main`, of kind `Main`, with no parent and no head.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(Catalog)` when the id or the name is taken;
    /// `NotFound(Warehouse)` when the catalog names one that does not exist.
    async fn create_catalog(&self, tenant: TenantId, catalog: &Catalog) -> Result<()>;

    /// The catalog with that name.
    async fn get_catalog(&self, tenant: TenantId, name: &Name) -> Result<Option<Catalog>>;

    /// A tenant's catalogs by name.
    async fn list_catalogs(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Catalog>>;

    /// Changes a catalog and returns it as it is now. Its content stays, also under a new name.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`; `AlreadyExists(Catalog)` when another one has the
    /// new name; `NotFound(Warehouse)` when the catalog would name one that does not exist;
    /// `Conflict(NotFederated)` when federation properties are given for a local catalog.
    async fn update_catalog(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &CatalogUpdate,
    ) -> Result<Catalog>;

    /// Deletes a catalog with its namespaces, branches, assets, tags, commits, merges and sync status,
    /// and nothing that belongs to another catalog. Business metadata and access requests are deleted
    /// together with the last row of their asset.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`.
    async fn delete_catalog(&self, tenant: TenantId, name: &Name) -> Result<()>;
}
