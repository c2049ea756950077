//! Roles: the tables `roles` and `role_assignments`.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, address, users};
use crate::store::Roles;
use crate::{Entity, Name, Page, Result, Role, RoleId, RoleUpdate, StoreError, TenantId, UserId};

/// The columns that [`read`] reads.
const COLUMNS: &str =
    "r.id, r.name, r.description, r.grants, r.created_by, r.created_at, r.updated_at";

#[async_trait]
impl Roles for SqliteStore {
    async fn create_role(&self, tenant: TenantId, role: &Role) -> Result<()> {
        let role = role.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let sql = "INSERT INTO roles (tenant, id, name, description, grants, created_by,
                                          created_at, updated_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            write(db, sql, tenant, &role)
        })
        .await
    }

    async fn get_role(&self, tenant: TenantId, role: RoleId) -> Result<Option<Role>> {
        self.read(move |db| get(db, tenant, role)).await
    }

    async fn list_roles(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Role>> {
        let page = page.clone();
        self.read(move |db| {
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM roles r WHERE r.tenant = ?1 AND r.name > coalesce(?2, '')
                 ORDER BY r.name LIMIT ?3"
            );
            Ok(db.all(sql, (tenant, page.after, page.limit), read)?)
        })
        .await
    }

    async fn update_role(
        &self,
        tenant: TenantId,
        role: RoleId,
        update: &RoleUpdate,
    ) -> Result<Role> {
        let update = update.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let before = get(db, tenant, role)?;
            let before = before.ok_or_else(|| StoreError::not_found(Entity::Role, role))?;
            let after = before.updated(&update);
            let sql = "UPDATE roles
                       SET name = ?3, description = ?4, grants = ?5, created_by = ?6,
                           created_at = ?7, updated_at = ?8
                       WHERE tenant = ?1 AND id = ?2";
            write(db, sql, tenant, &after)?;
            Ok(after)
        })
        .await
    }

    async fn delete_role(&self, tenant: TenantId, role: RoleId) -> Result<()> {
        self.write(move |db| {
            address::tenant(db, tenant)?;
            match db.run("DELETE FROM roles WHERE tenant = ?1 AND id = ?2", (tenant, role))? {
                0 => Err(StoreError::not_found(Entity::Role, role)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn assign_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()> {
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let assigned =
                "SELECT 1 FROM role_assignments WHERE tenant = ?1 AND user = ?2 AND role = ?3";
            if db.any(assigned, (tenant, user, role))? {
                return Err(StoreError::already_exists(Entity::RoleAssignment, role));
            }
            users::must_be_of(db, tenant, user)?;
            if !db.any("SELECT 1 FROM roles WHERE tenant = ?1 AND id = ?2", (tenant, role))? {
                return Err(StoreError::not_found(Entity::Role, role));
            }
            let sql = "INSERT INTO role_assignments (tenant, user, role) VALUES (?1, ?2, ?3)";
            db.run(sql, (tenant, user, role))?;
            Ok(())
        })
        .await
    }

    async fn revoke_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()> {
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let sql = "DELETE FROM role_assignments WHERE tenant = ?1 AND user = ?2 AND role = ?3";
            match db.run(sql, (tenant, user, role))? {
                0 => Err(StoreError::not_found(Entity::RoleAssignment, role)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn list_user_roles(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<RoleId>,
    ) -> Result<Vec<Role>> {
        let page = page.clone();
        self.read(move |db| {
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM role_assignments a
                 CROSS JOIN roles r ON r.tenant = a.tenant AND r.id = a.role
                 WHERE a.tenant = ?1 AND a.user = ?2 AND a.role > coalesce(?3, x'')
                 ORDER BY a.role LIMIT ?4"
            );
            Ok(db.all(sql, (tenant, user, page.after, page.limit), read)?)
        })
        .await
    }
}

fn get(db: &Connection, tenant: TenantId, role: RoleId) -> Result<Option<Role>> {
    let sql = formatcp!("SELECT {COLUMNS} FROM roles r WHERE r.tenant = ?1 AND r.id = ?2");
    Ok(db.first(sql, (tenant, role), read)?)
}

/// Runs a statement that writes all columns of a role.
fn write(db: &Connection, sql: &str, tenant: TenantId, role: &Role) -> Result<()> {
    let Role { id, name, description, grants, created_by, created_at, updated_at } = role;
    let row = (tenant, id, name, description, grants, created_by, created_at, updated_at);
    db.run(sql, row).or_taken(Entity::Role, name)?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Role> {
    Ok(Role {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        grants: row.get(3)?,
        created_by: row.get(4)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
    })
}
