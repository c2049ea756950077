use async_trait::async_trait;
use bson::{Bson, Document, doc};

use super::error::Undecodable;
use super::schema::CATALOGS;
use super::value::Fields;
use super::{MongoStore, address, catalogs};
use crate::store::Federation;
use crate::{CatalogKind, ConflictReason, Entity, Name, Result, StoreError, SyncStatus, TenantId};

#[async_trait]
impl Federation for MongoStore {
    async fn record_sync(
        &self,
        tenant: TenantId,
        catalog: &Name,
        status: &SyncStatus,
    ) -> Result<()> {
        let sync = doc! {
            "last_synced_at": status.last_synced_at,
            "status": status.status,
            "tables_synced": i64::from(status.tables_synced),
            "namespaces_synced": i64::from(status.namespaces_synced),
            "error": &status.error,
        };
        // One command finds the catalog, sees whether it is federated, and writes. It waits until a
        // majority has what it has seen, also when it writes nothing.
        let is_federated = doc! { "$ne": [{ "$ifNull": ["$federation", Bson::Null] }, Bson::Null] };
        let sync = doc! { "$cond": [is_federated, { "$literal": sync }, "$sync"] };
        let update = vec![doc! { "$set": { "sync": sync } }];
        let Some(row) = self.change(CATALOGS, address::named(tenant, catalog), update).await?
        else {
            return Err(self.missing_in(tenant, Entity::Catalog, catalog).await);
        };
        match catalogs::read(&row)?.kind {
            CatalogKind::Federated { .. } => Ok(()),
            CatalogKind::Local => Err(StoreError::conflict(ConflictReason::NotFederated, catalog)),
        }
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
