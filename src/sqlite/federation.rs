//! Federation: the table `syncs`, with the latest synchronisation of each federated catalog.

use async_trait::async_trait;

use super::statement::Statements;
use super::{SqliteStore, address};
use crate::store::Federation;
use crate::{ConflictReason, Name, Result, StoreError, SyncStatus, TenantId};

#[async_trait]
impl Federation for SqliteStore {
    async fn record_sync(
        &self,
        tenant: TenantId,
        catalog: &Name,
        status: &SyncStatus,
    ) -> Result<()> {
        let (name, status) = (catalog.clone(), status.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &name)?;
            let federated = "SELECT 1 FROM catalogs WHERE key = ?1 AND federation IS NOT NULL";
            if !db.any(federated, [catalog.key])? {
                return Err(StoreError::conflict(ConflictReason::NotFederated, name));
            }
            let sql = "INSERT OR REPLACE INTO syncs (catalog, last_synced_at, status,
                                                     tables_synced, namespaces_synced, error)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let SyncStatus { last_synced_at, status, tables_synced, namespaces_synced, error } =
                status;
            let row =
                (catalog.key, last_synced_at, status, tables_synced, namespaces_synced, error);
            db.run(sql, row)?;
            Ok(())
        })
        .await
    }

    async fn get_sync(&self, tenant: TenantId, catalog: &Name) -> Result<Option<SyncStatus>> {
        let catalog = catalog.clone();
        self.read(move |db| {
            let sql = "SELECT s.last_synced_at, s.status, s.tables_synced, s.namespaces_synced,
                              s.error
                       FROM catalogs c JOIN syncs s ON s.catalog = c.key
                       WHERE c.tenant = ?1 AND c.name = ?2";
            let sync = db.first(sql, (tenant, catalog), |row| {
                Ok(SyncStatus {
                    last_synced_at: row.get(0)?,
                    status: row.get(1)?,
                    tables_synced: row.get(2)?,
                    namespaces_synced: row.get(3)?,
                    error: row.get(4)?,
                })
            })?;
            Ok(sync)
        })
        .await
    }
}
