//! Permissions: the table `permissions`. What a user may do also depends on the user's roles.

use async_trait::async_trait;
use rusqlite::Row;

use super::statement::Statements;
use super::{SqliteStore, address, users};
use crate::permission::effective;
use crate::store::Permissions;
use crate::{
    Entity, Grant, Page, Permission, PermissionId, Result, Scope, SmallSet, StoreError, TenantId,
    UserId,
};

#[async_trait]
impl Permissions for SqliteStore {
    async fn grant_permission(&self, tenant: TenantId, permission: &Permission) -> Result<()> {
        let permission = permission.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let Permission { id, user, scope, actions, granted_by, granted_at } = permission;
            let taken = "SELECT 1 FROM permissions WHERE tenant = ?1 AND id = ?2";
            if db.any(taken, (tenant, id))? {
                return Err(StoreError::already_exists(Entity::Permission, id));
            }
            users::must_be_of(db, tenant, user)?;
            let sql = "INSERT INTO permissions (tenant, id, user, scope, actions, granted_by,
                                                granted_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            db.run(sql, (tenant, id, user, scope, actions, granted_by, granted_at))?;
            Ok(())
        })
        .await
    }

    async fn revoke_permission(&self, tenant: TenantId, permission: PermissionId) -> Result<()> {
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let sql = "DELETE FROM permissions WHERE tenant = ?1 AND id = ?2";
            match db.run(sql, (tenant, permission))? {
                0 => Err(StoreError::not_found(Entity::Permission, permission)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn list_user_permissions(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>> {
        let page = page.clone();
        self.read(move |db| {
            let sql = "SELECT id, user, scope, actions, granted_by, granted_at FROM permissions
                       WHERE tenant = ?1 AND user = ?2 AND id > coalesce(?3, x'')
                       ORDER BY id LIMIT ?4";
            Ok(db.all(sql, (tenant, user, page.after, page.limit), read)?)
        })
        .await
    }

    async fn list_tenant_permissions(
        &self,
        tenant: TenantId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>> {
        let page = page.clone();
        self.read(move |db| {
            let sql = "SELECT id, user, scope, actions, granted_by, granted_at FROM permissions
                       WHERE tenant = ?1 AND id > coalesce(?2, x'')
                       ORDER BY id LIMIT ?3";
            Ok(db.all(sql, (tenant, page.after, page.limit), read)?)
        })
        .await
    }

    async fn effective_permissions(&self, tenant: TenantId, user: UserId) -> Result<Vec<Grant>> {
        self.read(move |db| {
            let sql = "SELECT scope, actions, NULL FROM permissions
                       WHERE tenant = ?1 AND user = ?2
                       UNION ALL
                       SELECT NULL, NULL, r.grants
                       FROM role_assignments a
                       CROSS JOIN roles r ON r.tenant = a.tenant AND r.id = a.role
                       WHERE a.tenant = ?1 AND a.user = ?2";
            let grants = db.all(sql, (tenant, user), read_grants)?;
            Ok(effective(grants.into_iter().flatten()))
        })
        .await
    }
}

/// Reads the one grant of a permission, or the grants of a role.
fn read_grants(row: &Row<'_>) -> rusqlite::Result<Vec<Grant>> {
    match row.get::<_, Option<Scope>>(0)? {
        Some(scope) => Ok(vec![Grant { scope, actions: row.get(1)? }]),
        None => {
            let grants: SmallSet<Grant> = row.get(2)?;
            Ok(grants.items().iter().cloned().collect())
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Permission> {
    Ok(Permission {
        id: row.get(0)?,
        user: row.get(1)?,
        scope: row.get(2)?,
        actions: row.get(3)?,
        granted_by: row.get(4)?,
        granted_at: row.get(5)?,
    })
}
