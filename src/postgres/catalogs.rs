//! Catalogs: the table `catalogs`. Other tables refer to the key of a catalog, not to its name.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::address::AT_CATALOG;
use super::statement::{Row, limit, values};
use crate::search::fold;
use crate::store::Catalogs;
use crate::{
    Catalog, CatalogKind, CatalogUpdate, ConflictReason, Entity, Name, Page, Properties, Result,
    StoreError, TenantId,
};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str =
    "c.id, c.name, c.federation, w.name, c.storage_location, c.properties";

#[async_trait]
impl Catalogs for PostgresStore {
    async fn create_catalog(&self, tenant: TenantId, catalog: &Catalog) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT t.id AS tenant,
                              NOT EXISTS (SELECT FROM catalogs c
                                          WHERE c.tenant = $1 AND c.id = $2)
                              AND NOT EXISTS (SELECT FROM catalogs c
                                              WHERE c.tenant = $1 AND c.name = $3) AS free,
                              $6 IS NULL
                              OR EXISTS (SELECT FROM warehouses w
                                         WHERE w.tenant = $1 AND w.name = $6) AS has_warehouse
                       FROM tenants t WHERE t.id = $1
                   ),
                   warehouse AS (
                       SELECT w.key FROM warehouses w
                       WHERE w.tenant = $1 AND w.name = $6 FOR KEY SHARE
                   ),
                   inserted AS (
                       INSERT INTO catalogs (tenant, id, name, folded, federation, warehouse,
                                             storage_location, properties)
                       SELECT at.tenant, $2, $3, $4, $5, w.key, $7, $8
                       FROM at LEFT JOIN warehouse w ON TRUE
                       WHERE at.free AND ($6 IS NULL OR w.key IS NOT NULL)
                       ON CONFLICT DO NOTHING RETURNING key
                   ),
                   main AS (
                       INSERT INTO branches (catalog, name, folded, kind)
                       SELECT key, 'main', 'main', 'main' FROM inserted
                   )
                   SELECT at.free, at.has_warehouse, EXISTS (SELECT FROM inserted) FROM at";
        let Catalog { id, name, kind, warehouse, storage_location, properties } = catalog;
        let values = values![
            tenant,
            id,
            name,
            fold(name),
            federation(kind),
            warehouse,
            storage_location,
            properties,
        ];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::Catalog, name))?;
            answer.holds(|| no_warehouse(warehouse.as_ref()))?;
            answer.done()
        })
        .await
    }

    async fn get_catalog(&self, tenant: TenantId, name: &Name) -> Result<Option<Catalog>> {
        let sql = formatcp!(
            "SELECT {COLUMNS} FROM catalogs c LEFT JOIN warehouses w ON w.key = c.warehouse
             WHERE c.tenant = $1 AND c.name = $2"
        );
        self.first(sql, values![tenant, name], read).await
    }

    async fn list_catalogs(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Catalog>> {
        let sql = formatcp!(
            "SELECT {COLUMNS} FROM catalogs c LEFT JOIN warehouses w ON w.key = c.warehouse
             WHERE c.tenant = $1 AND c.name > coalesce($2, '') ORDER BY c.name LIMIT $3"
        );
        self.all(sql, values![tenant, &page.after, limit(page.limit)], read).await
    }

    async fn update_catalog(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &CatalogUpdate,
    ) -> Result<Catalog> {
        let sql = formatcp!(
            "WITH before AS (
                 SELECT c.key, $5 IS NULL OR c.federation IS NOT NULL AS fits,
                        CASE WHEN $6 THEN new_w.key ELSE c.warehouse END AS warehouse,
                        $7 IS NULL OR new_w.key IS NOT NULL AS has_warehouse,
                        NOT EXISTS (SELECT FROM catalogs o
                                    WHERE o.tenant = $1 AND o.name = $3 AND o.key <> c.key) AS free
                 FROM tenants t
                 LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
                 LEFT JOIN warehouses new_w ON new_w.tenant = t.id AND new_w.name = $7
                 WHERE t.id = $1
             ),
             -- The one that the catalog is going to have, locked against renaming.
             warehouse AS (
                 SELECT w.key, w.name
                 FROM warehouses w
                 WHERE w.key = (SELECT b.warehouse FROM before b) AND w.name = coalesce($7, w.name)
                 FOR KEY SHARE
             ),
             c AS (
                 UPDATE catalogs c
                 SET name = coalesce($3, c.name), folded = coalesce($4, c.folded),
                     federation = coalesce($5, c.federation),
                     warehouse = b.warehouse,
                     storage_location = CASE WHEN $8 THEN $9 ELSE c.storage_location END,
                     properties = coalesce($10, c.properties)
                 FROM before b
                 WHERE c.key = b.key AND c.name = $2 AND b.free AND b.fits
                   AND b.has_warehouse
                   AND ($6 OR c.warehouse IS NOT DISTINCT FROM b.warehouse)
                   AND (b.warehouse IS NULL OR EXISTS (SELECT FROM warehouse))
                 RETURNING c.*
             )
             SELECT b.key IS NOT NULL, b.free, b.has_warehouse, b.fits, c.key IS NOT NULL, {COLUMNS}
             FROM before b
             LEFT JOIN c ON TRUE
             LEFT JOIN warehouse w ON w.key = c.warehouse"
        );
        let warehouse = update.warehouse.as_ref().and_then(Option::as_ref);
        let values = values![
            tenant,
            name,
            &update.name,
            update.name.as_deref().map(fold),
            &update.federation,
            update.warehouse.is_some(),
            warehouse,
            update.storage_location.is_some(),
            update.storage_location.as_ref().and_then(Option::as_ref),
            &update.properties,
        ];
        self.write(sql, values, |mut answer| {
            answer.catalog(tenant, name)?;
            let new_name = update.name.as_ref().unwrap_or(name);
            answer.holds(|| StoreError::already_exists(Entity::Catalog, new_name))?;
            answer.holds(|| no_warehouse(warehouse))?;
            answer.is_in_state(ConflictReason::NotFederated, name)?;
            answer.read(read)
        })
        .await
    }

    async fn delete_catalog(&self, tenant: TenantId, name: &Name) -> Result<()> {
        let sql = formatcp!(
            "WITH {AT_CATALOG}, deleted AS (
                 DELETE FROM catalogs c USING at WHERE c.key = at.catalog AND c.name = $2
                 RETURNING c.key
             )
             SELECT at.catalog IS NOT NULL, EXISTS (SELECT FROM deleted) FROM at"
        );
        self.write(sql, values![tenant, name], |mut answer| {
            answer.catalog(tenant, name)?;
            answer.done()
        })
        .await
    }
}

fn no_warehouse(warehouse: Option<&Name>) -> StoreError {
    let name = warehouse.map(Name::as_str).unwrap_or_default();
    StoreError::not_found(Entity::Warehouse, name)
}

fn federation(kind: &CatalogKind) -> Option<&Properties> {
    match kind {
        CatalogKind::Local => None,
        CatalogKind::Federated { properties } => Some(properties),
    }
}

/// Reads the [`COLUMNS`]. The first one is column `at`.
pub(super) fn read(row: &Row, at: usize) -> sqlx::Result<Catalog> {
    let federation: Option<Properties> = row.get(at + 2)?;
    Ok(Catalog {
        id: row.get(at)?,
        name: row.get(at + 1)?,
        kind: federation
            .map_or(CatalogKind::Local, |properties| CatalogKind::Federated { properties }),
        warehouse: row.get(at + 3)?,
        storage_location: row.get(at + 4)?,
        properties: row.get(at + 5)?,
    })
}
