use async_trait::async_trait;

use crate::{Name, Result, SyncStatus, TenantId};

/// The synchronisation of federated catalogs.
#[async_trait]
pub trait Federation: Send + Sync {
    /// Records a catalog's last synchronisation; it replaces the record before.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`; `Conflict(NotFederated)` for a local catalog.
    async fn record_sync(
        &self,
        tenant: TenantId,
        catalog: &Name,
        status: &SyncStatus,
    ) -> Result<()>;

    /// A catalog's last synchronisation; `None` before the first, and for a local catalog.
    async fn get_sync(&self, tenant: TenantId, catalog: &Name) -> Result<Option<SyncStatus>>;
}
