//! Tenants: the table `tenants`. Deleting a tenant deletes all that belongs to it.

use async_trait::async_trait;
use rusqlite::{Connection, Row};

use super::SqliteStore;
use super::error::OrTaken;
use super::statement::Statements;
use crate::store::Tenants;
use crate::{Entity, Name, Page, Result, StoreError, Tenant, TenantId, TenantUpdate};

#[async_trait]
impl Tenants for SqliteStore {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<()> {
        let tenant = tenant.clone();
        self.write(move |db| {
            let sql = "INSERT INTO tenants (id, name, properties) VALUES (?1, ?2, ?3)";
            db.run(sql, (tenant.id, &tenant.name, &tenant.properties))
                .or_taken(Entity::Tenant, &tenant.name)?;
            Ok(())
        })
        .await
    }

    async fn get_tenant(&self, tenant: TenantId) -> Result<Option<Tenant>> {
        self.read(move |db| get(db, tenant)).await
    }

    async fn list_tenants(&self, page: &Page<Name>) -> Result<Vec<Tenant>> {
        let page = page.clone();
        self.read(move |db| {
            let sql = "SELECT id, name, properties FROM tenants
                       WHERE name > coalesce(?1, '') ORDER BY name LIMIT ?2";
            Ok(db.all(sql, (page.after, page.limit), read)?)
        })
        .await
    }

    async fn update_tenant(&self, tenant: TenantId, update: &TenantUpdate) -> Result<Tenant> {
        let update = update.clone();
        self.write(move |db| {
            let before = get(db, tenant)?;
            let before = before.ok_or_else(|| StoreError::not_found(Entity::Tenant, tenant))?;
            let after = before.updated(&update);
            let sql = "UPDATE tenants SET name = ?2, properties = ?3 WHERE id = ?1";
            db.run(sql, (tenant, &after.name, &after.properties))
                .or_taken(Entity::Tenant, &after.name)?;
            Ok(after)
        })
        .await
    }

    async fn delete_tenant(&self, tenant: TenantId) -> Result<()> {
        self.write(move |db| match db.run("DELETE FROM tenants WHERE id = ?1", [tenant])? {
            0 => Err(StoreError::not_found(Entity::Tenant, tenant)),
            _ => Ok(()),
        })
        .await
    }
}

fn get(db: &Connection, tenant: TenantId) -> Result<Option<Tenant>> {
    let sql = "SELECT id, name, properties FROM tenants WHERE id = ?1";
    Ok(db.first(sql, [tenant], read)?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Tenant> {
    Ok(Tenant { id: row.get(0)?, name: row.get(1)?, properties: row.get(2)? })
}
