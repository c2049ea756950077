//! Service users: the table `service_users`.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::statement::{Row, limit, values};
use crate::store::ServiceUsers;
use crate::{
    ApiKeyHash, Entity, Name, Page, Result, ServiceUser, ServiceUserId, ServiceUserUpdate,
    StoreError, TenantId, Timestamp,
};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    s.tenant, s.id, s.name, s.description, s.api_key_hash, s.role, s.created_at, s.created_by,
    s.last_used, s.expires_at, s.active";

#[async_trait]
impl ServiceUsers for PostgresStore {
    async fn create_service_user(&self, service_user: &ServiceUser) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT t.id AS tenant,
                              NOT EXISTS (SELECT FROM service_users s
                                          WHERE s.tenant = $1 AND s.id = $2)
                              AND NOT EXISTS (SELECT FROM service_users s
                                              WHERE s.tenant = $1 AND s.name = $3)
                              AND NOT EXISTS (SELECT FROM service_users s
                                              WHERE s.api_key_hash = $5) AS free
                       FROM tenants t WHERE t.id = $1
                   ),
                   inserted AS (
                       INSERT INTO service_users (tenant, id, name, description, api_key_hash, role,
                                                  created_at, created_by, last_used, expires_at,
                                                  active)
                       SELECT tenant, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
                       FROM at WHERE free
                       ON CONFLICT DO NOTHING RETURNING id
                   )
                   SELECT free, EXISTS (SELECT FROM inserted) FROM at";
        let values = values![
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
        ];
        self.write(sql, values, |mut answer| {
            answer.tenant(service_user.tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::ServiceUser, &service_user.name))?;
            answer.done()
        })
        .await
    }

    async fn get_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<Option<ServiceUser>> {
        let sql =
            formatcp!("SELECT {COLUMNS} FROM service_users s WHERE s.tenant = $1 AND s.id = $2");
        self.first(sql, values![tenant, service_user], read).await
    }

    async fn get_service_user_by_api_key_hash(
        &self,
        hash: &ApiKeyHash,
    ) -> Result<Option<ServiceUser>> {
        let sql = formatcp!("SELECT {COLUMNS} FROM service_users s WHERE s.api_key_hash = $1");
        self.first(sql, values![hash], read).await
    }

    async fn list_service_users(
        &self,
        tenant: TenantId,
        page: &Page<Name>,
    ) -> Result<Vec<ServiceUser>> {
        let sql = formatcp!(
            "SELECT {COLUMNS}
             FROM service_users s WHERE s.tenant = $1 AND s.name > coalesce($2, '')
             ORDER BY s.name LIMIT $3"
        );
        self.all(sql, values![tenant, &page.after, limit(page.limit)], read).await
    }

    async fn update_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        update: &ServiceUserUpdate,
    ) -> Result<ServiceUser> {
        let sql = formatcp!(
            "WITH before AS (
                 SELECT s.id, NOT EXISTS (SELECT FROM service_users o
                                          WHERE o.tenant = $1 AND o.name = $3 AND o.id <> $2) AS free
                 FROM tenants t LEFT JOIN service_users s ON s.tenant = t.id AND s.id = $2
                 WHERE t.id = $1
             ),
             after AS (
                 UPDATE service_users s
                 SET name = coalesce($3, s.name),
                     description = CASE WHEN $4 THEN $5 ELSE s.description END,
                     role = coalesce($6, s.role),
                     expires_at = CASE WHEN $7 THEN $8 ELSE s.expires_at END,
                     active = coalesce($9, s.active)
                 FROM before b WHERE s.tenant = $1 AND s.id = b.id AND b.free
                 RETURNING s.*
             )
             SELECT b.id IS NOT NULL, b.free, s.id IS NOT NULL, {COLUMNS}
             FROM before b LEFT JOIN after s ON TRUE"
        );
        let ServiceUserUpdate { name, description, role, expires_at, active } = update;
        let values = values![
            tenant,
            service_user,
            name,
            description.is_some(),
            description.as_ref().and_then(Option::as_ref),
            role,
            expires_at.is_some(),
            expires_at.flatten(),
            active,
        ];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| missing(service_user))?;
            answer.holds(|| StoreError::already_exists(Entity::ServiceUser, service_user))?;
            answer.read(read)
        })
        .await
    }

    async fn rotate_api_key(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        hash: &ApiKeyHash,
    ) -> Result<()> {
        let sql = "WITH before AS (
                       SELECT s.id,
                              NOT EXISTS (SELECT FROM service_users o
                                          WHERE o.api_key_hash = $3
                                            AND (o.tenant, o.id) <> ($1, $2)) AS free
                       FROM tenants t LEFT JOIN service_users s ON s.tenant = t.id AND s.id = $2
                       WHERE t.id = $1
                   ),
                   after AS (
                       UPDATE service_users s SET api_key_hash = $3
                       FROM before b WHERE s.tenant = $1 AND s.id = b.id AND b.free
                       RETURNING s.id
                   )
                   SELECT id IS NOT NULL, free, EXISTS (SELECT FROM after) FROM before";
        self.write(sql, values![tenant, service_user, hash], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| missing(service_user))?;
            answer.holds(|| StoreError::already_exists(Entity::ServiceUser, service_user))?;
            answer.done()
        })
        .await
    }

    async fn touch_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        at: Timestamp,
    ) -> Result<()> {
        let sql = "WITH after AS (
                       UPDATE service_users SET last_used = greatest(last_used, $3)
                       WHERE tenant = $1 AND id = $2 RETURNING id
                   )
                   SELECT EXISTS (SELECT FROM service_users WHERE tenant = $1 AND id = $2),
                          EXISTS (SELECT FROM after)
                   FROM tenants t WHERE t.id = $1";
        self.write(sql, values![tenant, service_user, at], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| missing(service_user))?;
            answer.done()
        })
        .await
    }

    async fn delete_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<()> {
        let sql = "WITH deleted AS (
                       DELETE FROM service_users WHERE tenant = $1 AND id = $2 RETURNING id
                   )
                   SELECT EXISTS (SELECT FROM service_users WHERE tenant = $1 AND id = $2),
                          EXISTS (SELECT FROM deleted)
                   FROM tenants t WHERE t.id = $1";
        self.write(sql, values![tenant, service_user], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| missing(service_user))?;
            answer.done()
        })
        .await
    }
}

fn missing(service_user: ServiceUserId) -> StoreError {
    StoreError::not_found(Entity::ServiceUser, service_user)
}

fn read(row: &Row, at: usize) -> sqlx::Result<ServiceUser> {
    Ok(ServiceUser {
        tenant: row.get(at)?,
        id: row.get(at + 1)?,
        name: row.get(at + 2)?,
        description: row.get(at + 3)?,
        api_key_hash: row.get(at + 4)?,
        role: row.get(at + 5)?,
        created_at: row.get(at + 6)?,
        created_by: row.get(at + 7)?,
        last_used: row.get(at + 8)?,
        expires_at: row.get(at + 9)?,
        active: row.get(at + 10)?,
    })
}
