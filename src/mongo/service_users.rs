use async_trait::async_trait;
use bson::{Document, doc};

use super::error::Undecodable;
use super::query::{Changes, after};
use super::queue::Guard;
use super::schema::SERVICE_USERS;
use super::transaction::{OrTaken, transaction};
use super::value::Fields;
use super::{MongoStore, address};
use crate::store::ServiceUsers;
use crate::{
    ApiKeyHash, Entity, Name, Page, Result, ServiceUser, ServiceUserId, ServiceUserUpdate,
    TenantId, Timestamp,
};

#[async_trait]
impl ServiceUsers for MongoStore {
    async fn create_service_user(&self, service_user: &ServiceUser) -> Result<()> {
        let row = doc! {
            "tenant": service_user.tenant,
            "id": service_user.id,
            "name": &service_user.name,
            "description": &service_user.description,
            "api_key_hash": &service_user.api_key_hash,
            "role": service_user.role,
            "created_at": service_user.created_at,
            "created_by": service_user.created_by,
            "last_used": service_user.last_used,
            "expires_at": service_user.expires_at,
            "active": service_user.active,
        };
        let slot = self.next_slot();
        transaction!(self, [Guard::Slot(service_user.tenant, slot)], |txn| {
            address::tenant(txn, service_user.tenant, slot).await?;
            let insert = txn.insert(SERVICE_USERS, row.clone()).await;
            insert.or_taken(Entity::ServiceUser, &service_user.name)
        })
    }

    async fn get_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<Option<ServiceUser>> {
        self.get(SERVICE_USERS, by_id(tenant, service_user), read).await
    }

    async fn get_service_user_by_api_key_hash(
        &self,
        hash: &ApiKeyHash,
    ) -> Result<Option<ServiceUser>> {
        self.get(SERVICE_USERS, doc! { "api_key_hash": hash }, read).await
    }

    async fn list_service_users(
        &self,
        tenant: TenantId,
        page: &Page<Name>,
    ) -> Result<Vec<ServiceUser>> {
        let filter = after(doc! { "tenant": tenant }, "name", page);
        self.list(SERVICE_USERS, filter, doc! { "name": 1 }, page, read).await
    }

    async fn update_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        update: &ServiceUserUpdate,
    ) -> Result<ServiceUser> {
        let changes = Changes::default()
            .set("name", &update.name)
            .set("description", &update.description)
            .set("role", &update.role)
            .set("expires_at", &update.expires_at)
            .set("active", &update.active);
        let row = self.change_one(tenant, service_user, changes.update()).await?;
        Ok(read(&row)?)
    }

    async fn rotate_api_key(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        hash: &ApiKeyHash,
    ) -> Result<()> {
        let rotate = doc! { "$set": { "api_key_hash": hash } };
        self.change_one(tenant, service_user, rotate).await.map(drop)
    }

    async fn touch_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        at: Timestamp,
    ) -> Result<()> {
        // Null sorts before every number.
        let grow = doc! { "$max": { "last_used": at } };
        self.change_one(tenant, service_user, grow).await.map(drop)
    }

    async fn delete_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<()> {
        let this = by_id(tenant, service_user);
        match self.delete(SERVICE_USERS, this).await? {
            true => Ok(()),
            false => Err(self.missing_in(tenant, Entity::ServiceUser, service_user).await),
        }
    }
}

impl MongoStore {
    async fn change_one(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        update: Document,
    ) -> Result<Document> {
        let change = self.change(SERVICE_USERS, by_id(tenant, service_user), update).await;
        match change.or_taken(Entity::ServiceUser, service_user)? {
            Some(row) => Ok(row),
            None => Err(self.missing_in(tenant, Entity::ServiceUser, service_user).await),
        }
    }
}

fn by_id(tenant: TenantId, service_user: ServiceUserId) -> Document {
    doc! { "tenant": tenant, "id": service_user }
}

fn read(row: &Document) -> Result<ServiceUser, Undecodable> {
    Ok(ServiceUser {
        tenant: row.read("tenant")?,
        id: row.read("id")?,
        name: row.read("name")?,
        description: row.read("description")?,
        api_key_hash: row.read("api_key_hash")?,
        role: row.read("role")?,
        created_at: row.read("created_at")?,
        created_by: row.read("created_by")?,
        last_used: row.read("last_used")?,
        expires_at: row.read("expires_at")?,
        active: row.read("active")?,
    })
}
