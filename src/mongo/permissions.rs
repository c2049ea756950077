use async_trait::async_trait;
use bson::{Document, doc};

use super::MongoStore;
use super::error::Undecodable;
use super::query::after;
use super::queue::Guard;
use super::roles::assigned_roles;
use super::schema::{PERMISSIONS, ROLE_ASSIGNMENTS};
use super::transaction::{OrTaken, transaction};
use super::users::touch_user;
use super::value::Fields;
use crate::permission::effective;
use crate::store::Permissions;
use crate::{
    Entity, Grant, Page, Permission, PermissionId, Result, Scope, SmallSet, TenantId, UserId,
};

#[async_trait]
impl Permissions for MongoStore {
    async fn grant_permission(&self, tenant: TenantId, permission: &Permission) -> Result<()> {
        let Permission { id, user, scope, actions, granted_by, granted_at } = permission;
        let row = doc! {
            "tenant": tenant, "id": id, "user": user, "scope": scope, "actions": actions,
            "granted_by": granted_by, "granted_at": granted_at,
        };
        transaction!(self, [Guard::User(*user)], |txn| {
            touch_user(txn, tenant, *user, (PERMISSIONS, Entity::Permission, id.uuid())).await?;
            txn.insert(PERMISSIONS, row.clone()).await.or_taken(Entity::Permission, id)
        })
    }

    async fn revoke_permission(&self, tenant: TenantId, permission: PermissionId) -> Result<()> {
        let this = doc! { "tenant": tenant, "id": permission };
        match self.delete(PERMISSIONS, this).await? {
            true => Ok(()),
            false => Err(self.missing_in(tenant, Entity::Permission, permission).await),
        }
    }

    async fn list_user_permissions(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>> {
        let filter = after(doc! { "tenant": tenant, "user": user }, "id", page);
        self.list(PERMISSIONS, filter, doc! { "id": 1 }, page, read).await
    }

    async fn list_tenant_permissions(
        &self,
        tenant: TenantId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>> {
        let filter = after(doc! { "tenant": tenant }, "id", page);
        self.list(PERMISSIONS, filter, doc! { "id": 1 }, page, read).await
    }

    async fn effective_permissions(&self, tenant: TenantId, user: UserId) -> Result<Vec<Grant>> {
        let of_user = doc! { "$match": { "tenant": tenant, "user": user } };
        let mut by_role = vec![of_user.clone()];
        by_role.extend(assigned_roles(tenant));
        let by_role = doc! { "coll": ROLE_ASSIGNMENTS, "pipeline": by_role };
        let pipeline = vec![of_user, doc! { "$unionWith": by_role }];
        let grants = self.all(PERMISSIONS, pipeline, read_grants).await?;
        Ok(effective(grants.into_iter().flatten()))
    }
}

/// Reads the grant of a permission, or those of a role.
fn read_grants(row: &Document) -> Result<Vec<Grant>, Undecodable> {
    match row.read::<Option<Scope>>("scope")? {
        Some(scope) => Ok(vec![Grant { scope, actions: row.read("actions")? }]),
        None => {
            let grants: SmallSet<Grant> = row.read("grants")?;
            Ok(grants.items().iter().cloned().collect())
        }
    }
}

fn read(row: &Document) -> Result<Permission, Undecodable> {
    Ok(Permission {
        id: row.read("id")?,
        user: row.read("user")?,
        scope: row.read("scope")?,
        actions: row.read("actions")?,
        granted_by: row.read("granted_by")?,
        granted_at: row.read("granted_at")?,
    })
}
