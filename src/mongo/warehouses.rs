use async_trait::async_trait;
use bson::{Document, doc};

use super::error::Undecodable;
use super::query::{Changes, after};
use super::queue::Guard;
use super::schema::{CATALOGS, WAREHOUSES};
use super::transaction::{OrTaken, transaction};
use super::value::Fields;
use super::{MongoStore, address};
use crate::store::Warehouses;
use crate::{
    ConflictReason, Entity, Name, Page, Result, StoreError, TenantId, Warehouse, WarehouseUpdate,
};

#[async_trait]
impl Warehouses for MongoStore {
    async fn create_warehouse(&self, tenant: TenantId, warehouse: &Warehouse) -> Result<()> {
        let Warehouse { id, name, storage_config, vending } = warehouse;
        let slot = self.next_slot();
        transaction!(self, [Guard::Slot(tenant, slot)], |txn| {
            address::tenant(txn, tenant, slot).await?;
            let row = doc! {
                "tenant": tenant, "id": id, "name": name, "storage_config": storage_config,
                "vending": vending,
            };
            txn.insert(WAREHOUSES, row).await.or_taken(Entity::Warehouse, name)
        })
    }

    async fn get_warehouse(&self, tenant: TenantId, name: &Name) -> Result<Option<Warehouse>> {
        self.get(WAREHOUSES, address::named(tenant, name), read).await
    }

    async fn list_warehouses(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Warehouse>> {
        let filter = after(doc! { "tenant": tenant }, "name", page);
        self.list(WAREHOUSES, filter, doc! { "name": 1 }, page, read).await
    }

    async fn update_warehouse(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &WarehouseUpdate,
    ) -> Result<Warehouse> {
        let WarehouseUpdate { name: new_name, storage_config, vending } = update;
        let changes = Changes::default()
            .set("name", new_name)
            .set("storage_config", storage_config)
            .set("vending", vending)
            .update();
        let this = address::named(tenant, name);
        let changed = match new_name.as_ref().filter(|&new_name| new_name != name) {
            None => self.change(WAREHOUSES, this, changes).await?,
            Some(new_name) => {
                transaction!(self, [Guard::Warehouse(tenant, name.clone())], |txn| {
                    let changed = txn.change(WAREHOUSES, this.clone(), changes.clone()).await;
                    let changed = changed.or_taken(Entity::Warehouse, new_name)?;
                    let naming = doc! { "tenant": tenant, "warehouse": name };
                    let follow = doc! { "$set": { "warehouse": new_name } };
                    txn.change_all(CATALOGS, naming, follow).await?;
                    Ok(changed)
                })?
            }
        };
        match changed {
            Some(row) => Ok(read(&row)?),
            None => Err(self.missing_in(tenant, Entity::Warehouse, name).await),
        }
    }

    async fn delete_warehouse(&self, tenant: TenantId, name: &Name) -> Result<()> {
        transaction!(self, [Guard::Warehouse(tenant, name.clone())], |txn| {
            if txn.take(WAREHOUSES, address::named(tenant, name)).await?.is_none() {
                return Err(address::missing(txn, tenant, Entity::Warehouse, name).await?.into());
            }
            if txn.any(CATALOGS, doc! { "tenant": tenant, "warehouse": name }).await? {
                return Err(StoreError::conflict(ConflictReason::InUse, name).into());
            }
            Ok(())
        })
    }
}

fn read(row: &Document) -> Result<Warehouse, Undecodable> {
    Ok(Warehouse {
        id: row.read("id")?,
        name: row.read("name")?,
        storage_config: row.read("storage_config")?,
        vending: row.read("vending")?,
    })
}
