//! Federation: the table `syncs`, with the latest synchronisation of each federated catalog.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::address::AT_CATALOG;
use super::settings::number;
use super::statement::{Row, values};
use crate::store::Federation;
use crate::{ConflictReason, Name, Result, SyncStatus, TenantId};

#[async_trait]
impl Federation for PostgresStore {
    async fn record_sync(
        &self,
        tenant: TenantId,
        catalog: &Name,
        status: &SyncStatus,
    ) -> Result<()> {
        let sql = formatcp!(
            "WITH {AT_CATALOG}, federated AS (
                 SELECT c.key FROM catalogs c
                 WHERE c.tenant = $1 AND c.name = $2 AND c.federation IS NOT NULL FOR KEY SHARE
             ),
             stored AS (
                 INSERT INTO syncs (catalog, last_synced_at, status, tables_synced,
                                    namespaces_synced, error)
                 SELECT key, $3, $4, $5, $6, $7 FROM federated
                 ON CONFLICT (catalog) DO UPDATE
                 SET last_synced_at = excluded.last_synced_at, status = excluded.status,
                     tables_synced = excluded.tables_synced,
                     namespaces_synced = excluded.namespaces_synced, error = excluded.error
                 RETURNING catalog
             )
             SELECT at.catalog IS NOT NULL,
                    EXISTS (SELECT FROM catalogs c
                            WHERE c.key = at.catalog AND c.federation IS NOT NULL),
                    EXISTS (SELECT FROM stored)
             FROM at"
        );
        let values = values![
            tenant,
            catalog,
            status.last_synced_at,
            status.status,
            i64::from(status.tables_synced),
            i64::from(status.namespaces_synced),
            &status.error,
        ];
        self.write(sql, values, |mut answer| {
            answer.catalog(tenant, catalog)?;
            answer.is_in_state(ConflictReason::NotFederated, catalog)?;
            answer.done()
        })
        .await
    }

    async fn get_sync(&self, tenant: TenantId, catalog: &Name) -> Result<Option<SyncStatus>> {
        let sql = "SELECT s.last_synced_at, s.status, s.tables_synced, s.namespaces_synced, s.error
                   FROM catalogs c JOIN syncs s ON s.catalog = c.key
                   WHERE c.tenant = $1 AND c.name = $2";
        let read = |row: &Row, at| {
            Ok(SyncStatus {
                last_synced_at: row.get(at)?,
                status: row.get(at + 1)?,
                tables_synced: number(row.get(at + 2)?, "tables_synced")?,
                namespaces_synced: number(row.get(at + 3)?, "namespaces_synced")?,
                error: row.get(at + 4)?,
            })
        };
        self.first(sql, values![tenant, catalog], read).await
    }
}
