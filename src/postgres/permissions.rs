//! Permissions: the table `permissions`. What a user may do also depends on the user's roles.

use async_trait::async_trait;

use super::PostgresStore;
use super::statement::{Row, first_id, limit, values};
use crate::permission::effective;
use crate::store::Permissions;
use crate::{
    Entity, Grant, Page, Permission, PermissionId, Result, Scope, SmallSet, StoreError, TenantId,
    UserId,
};

#[async_trait]
impl Permissions for PostgresStore {
    async fn grant_permission(&self, tenant: TenantId, permission: &Permission) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT NOT EXISTS (SELECT FROM permissions p
                                          WHERE p.tenant = $1 AND p.id = $2) AS free,
                              EXISTS (SELECT FROM users u
                                      WHERE u.tenant = $1 AND u.id = $3) AS has_user
                       FROM tenants t WHERE t.id = $1
                   ),
                   inserted AS (
                       INSERT INTO permissions (tenant, id, user_id, scope, actions, granted_by,
                                                granted_at)
                       SELECT $1, $2, $3, $4, $5, $6, $7 FROM at WHERE free AND has_user
                       ON CONFLICT DO NOTHING RETURNING id
                   )
                   SELECT free, has_user, EXISTS (SELECT FROM inserted) FROM at";
        let Permission { id, user, scope, actions, granted_by, granted_at } = permission;
        let values = values![tenant, id, user, scope, actions, granted_by, granted_at];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::Permission, id))?;
            answer.holds(|| StoreError::not_found(Entity::User, user))?;
            answer.done()
        })
        .await
    }

    async fn revoke_permission(&self, tenant: TenantId, permission: PermissionId) -> Result<()> {
        let sql = "WITH deleted AS (
                       DELETE FROM permissions WHERE tenant = $1 AND id = $2 RETURNING id
                   )
                   SELECT EXISTS (SELECT FROM permissions WHERE tenant = $1 AND id = $2),
                          EXISTS (SELECT FROM deleted)
                   FROM tenants t WHERE t.id = $1";
        self.write(sql, values![tenant, permission], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::Permission, permission))?;
            answer.done()
        })
        .await
    }

    async fn list_user_permissions(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>> {
        let sql = "SELECT id, user_id, scope, actions, granted_by, granted_at FROM permissions
                   WHERE tenant = $1 AND user_id = $2 AND id >= $3
                   ORDER BY id LIMIT $4";
        let values = values![tenant, user, first_id(page.after), limit(page.limit)];
        self.all(sql, values, read).await
    }

    async fn list_tenant_permissions(
        &self,
        tenant: TenantId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>> {
        let sql = "SELECT id, user_id, scope, actions, granted_by, granted_at FROM permissions
                   WHERE tenant = $1 AND id >= $2
                   ORDER BY id LIMIT $3";
        self.all(sql, values![tenant, first_id(page.after), limit(page.limit)], read).await
    }

    async fn effective_permissions(&self, tenant: TenantId, user: UserId) -> Result<Vec<Grant>> {
        let sql = "SELECT scope, actions, NULL FROM permissions
                   WHERE tenant = $1 AND user_id = $2
                   UNION ALL
                   SELECT NULL, NULL, r.grants
                   FROM role_assignments a
                   JOIN roles r ON r.tenant = a.tenant AND r.id = a.role
                   WHERE a.tenant = $1 AND a.user_id = $2";
        let grants = self.all(sql, values![tenant, user], read_grants).await?;
        Ok(effective(grants.into_iter().flatten()))
    }
}

/// Reads the one grant of a permission, or the grants of a role.
fn read_grants(row: &Row, at: usize) -> sqlx::Result<Vec<Grant>> {
    match row.get::<Option<Scope>>(at)? {
        Some(scope) => Ok(vec![Grant { scope, actions: row.get(at + 1)? }]),
        None => {
            let grants: SmallSet<Grant> = row.get(at + 2)?;
            Ok(grants.items().iter().cloned().collect())
        }
    }
}

fn read(row: &Row, at: usize) -> sqlx::Result<Permission> {
    Ok(Permission {
        id: row.get(at)?,
        user: row.get(at + 1)?,
        scope: row.get(at + 2)?,
        actions: row.get(at + 3)?,
        granted_by: row.get(at + 4)?,
        granted_at: row.get(at + 5)?,
    })
}
