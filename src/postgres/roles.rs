//! Roles: the tables `roles` and `role_assignments`.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::statement::{Row, first_id, limit, values};
use crate::store::Roles;
use crate::{Entity, Name, Page, Result, Role, RoleId, RoleUpdate, StoreError, TenantId, UserId};

/// The columns that [`read`] reads.
const COLUMNS: &str =
    "r.id, r.name, r.description, r.grants, r.created_by, r.created_at, r.updated_at";

#[async_trait]
impl Roles for PostgresStore {
    async fn create_role(&self, tenant: TenantId, role: &Role) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT t.id AS tenant,
                              NOT EXISTS (SELECT FROM roles r WHERE r.tenant = $1 AND r.id = $2)
                              AND NOT EXISTS (SELECT FROM roles r
                                              WHERE r.tenant = $1 AND r.name = $3) AS free
                       FROM tenants t WHERE t.id = $1
                   ),
                   inserted AS (
                       INSERT INTO roles (tenant, id, name, description, grants, created_by,
                                          created_at, updated_at)
                       SELECT tenant, $2, $3, $4, $5, $6, $7, $8 FROM at WHERE free
                       ON CONFLICT DO NOTHING RETURNING id
                   )
                   SELECT free, EXISTS (SELECT FROM inserted) FROM at";
        let Role { id, name, description, grants, created_by, created_at, updated_at } = role;
        let values =
            values![tenant, id, name, description, grants, created_by, created_at, updated_at];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::Role, name))?;
            answer.done()
        })
        .await
    }

    async fn get_role(&self, tenant: TenantId, role: RoleId) -> Result<Option<Role>> {
        let sql = formatcp!("SELECT {COLUMNS} FROM roles r WHERE r.tenant = $1 AND r.id = $2");
        self.first(sql, values![tenant, role], read).await
    }

    async fn list_roles(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Role>> {
        let sql = formatcp!(
            "SELECT {COLUMNS} FROM roles r WHERE r.tenant = $1 AND r.name > coalesce($2, '')
             ORDER BY r.name LIMIT $3"
        );
        self.all(sql, values![tenant, &page.after, limit(page.limit)], read).await
    }

    async fn update_role(
        &self,
        tenant: TenantId,
        role: RoleId,
        update: &RoleUpdate,
    ) -> Result<Role> {
        let sql = formatcp!(
            "WITH before AS (
                 SELECT r.id, NOT EXISTS (SELECT FROM roles o
                                          WHERE o.tenant = $1 AND o.name = $3 AND o.id <> $2) AS free
                 FROM tenants t LEFT JOIN roles r ON r.tenant = t.id AND r.id = $2
                 WHERE t.id = $1
             ),
             after AS (
                 UPDATE roles r
                 SET name = coalesce($3, r.name),
                     description = CASE WHEN $4 THEN $5 ELSE r.description END,
                     grants = coalesce($6, r.grants), updated_at = $7
                 FROM before b WHERE r.tenant = $1 AND r.id = b.id AND b.free
                 RETURNING r.*
             )
             SELECT b.id IS NOT NULL, b.free, r.id IS NOT NULL, {COLUMNS}
             FROM before b LEFT JOIN after r ON TRUE"
        );
        let RoleUpdate { name, description, grants, updated_at } = update;
        let values = values![
            tenant,
            role,
            name,
            description.is_some(),
            description.as_ref().and_then(Option::as_ref),
            grants,
            updated_at,
        ];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::Role, role))?;
            answer.holds(|| StoreError::already_exists(Entity::Role, role))?;
            answer.read(read)
        })
        .await
    }

    async fn delete_role(&self, tenant: TenantId, role: RoleId) -> Result<()> {
        let sql = "WITH deleted AS (DELETE FROM roles WHERE tenant = $1 AND id = $2 RETURNING id)
                   SELECT EXISTS (SELECT FROM roles WHERE tenant = $1 AND id = $2),
                          EXISTS (SELECT FROM deleted)
                   FROM tenants t WHERE t.id = $1";
        self.write(sql, values![tenant, role], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::Role, role))?;
            answer.done()
        })
        .await
    }

    async fn assign_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT NOT EXISTS (SELECT FROM role_assignments a
                                          WHERE a.tenant = $1 AND a.user_id = $2
                                            AND a.role = $3) AS free,
                              EXISTS (SELECT FROM users u
                                      WHERE u.tenant = $1 AND u.id = $2) AS has_user,
                              EXISTS (SELECT FROM roles r
                                      WHERE r.tenant = $1 AND r.id = $3) AS has_role
                       FROM tenants t WHERE t.id = $1
                   ),
                   inserted AS (
                       INSERT INTO role_assignments (tenant, user_id, role)
                       SELECT $1, $2, $3 FROM at WHERE free AND has_user AND has_role
                       ON CONFLICT DO NOTHING RETURNING role
                   )
                   SELECT free, has_user, has_role, EXISTS (SELECT FROM inserted) FROM at";
        self.write(sql, values![tenant, user, role], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::RoleAssignment, role))?;
            answer.holds(|| StoreError::not_found(Entity::User, user))?;
            answer.holds(|| StoreError::not_found(Entity::Role, role))?;
            answer.done()
        })
        .await
    }

    async fn revoke_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()> {
        let sql = "WITH deleted AS (
                       DELETE FROM role_assignments
                       WHERE tenant = $1 AND user_id = $2 AND role = $3 RETURNING role
                   )
                   SELECT EXISTS (SELECT FROM role_assignments
                                  WHERE tenant = $1 AND user_id = $2 AND role = $3),
                          EXISTS (SELECT FROM deleted)
                   FROM tenants t WHERE t.id = $1";
        self.write(sql, values![tenant, user, role], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::RoleAssignment, role))?;
            answer.done()
        })
        .await
    }

    async fn list_user_roles(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<RoleId>,
    ) -> Result<Vec<Role>> {
        let sql = formatcp!(
            "SELECT {COLUMNS}
             FROM role_assignments a JOIN roles r ON r.tenant = a.tenant AND r.id = a.role
             WHERE a.tenant = $1 AND a.user_id = $2 AND a.role >= $3
             ORDER BY a.role LIMIT $4"
        );
        let values = values![tenant, user, first_id(page.after), limit(page.limit)];
        self.all(sql, values, read).await
    }
}

fn read(row: &Row, at: usize) -> sqlx::Result<Role> {
    Ok(Role {
        id: row.get(at)?,
        name: row.get(at + 1)?,
        description: row.get(at + 2)?,
        grants: row.get(at + 3)?,
        created_by: row.get(at + 4)?,
        created_at: row.get(at + 5)?,
        updated_at: row.get(at + 6)?,
    })
}
