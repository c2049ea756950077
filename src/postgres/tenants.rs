//! Tenants: the table `tenants`. Deleting a tenant deletes all that belongs to it.

use async_trait::async_trait;

use super::PostgresStore;
use super::statement::{Row, limit, values};
use crate::store::Tenants;
use crate::{Entity, Name, Page, Result, StoreError, Tenant, TenantId, TenantUpdate};

#[async_trait]
impl Tenants for PostgresStore {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT NOT EXISTS (SELECT FROM tenants t WHERE t.id = $1)
                              AND NOT EXISTS (SELECT FROM tenants t WHERE t.name = $2) AS free
                   ),
                   inserted AS (
                       INSERT INTO tenants (id, name, properties) SELECT $1, $2, $3 FROM at WHERE free
                       ON CONFLICT DO NOTHING RETURNING id
                   )
                   SELECT free, EXISTS (SELECT FROM inserted) FROM at";
        let Tenant { id, name, properties } = tenant;
        self.write(sql, values![id, name, properties], |mut answer| {
            answer.holds(|| StoreError::already_exists(Entity::Tenant, name))?;
            answer.done()
        })
        .await
    }

    async fn get_tenant(&self, tenant: TenantId) -> Result<Option<Tenant>> {
        let sql = "SELECT id, name, properties FROM tenants WHERE id = $1";
        self.first(sql, values![tenant], read).await
    }

    async fn list_tenants(&self, page: &Page<Name>) -> Result<Vec<Tenant>> {
        let sql = "SELECT id, name, properties FROM tenants
                   WHERE name > coalesce($1, '') ORDER BY name LIMIT $2";
        self.all(sql, values![&page.after, limit(page.limit)], read).await
    }

    async fn update_tenant(&self, tenant: TenantId, update: &TenantUpdate) -> Result<Tenant> {
        let sql = "WITH before AS (
                       SELECT t.id, NOT EXISTS (SELECT FROM tenants o
                                                WHERE o.name = $2 AND o.id <> $1) AS free
                       FROM tenants t WHERE t.id = $1
                   ),
                   after AS (
                       UPDATE tenants t
                       SET name = coalesce($2, t.name), properties = coalesce($3, t.properties)
                       FROM before b WHERE t.id = b.id AND b.free
                       RETURNING t.id, t.name, t.properties
                   )
                   SELECT b.free, a.id IS NOT NULL, a.id, a.name, a.properties
                   FROM before b LEFT JOIN after a ON TRUE";
        let TenantUpdate { name, properties } = update;
        self.write(sql, values![tenant, name, properties], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| taken(update))?;
            answer.read(read)
        })
        .await
    }

    async fn delete_tenant(&self, tenant: TenantId) -> Result<()> {
        let sql = "WITH deleted AS (DELETE FROM tenants WHERE id = $1 RETURNING id)
                   SELECT EXISTS (SELECT FROM deleted) FROM tenants t WHERE t.id = $1";
        self.write(sql, values![tenant], |mut answer| {
            answer.tenant(tenant)?;
            answer.done()
        })
        .await
    }
}

fn taken(update: &TenantUpdate) -> StoreError {
    StoreError::already_exists(Entity::Tenant, update.name.as_deref().unwrap_or_default())
}

fn read(row: &Row, at: usize) -> sqlx::Result<Tenant> {
    Ok(Tenant { id: row.get(at)?, name: row.get(at + 1)?, properties: row.get(at + 2)? })
}
