use async_trait::async_trait;
use bson::{Document, doc};

use super::error::Undecodable;
use super::leftovers::{Owner, note};
use super::query::{Changes, after};
use super::queue::Guard;
use super::schema::{
    ACCESS_REQUESTS, AUDIT_EVENTS, BRANCHES, BUSINESS_METADATA, CATALOGS, LEFTOVERS, PERMISSIONS,
    REVOCATIONS, ROLE_ASSIGNMENTS, ROLES, SERVICE_USERS, TENANT_GUARDS, TENANTS, TOKENS, USERS,
    WAREHOUSES,
};
use super::transaction::{OrTaken, transaction};
use super::value::Fields;
use super::{MongoStore, address};
use crate::store::Tenants;
use crate::{Entity, Name, Page, Result, StoreError, Tenant, TenantId, TenantUpdate};

/// The collections whose documents have the id of a tenant.
const OF_TENANTS: [&str; 14] = [
    TENANT_GUARDS,
    WAREHOUSES,
    CATALOGS,
    BRANCHES,
    USERS,
    ROLES,
    ROLE_ASSIGNMENTS,
    PERMISSIONS,
    SERVICE_USERS,
    TOKENS,
    REVOCATIONS,
    AUDIT_EVENTS,
    BUSINESS_METADATA,
    ACCESS_REQUESTS,
];

#[async_trait]
impl Tenants for MongoStore {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<()> {
        let Tenant { id, name, properties } = tenant;
        transaction!(self, [], |txn| {
            let row = doc! { "_id": id, "name": name, "properties": properties };
            txn.insert(TENANTS, row).await.or_taken(Entity::Tenant, name)?;
            Ok(txn.insert_all(TENANT_GUARDS, address::guards(*id)).await?)
        })
    }

    async fn get_tenant(&self, tenant: TenantId) -> Result<Option<Tenant>> {
        self.get(TENANTS, doc! { "_id": tenant }, read).await
    }

    async fn list_tenants(&self, page: &Page<Name>) -> Result<Vec<Tenant>> {
        self.list(TENANTS, after(doc! {}, "name", page), doc! { "name": 1 }, page, read).await
    }

    async fn update_tenant(&self, tenant: TenantId, update: &TenantUpdate) -> Result<Tenant> {
        let TenantUpdate { name, properties } = update;
        let changes = Changes::default().set("name", name).set("properties", properties);
        let changed = self.change(TENANTS, doc! { "_id": tenant }, changes.update()).await;
        match changed.or_taken(Entity::Tenant, name.as_deref().unwrap_or_default())? {
            Some(row) => Ok(read(&row)?),
            None => Err(StoreError::not_found(Entity::Tenant, tenant)),
        }
    }

    async fn delete_tenant(&self, tenant: TenantId) -> Result<()> {
        let catalogs = transaction!(self, [Guard::All(tenant)], |txn| {
            if txn.take(TENANTS, doc! { "_id": tenant }).await?.is_none() {
                return Err(StoreError::not_found(Entity::Tenant, tenant).into());
            }
            let keys = [doc! { "$match": { "tenant": tenant } }, doc! { "$project": { "_id": 1 } }];
            let rows = txn.all(CATALOGS, keys).await?;
            let keys = rows.iter().map(|row| row.read("_id"));
            let keys = keys.collect::<Result<Vec<_>, Undecodable>>()?;
            let notes = keys.iter().map(|&key| note(Owner::Catalog, key)).collect();
            txn.insert_all(LEFTOVERS, notes).await?;
            for collection in OF_TENANTS {
                txn.delete_all(collection, doc! { "tenant": tenant }).await?;
            }
            Ok(keys)
        })?;
        self.discard(Owner::Catalog, &catalogs).await;
        Ok(())
    }
}

fn read(row: &Document) -> Result<Tenant, Undecodable> {
    Ok(Tenant {
        id: row.read("_id")?,
        name: row.read("name")?,
        properties: row.read("properties")?,
    })
}
