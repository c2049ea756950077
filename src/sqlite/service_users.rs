//! Service users: the table `service_users`.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, address};
use crate::store::ServiceUsers;
use crate::{
    ApiKeyHash, Entity, Name, Page, Result, ServiceUser, ServiceUserId, ServiceUserUpdate,
    StoreError, TenantId, Timestamp,
};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    tenant, id, name, description, api_key_hash, role, created_at, created_by, last_used,
    expires_at, active";

#[async_trait]
impl ServiceUsers for SqliteStore {
    async fn create_service_user(&self, service_user: &ServiceUser) -> Result<()> {
        let service_user = service_user.clone();
        self.write(move |db| {
            address::tenant(db, service_user.tenant)?;
            let sql = formatcp!(
                "INSERT INTO service_users ({COLUMNS})
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
            );
            let row = (
                service_user.tenant,
                service_user.id,
                &service_user.name,
                &service_user.description,
                &service_user.api_key_hash,
                service_user.role,
                service_user.created_at,
                service_user.created_by,
                service_user.last_used,
                service_user.expires_at,
                service_user.active,
            );
            db.run(sql, row).or_taken(Entity::ServiceUser, &service_user.name)?;
            Ok(())
        })
        .await
    }

    async fn get_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<Option<ServiceUser>> {
        self.read(move |db| get(db, tenant, service_user)).await
    }

    async fn get_service_user_by_api_key_hash(
        &self,
        hash: &ApiKeyHash,
    ) -> Result<Option<ServiceUser>> {
        let hash = hash.clone();
        self.read(move |db| {
            let sql = formatcp!("SELECT {COLUMNS} FROM service_users WHERE api_key_hash = ?1");
            Ok(db.first(sql, [hash], read)?)
        })
        .await
    }

    async fn list_service_users(
        &self,
        tenant: TenantId,
        page: &Page<Name>,
    ) -> Result<Vec<ServiceUser>> {
        let page = page.clone();
        self.read(move |db| {
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM service_users WHERE tenant = ?1 AND name > coalesce(?2, '')
                 ORDER BY name LIMIT ?3"
            );
            Ok(db.all(sql, (tenant, page.after, page.limit), read)?)
        })
        .await
    }

    async fn update_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        update: &ServiceUserUpdate,
    ) -> Result<ServiceUser> {
        let update = update.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let before = get(db, tenant, service_user)?;
            let before = before.ok_or_else(|| missing(service_user))?;
            let after = before.updated(&update);
            let sql = "UPDATE service_users
                       SET name = ?3, description = ?4, role = ?5, expires_at = ?6, active = ?7
                       WHERE tenant = ?1 AND id = ?2";
            let ServiceUser { id, name, description, role, expires_at, active, .. } = &after;
            db.run(sql, (tenant, id, name, description, role, expires_at, active))
                .or_taken(Entity::ServiceUser, name)?;
            Ok(after)
        })
        .await
    }

    async fn rotate_api_key(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        hash: &ApiKeyHash,
    ) -> Result<()> {
        let hash = hash.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let sql = "UPDATE service_users SET api_key_hash = ?3 WHERE tenant = ?1 AND id = ?2";
            match db
                .run(sql, (tenant, service_user, hash))
                .or_taken(Entity::ServiceUser, service_user)?
            {
                0 => Err(missing(service_user)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn touch_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        at: Timestamp,
    ) -> Result<()> {
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let sql = "UPDATE service_users SET last_used = max(coalesce(last_used, ?3), ?3)
                       WHERE tenant = ?1 AND id = ?2";
            match db.run(sql, (tenant, service_user, at))? {
                0 => Err(missing(service_user)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn delete_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<()> {
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let sql = "DELETE FROM service_users WHERE tenant = ?1 AND id = ?2";
            match db.run(sql, (tenant, service_user))? {
                0 => Err(missing(service_user)),
                _ => Ok(()),
            }
        })
        .await
    }
}

fn get(
    db: &Connection,
    tenant: TenantId,
    service_user: ServiceUserId,
) -> Result<Option<ServiceUser>> {
    let sql = formatcp!("SELECT {COLUMNS} FROM service_users WHERE tenant = ?1 AND id = ?2");
    Ok(db.first(sql, (tenant, service_user), read)?)
}

fn missing(service_user: ServiceUserId) -> StoreError {
    StoreError::not_found(Entity::ServiceUser, service_user)
}

fn read(row: &Row<'_>) -> rusqlite::Result<ServiceUser> {
    Ok(ServiceUser {
        tenant: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        api_key_hash: row.get(4)?,
        role: row.get(5)?,
        created_at: row.get(6)?,
        created_by: row.get(7)?,
        last_used: row.get(8)?,
        expires_at: row.get(9)?,
        active: row.get(10)?,
    })
}
