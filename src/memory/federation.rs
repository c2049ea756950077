use async_trait::async_trait;

use super::MemoryStore;
use crate::store::Federation;
use crate::{CatalogKind, ConflictReason, Name, Result, StoreError, SyncStatus, TenantId};

#[async_trait]
impl Federation for MemoryStore {
    async fn record_sync(
        &self,
        tenant: TenantId,
        catalog: &Name,
        status: &SyncStatus,
    ) -> Result<()> {
        self.write(|state| {
            let row = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            if row.catalog.kind == CatalogKind::Local {
                return Err(StoreError::conflict(ConflictReason::NotFederated, catalog));
            }
            row.sync = Some(status.clone());
            Ok(())
        })
    }

    async fn get_sync(&self, tenant: TenantId, catalog: &Name) -> Result<Option<SyncStatus>> {
        self.read(|state| Ok(state.tenant(tenant)?.catalog(catalog)?.sync.clone()))
    }
}
