//! Warehouses: the table `warehouses`.

use async_trait::async_trait;
use rusqlite::{Connection, Row};

use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, address};
use crate::store::Warehouses;
use crate::{
    ConflictReason, Entity, Name, Page, Result, StoreError, TenantId, Warehouse, WarehouseUpdate,
};

#[async_trait]
impl Warehouses for SqliteStore {
    async fn create_warehouse(&self, tenant: TenantId, warehouse: &Warehouse) -> Result<()> {
        let warehouse = warehouse.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let Warehouse { id, name, storage_config, vending } = &warehouse;
            let sql = "INSERT INTO warehouses (tenant, id, name, storage_config, vending)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            db.run(sql, (tenant, id, name, storage_config, vending))
                .or_taken(Entity::Warehouse, name)?;
            Ok(())
        })
        .await
    }

    async fn get_warehouse(&self, tenant: TenantId, name: &Name) -> Result<Option<Warehouse>> {
        let name = name.clone();
        self.read(move |db| Ok(get(db, tenant, &name)?.map(|(_, warehouse)| warehouse))).await
    }

    async fn list_warehouses(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Warehouse>> {
        let page = page.clone();
        self.read(move |db| {
            let sql = "SELECT id, name, storage_config, vending FROM warehouses
                       WHERE tenant = ?1 AND name > coalesce(?2, '') ORDER BY name LIMIT ?3";
            Ok(db.all(sql, (tenant, page.after, page.limit), read)?)
        })
        .await
    }

    async fn update_warehouse(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &WarehouseUpdate,
    ) -> Result<Warehouse> {
        let (name, update) = (name.clone(), update.clone());
        self.write(move |db| {
            let (key, before) = find(db, tenant, &name)?;
            let after = before.updated(&update);
            let sql = "UPDATE warehouses SET name = ?2, storage_config = ?3, vending = ?4
                       WHERE key = ?1";
            db.run(sql, (key, &after.name, &after.storage_config, &after.vending))
                .or_taken(Entity::Warehouse, &after.name)?;
            Ok(after)
        })
        .await
    }

    async fn delete_warehouse(&self, tenant: TenantId, name: &Name) -> Result<()> {
        let name = name.clone();
        self.write(move |db| {
            let (key, _) = find(db, tenant, &name)?;
            if db.any("SELECT 1 FROM catalogs WHERE warehouse = ?1", [key])? {
                return Err(StoreError::conflict(ConflictReason::InUse, name));
            }
            db.run("DELETE FROM warehouses WHERE key = ?1", [key])?;
            Ok(())
        })
        .await
    }
}

fn get(db: &Connection, tenant: TenantId, name: &Name) -> Result<Option<(i64, Warehouse)>> {
    let sql = "SELECT id, name, storage_config, vending, key FROM warehouses
               WHERE tenant = ?1 AND name = ?2";
    Ok(db.first(sql, (tenant, name), |row| Ok((row.get(4)?, read(row)?)))?)
}

fn find(db: &Connection, tenant: TenantId, name: &Name) -> Result<(i64, Warehouse)> {
    if let Some(found) = get(db, tenant, name)? {
        return Ok(found);
    }
    address::tenant(db, tenant)?;
    Err(StoreError::not_found(Entity::Warehouse, name))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Warehouse> {
    Ok(Warehouse {
        id: row.get(0)?,
        name: row.get(1)?,
        storage_config: row.get(2)?,
        vending: row.get(3)?,
    })
}
