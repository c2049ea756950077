use async_trait::async_trait;

use crate::{Name, Page, Result, TenantId, Warehouse, WarehouseUpdate};

/// Warehouses of a tenant. Id and name are unique in it.
#[async_trait]
pub trait Warehouses: Send + Sync {
    /// Creates a warehouse.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(Warehouse)` when the id or the name is taken.
    async fn create_warehouse(&self, tenant: TenantId, warehouse: &Warehouse) -> Result<()>;

    /// The warehouse with that name.
    async fn get_warehouse(&self, tenant: TenantId, name: &Name) -> Result<Option<Warehouse>>;

    /// A tenant's warehouses by name.
    async fn list_warehouses(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Warehouse>>;

    /// Changes a warehouse and returns it as it is now. The catalogs that name it get its new name.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Warehouse)`; `AlreadyExists(Warehouse)` when another one has
    /// the new name.
    async fn update_warehouse(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &WarehouseUpdate,
    ) -> Result<Warehouse>;

    /// Deletes a warehouse.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Warehouse)`; `Conflict(InUse)` while a catalog names it.
    async fn delete_warehouse(&self, tenant: TenantId, name: &Name) -> Result<()>;
}
