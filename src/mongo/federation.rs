use async_trait::async_trait;
use bson::{Bson, Document, doc};

use super::error::Undecodable;
use super::schema::CATALOGS;
use super::value::Fields;
use super::{MongoStore, address};
use crate::store::Federation;
use crate::{ConflictReason, Name, Result, StoreError, SyncStatus, TenantId};

#[async_trait]
impl Federation for MongoStore {
    async fn record_sync(
        &self,
        tenant: TenantId,
        catalog: &Name,
        status: &SyncStatus,
    ) -> Result<()> {
        let mut federated = address::named(tenant, catalog);
        federated.insert("federation", doc! { "$ne": Bson::Null });
        let update = doc! { "$set": { "sync": {
            "last_synced_at": status.last_synced_at,
            "status": status.status,
            "tables_synced": i64::from(status.tables_synced),
            "namespaces_synced": i64::from(status.namespaces_synced),
            "error": &status.error,
        } } };
        if self.change(CATALOGS, federated, update).await?.is_some() {
            return Ok(());
        }
        self.check_catalog(tenant, catalog).await?;
        Err(StoreError::conflict(ConflictReason::NotFederated, catalog))
    }

    async fn get_sync(&self, tenant: TenantId, catalog: &Name) -> Result<Option<SyncStatus>> {
        let sync = self.get(CATALOGS, address::named(tenant, catalog), read).await?;
        Ok(sync.flatten())
    }
}

/// Reads the synchronisation of a catalog.
fn read(catalog: &Document) -> Result<Option<SyncStatus>, Undecodable> {
    let Some(Bson::Document(sync)) = catalog.get("sync") else { return Ok(None) };
    Ok(Some(SyncStatus {
        last_synced_at: sync.read("last_synced_at")?,
        status: sync.read("status")?,
        tables_synced: sync.read("tables_synced")?,
        namespaces_synced: sync.read("namespaces_synced")?,
        error: sync.read("error")?,
    }))
}
