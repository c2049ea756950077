use async_trait::async_trait;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::address::{self, CatalogAt};
use super::error::Undecodable;
use super::leftovers::{Owner, note};
use super::query::{Changes, after};
use super::queue::Guard;
use super::schema::{BRANCHES, CATALOGS, LEFTOVERS, WAREHOUSES};
use super::transaction::{Failure, OrTaken, Transaction, transaction};
use super::value::Fields;
use super::{MongoStore, branches, business_metadata};
use crate::search::fold;
use crate::store::Catalogs;
use crate::{
    Branch, Catalog, CatalogKind, CatalogUpdate, ConflictReason, Entity, Name, Page, Properties,
    Result, StoreError, TenantId,
};

#[async_trait]
impl Catalogs for MongoStore {
    async fn create_catalog(&self, tenant: TenantId, catalog: &Catalog) -> Result<()> {
        let Catalog { id, name, kind, warehouse, storage_location, properties } = catalog;
        let slot = self.next_slot();
        transaction!(self, [Guard::Slot(tenant, slot)], |txn| {
            address::tenant(txn, tenant, slot).await?;
            let at = CatalogAt { tenant, key: ObjectId::new() };
            let row = doc! {
                "_id": at.key, "tenant": tenant, "id": id, "name": name, "folded": fold(name),
                "federation": federation(kind), "warehouse": warehouse,
                "storage_location": storage_location, "properties": properties, "sync": Bson::Null,
            };
            txn.insert(CATALOGS, row).await.or_taken(Entity::Catalog, name)?;
            touch_warehouse(txn, tenant, warehouse.as_ref()).await?;
            let main = branches::row(at, name, ObjectId::new(), &Branch::main());
            Ok(txn.insert(BRANCHES, main).await?)
        })
    }

    async fn get_catalog(&self, tenant: TenantId, name: &Name) -> Result<Option<Catalog>> {
        self.get(CATALOGS, address::named(tenant, name), read).await
    }

    async fn list_catalogs(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Catalog>> {
        let filter = after(doc! { "tenant": tenant }, "name", page);
        self.list(CATALOGS, filter, doc! { "name": 1 }, page, read).await
    }

    async fn update_catalog(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &CatalogUpdate,
    ) -> Result<Catalog> {
        let CatalogUpdate { name: new_name, federation, warehouse, storage_location, properties } =
            update;
        let changes = Changes::default()
            .set("name", new_name)
            .set("folded", &new_name.as_deref().map(fold))
            .set("federation", federation)
            .set("warehouse", warehouse)
            .set("storage_location", storage_location)
            .set("properties", properties)
            .update();
        transaction!(self, [Guard::Catalog(tenant, name.clone())], |txn| {
            let (at, before) = address::catalog(txn, tenant, name).await?;
            let key = doc! { "_id": at.key };
            let changed = txn.change(CATALOGS, key, changes.clone()).await;
            let changed =
                changed.or_taken(Entity::Catalog, new_name.as_deref().unwrap_or_default())?;
            touch_warehouse(txn, tenant, warehouse.as_ref().and_then(Option::as_ref)).await?;
            if federation.is_some() && read(&before)?.kind == CatalogKind::Local {
                return Err(StoreError::conflict(ConflictReason::NotFederated, name).into());
            }
            if let Some(new_name) = new_name.as_ref().filter(|&new_name| new_name != name) {
                // This also interrupts calls that found a branch under the old name.
                let rename = doc! { "$set": { "catalog_name": new_name } };
                txn.change_all(BRANCHES, doc! { "catalog": at.key }, rename).await?;
            }
            Ok(read(&changed.unwrap_or(before))?)
        })
    }

    async fn delete_catalog(&self, tenant: TenantId, name: &Name) -> Result<()> {
        let key = transaction!(self, [Guard::Catalog(tenant, name.clone())], |txn| {
            let Some(row) = txn.take(CATALOGS, address::named(tenant, name)).await? else {
                return Err(address::missing(txn, tenant, Entity::Catalog, name).await?.into());
            };
            let key: ObjectId = row.read("_id")?;
            business_metadata::forget_all_of(txn, tenant, "catalog", key).await?;
            txn.delete_all(BRANCHES, doc! { "catalog": key }).await?;
            txn.insert(LEFTOVERS, note(Owner::Catalog, key)).await?;
            Ok(key)
        })?;
        self.discard(Owner::Catalog, &[key]).await;
        Ok(())
    }
}

/// Checks that the warehouse that a catalog would name exists, and guards it.
async fn touch_warehouse(
    txn: &mut Transaction,
    tenant: TenantId,
    warehouse: Option<&Name>,
) -> Result<(), Failure> {
    let Some(name) = warehouse else { return Ok(()) };
    txn.relies_on(Guard::Warehouse(tenant, name.clone()));
    match txn.touch(WAREHOUSES, address::named(tenant, name)).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::not_found(Entity::Warehouse, name).into()),
    }
}

fn federation(kind: &CatalogKind) -> Option<Properties> {
    match kind {
        CatalogKind::Local => None,
        CatalogKind::Federated { properties } => Some(properties.clone()),
    }
}

pub(super) fn read(row: &Document) -> Result<Catalog, Undecodable> {
    let federation: Option<Properties> = row.read("federation")?;
    Ok(Catalog {
        id: row.read("id")?,
        name: row.read("name")?,
        kind: federation
            .map_or(CatalogKind::Local, |properties| CatalogKind::Federated { properties }),
        warehouse: row.read("warehouse")?,
        storage_location: row.read("storage_location")?,
        properties: row.read("properties")?,
    })
}
