//! Namespaces: the table `namespaces`. All branches of a catalog share its namespaces.

use async_trait::async_trait;
use rusqlite::{Connection, Row};

use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, address};
use crate::search::fold;
use crate::store::Namespaces;
use crate::{
    ConflictReason, Entity, Name, Namespace, NamespacePath, Page, PropertyChanges, Result,
    StoreError, TenantId,
};

#[async_trait]
impl Namespaces for SqliteStore {
    async fn create_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        namespace: &Namespace,
    ) -> Result<()> {
        let (catalog, namespace) = (catalog.clone(), namespace.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            let Namespace { path, properties } = &namespace;
            let parent = path.parent();
            if let Some(parent) = &parent {
                catalog.namespace(db, parent)?;
            }
            let sql = "INSERT INTO namespaces (catalog, path, parent, folded, properties)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            db.run(sql, (catalog.key, path, parent, fold(path.leaf()), properties))
                .or_taken(Entity::Namespace, path)?;
            Ok(())
        })
        .await
    }

    async fn get_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<Option<Namespace>> {
        let (catalog, path) = (catalog.clone(), path.clone());
        self.read(move |db| {
            let sql = "SELECT n.path, n.properties
                       FROM catalogs c JOIN namespaces n ON n.catalog = c.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND n.path = ?3";
            Ok(db.first(sql, (tenant, catalog, path), |row| read(row, 0))?)
        })
        .await
    }

    async fn list_namespaces(
        &self,
        tenant: TenantId,
        catalog: &Name,
        parent: &Option<NamespacePath>,
        page: &Page<NamespacePath>,
    ) -> Result<Vec<Namespace>> {
        let (catalog, parent, page) = (catalog.clone(), parent.clone(), page.clone());
        self.read(move |db| {
            let sql = "SELECT n.path, n.properties
                       FROM catalogs c JOIN namespaces n ON n.catalog = c.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND n.parent IS ?3
                         AND n.path > coalesce(?4, '')
                       ORDER BY n.path LIMIT ?5";
            let values = (tenant, catalog, parent, page.after, page.limit);
            Ok(db.all(sql, values, |row| read(row, 0))?)
        })
        .await
    }

    async fn set_namespace_properties(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
        changes: &PropertyChanges,
    ) -> Result<Namespace> {
        let (catalog, path, changes) = (catalog.clone(), path.clone(), changes.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            let before = get(db, catalog.key, &path)?;
            let before = before.ok_or_else(|| StoreError::not_found(Entity::Namespace, &path))?;
            let after = Namespace { properties: before.properties.changed(&changes)?, path };
            let sql = "UPDATE namespaces SET properties = ?3 WHERE catalog = ?1 AND path = ?2";
            db.run(sql, (catalog.key, &after.path, &after.properties))?;
            Ok(after)
        })
        .await
    }

    async fn delete_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<()> {
        let (catalog, path) = (catalog.clone(), path.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            catalog.namespace(db, &path)?;
            let content = "SELECT 1 FROM namespaces WHERE catalog = ?1 AND parent = ?2
                           UNION ALL
                           SELECT 1 FROM assets WHERE catalog = ?1 AND namespace = ?2";
            if db.any(content, (catalog.key, &path))? {
                return Err(StoreError::conflict(ConflictReason::NotEmpty, path));
            }
            db.run("DELETE FROM namespaces WHERE catalog = ?1 AND path = ?2", (catalog.key, path))?;
            Ok(())
        })
        .await
    }

    async fn count_namespaces(&self, tenant: TenantId) -> Result<u64> {
        self.read(move |db| {
            let sql = "SELECT count(*) FROM catalogs c JOIN namespaces n ON n.catalog = c.key
                       WHERE c.tenant = ?1";
            count(db, sql, tenant)
        })
        .await
    }
}

/// Runs a statement that counts something in the tenant `?1`.
pub(super) fn count(db: &Connection, sql: &str, tenant: TenantId) -> Result<u64> {
    let count = db.first(sql, [tenant], |row| row.get::<_, i64>(0))?;
    Ok(count.map_or(0, i64::unsigned_abs))
}

fn get(db: &Connection, catalog: i64, path: &NamespacePath) -> Result<Option<Namespace>> {
    let sql = "SELECT path, properties FROM namespaces WHERE catalog = ?1 AND path = ?2";
    Ok(db.first(sql, (catalog, path), |row| read(row, 0))?)
}

/// Reads path and properties. The first one is column `at`.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Namespace> {
    Ok(Namespace { path: row.get(at)?, properties: row.get(at + 1)? })
}
