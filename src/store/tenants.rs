use async_trait::async_trait;

use crate::{Name, Page, Result, Tenant, TenantId, TenantUpdate};

/// Tenants. Id and name are unique everywhere.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// Creates a tenant.
    ///
    /// # Errors
    /// `AlreadyExists(Tenant)` when the id or the name is taken.
    async fn create_tenant(&self, tenant: &Tenant) -> Result<()>;

    /// The tenant with that id.
    async fn get_tenant(&self, tenant: TenantId) -> Result<Option<Tenant>>;

    /// All tenants, by name.
    async fn list_tenants(&self, page: &Page<Name>) -> Result<Vec<Tenant>>;

    /// Changes a tenant and returns it as it is now.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(Tenant)` when another one has the new name.
    async fn update_tenant(&self, tenant: TenantId, update: &TenantUpdate) -> Result<Tenant>;

    /// Deletes a tenant with everything in it, its users and its audit log included.
    ///
    /// # Errors
    /// `NotFound(Tenant)`.
    async fn delete_tenant(&self, tenant: TenantId) -> Result<()>;
}
