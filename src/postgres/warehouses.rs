//! Warehouses: the table `warehouses`.

use async_trait::async_trait;

use super::PostgresStore;
use super::statement::{Row, limit, values};
use crate::store::Warehouses;
use crate::{
    ConflictReason, Entity, Name, Page, Result, StoreError, TenantId, Warehouse, WarehouseUpdate,
};

#[async_trait]
impl Warehouses for PostgresStore {
    async fn create_warehouse(&self, tenant: TenantId, warehouse: &Warehouse) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT t.id AS tenant,
                              NOT EXISTS (SELECT FROM warehouses w
                                          WHERE w.tenant = $1 AND w.id = $2)
                              AND NOT EXISTS (SELECT FROM warehouses w
                                              WHERE w.tenant = $1 AND w.name = $3) AS free
                       FROM tenants t WHERE t.id = $1
                   ),
                   inserted AS (
                       INSERT INTO warehouses (tenant, id, name, storage_config, vending)
                       SELECT tenant, $2, $3, $4, $5 FROM at WHERE free
                       ON CONFLICT DO NOTHING RETURNING key
                   )
                   SELECT free, EXISTS (SELECT FROM inserted) FROM at";
        let Warehouse { id, name, storage_config, vending } = warehouse;
        self.write(sql, values![tenant, id, name, storage_config, vending], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::Warehouse, name))?;
            answer.done()
        })
        .await
    }

    async fn get_warehouse(&self, tenant: TenantId, name: &Name) -> Result<Option<Warehouse>> {
        let sql = "SELECT id, name, storage_config, vending FROM warehouses
                   WHERE tenant = $1 AND name = $2";
        self.first(sql, values![tenant, name], read).await
    }

    async fn list_warehouses(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Warehouse>> {
        let sql = "SELECT id, name, storage_config, vending FROM warehouses
                   WHERE tenant = $1 AND name > coalesce($2, '') ORDER BY name LIMIT $3";
        self.all(sql, values![tenant, &page.after, limit(page.limit)], read).await
    }

    async fn update_warehouse(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &WarehouseUpdate,
    ) -> Result<Warehouse> {
        let sql = "WITH before AS (
                       SELECT w.key, NOT EXISTS (SELECT FROM warehouses o
                                                 WHERE o.tenant = $1 AND o.name = $3
                                                   AND o.key <> w.key) AS free
                       FROM tenants t LEFT JOIN warehouses w ON w.tenant = t.id AND w.name = $2
                       WHERE t.id = $1
                   ),
                   after AS (
                       UPDATE warehouses w
                       SET name = coalesce($3, w.name),
                           storage_config = coalesce($4, w.storage_config),
                           vending = CASE WHEN $5 THEN $6 ELSE w.vending END
                       FROM before b
                       WHERE w.key = b.key AND w.name = $2 AND b.free
                       RETURNING w.key, w.id, w.name, w.storage_config, w.vending
                   )
                   SELECT b.key IS NOT NULL, b.free, a.key IS NOT NULL,
                          a.id, a.name, a.storage_config, a.vending
                   FROM before b LEFT JOIN after a ON TRUE";
        let WarehouseUpdate { name: new_name, storage_config, vending } = update;
        let values = values![
            tenant,
            name,
            new_name,
            storage_config,
            vending.is_some(),
            vending.as_ref().and_then(Option::as_ref),
        ];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::Warehouse, name))?;
            let new_name = new_name.as_ref().unwrap_or(name);
            answer.holds(|| StoreError::already_exists(Entity::Warehouse, new_name))?;
            answer.read(read)
        })
        .await
    }

    async fn delete_warehouse(&self, tenant: TenantId, name: &Name) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT w.key, NOT EXISTS (SELECT FROM catalogs c
                                                 WHERE c.warehouse = w.key) AS unused
                       FROM tenants t LEFT JOIN warehouses w ON w.tenant = t.id AND w.name = $2
                       WHERE t.id = $1
                   ),
                   deleted AS (
                       DELETE FROM warehouses w USING at
                       WHERE w.key = at.key AND w.name = $2 AND at.unused
                       RETURNING w.key
                   )
                   SELECT key IS NOT NULL, unused, EXISTS (SELECT FROM deleted) FROM at";
        self.write(sql, values![tenant, name], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::Warehouse, name))?;
            answer.is_in_state(ConflictReason::InUse, name)?;
            answer.done()
        })
        .await
    }
}

fn read(row: &Row, at: usize) -> sqlx::Result<Warehouse> {
    Ok(Warehouse {
        id: row.get(at)?,
        name: row.get(at + 1)?,
        storage_config: row.get(at + 2)?,
        vending: row.get(at + 3)?,
    })
}
