use async_trait::async_trait;
use bson::{Document, doc};

use super::error::Undecodable;
use super::query::{Changes, after, into_rows, page_of};
use super::queue::Guard;
use super::schema::{ROLE_ASSIGNMENTS, ROLES, TENANTS, USERS};
use super::transaction::{OrTaken, transaction};
use super::value::Fields;
use super::{MongoStore, address};
use crate::store::Roles;
use crate::{Entity, Name, Page, Result, Role, RoleId, RoleUpdate, StoreError, TenantId, UserId};

#[async_trait]
impl Roles for MongoStore {
    async fn create_role(&self, tenant: TenantId, role: &Role) -> Result<()> {
        let Role { id, name, description, grants, created_by, created_at, updated_at } = role;
        let row = doc! {
            "tenant": tenant, "id": id, "name": name, "description": description, "grants": grants,
            "created_by": created_by, "created_at": created_at, "updated_at": updated_at,
        };
        let slot = self.next_slot();
        transaction!(self, [Guard::Slot(tenant, slot)], |txn| {
            address::tenant(txn, tenant, slot).await?;
            txn.insert(ROLES, row.clone()).await.or_taken(Entity::Role, name)
        })
    }

    async fn get_role(&self, tenant: TenantId, role: RoleId) -> Result<Option<Role>> {
        self.get(ROLES, doc! { "tenant": tenant, "id": role }, read).await
    }

    async fn list_roles(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Role>> {
        let filter = after(doc! { "tenant": tenant }, "name", page);
        self.list(ROLES, filter, doc! { "name": 1 }, page, read).await
    }

    async fn update_role(
        &self,
        tenant: TenantId,
        role: RoleId,
        update: &RoleUpdate,
    ) -> Result<Role> {
        let RoleUpdate { name, description, grants, updated_at } = update;
        let changes = Changes::default()
            .set("name", name)
            .set("description", description)
            .set("grants", grants)
            .set("updated_at", &Some(*updated_at));
        let this = doc! { "tenant": tenant, "id": role };
        match self.change(ROLES, this, changes.update()).await.or_taken(Entity::Role, role)? {
            Some(row) => Ok(read(&row)?),
            None => Err(self.missing_in(tenant, Entity::Role, role).await),
        }
    }

    async fn delete_role(&self, tenant: TenantId, role: RoleId) -> Result<()> {
        transaction!(self, [Guard::Role(tenant, role)], |txn| {
            if txn.take(ROLES, doc! { "tenant": tenant, "id": role }).await?.is_none() {
                return Err(address::missing(txn, tenant, Entity::Role, role).await?.into());
            }
            txn.delete_all(ROLE_ASSIGNMENTS, doc! { "tenant": tenant, "role": role }).await?;
            Ok(())
        })
    }

    async fn assign_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()> {
        // It is deleted with its user and with its role, so without one of them it does not exist.
        transaction!(self, [Guard::Role(tenant, role), Guard::User(user)], |txn| {
            if txn.touch(USERS, doc! { "_id": user, "tenant": tenant }).await?.is_none() {
                return Err(match txn.any(TENANTS, doc! { "_id": tenant }).await? {
                    true => StoreError::not_found(Entity::User, user).into(),
                    false => StoreError::not_found(Entity::Tenant, tenant).into(),
                });
            }
            if txn.touch(ROLES, doc! { "tenant": tenant, "id": role }).await?.is_none() {
                return Err(StoreError::not_found(Entity::Role, role).into());
            }
            let row = doc! { "tenant": tenant, "user": user, "role": role };
            txn.insert(ROLE_ASSIGNMENTS, row).await.or_taken(Entity::RoleAssignment, role)
        })
    }

    async fn revoke_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()> {
        let this = doc! { "tenant": tenant, "user": user, "role": role };
        match self.delete(ROLE_ASSIGNMENTS, this).await? {
            true => Ok(()),
            false => Err(self.missing_in(tenant, Entity::RoleAssignment, role).await),
        }
    }

    async fn list_user_roles(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<RoleId>,
    ) -> Result<Vec<Role>> {
        let assigned = after(doc! { "tenant": tenant, "user": user }, "role", page);
        let mut pipeline = page_of(assigned, doc! { "role": 1 }, page);
        pipeline.extend(assigned_roles(tenant));
        self.all(ROLE_ASSIGNMENTS, pipeline, read).await
    }
}

/// The stages that lead from assignments to their roles.
pub(super) fn assigned_roles(tenant: TenantId) -> Vec<Document> {
    into_rows(ROLES, "role", "id", vec![doc! { "$match": { "tenant": tenant } }])
}

fn read(row: &Document) -> Result<Role, Undecodable> {
    Ok(Role {
        id: row.read("id")?,
        name: row.read("name")?,
        description: row.read("description")?,
        grants: row.read("grants")?,
        created_by: row.read("created_by")?,
        created_at: row.read("created_at")?,
        updated_at: row.read("updated_at")?,
    })
}
