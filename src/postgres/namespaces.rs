//! Namespaces: the table `namespaces`. All branches of a catalog share its namespaces.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::address::{AT_CATALOG, CATALOG_KEY, LOCKED_CATALOG};
use super::answer::Answer;
use super::retry::transaction;
use super::statement::{Row, limit, values};
use crate::search::fold;
use crate::store::Namespaces;
use crate::{
    ConflictReason, Entity, Name, Namespace, NamespacePath, Page, PropertyChanges, Result,
    StoreError, TenantId,
};

#[async_trait]
impl Namespaces for PostgresStore {
    async fn create_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        namespace: &Namespace,
    ) -> Result<()> {
        let sql = formatcp!(
            "WITH {AT_CATALOG}, {LOCKED_CATALOG}, checked AS (
                 SELECT at.catalog,
                        $4 IS NULL
                        OR EXISTS (SELECT FROM namespaces n
                                   WHERE n.catalog = at.catalog AND n.path = $4) AS has_parent,
                        NOT EXISTS (SELECT FROM namespaces n
                                    WHERE n.catalog = at.catalog AND n.path = $3) AS free
                 FROM at
             ),
             inserted AS (
                 INSERT INTO namespaces (catalog, path, parent, folded, properties)
                 SELECT locked.catalog, $3, $4, $5, $6 FROM locked JOIN checked USING (catalog)
                 WHERE checked.has_parent AND checked.free
                 ON CONFLICT DO NOTHING RETURNING path
             )
             SELECT catalog IS NOT NULL, has_parent, free, EXISTS (SELECT FROM inserted) FROM checked"
        );
        let Namespace { path, properties } = namespace;
        let parent = path.parent();
        let values = values![tenant, catalog, path, &parent, fold(path.leaf()), properties];
        self.write(sql, values, |mut answer| {
            answer.catalog(tenant, catalog)?;
            answer.holds(|| {
                let parent = parent.as_ref().map(ToString::to_string).unwrap_or_default();
                StoreError::not_found(Entity::Namespace, parent)
            })?;
            answer.holds(|| StoreError::already_exists(Entity::Namespace, path))?;
            answer.done()
        })
        .await
    }

    async fn get_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<Option<Namespace>> {
        let sql = "SELECT n.path, n.properties
                   FROM catalogs c JOIN namespaces n ON n.catalog = c.key
                   WHERE c.tenant = $1 AND c.name = $2 AND n.path = $3";
        self.first(sql, values![tenant, catalog, path], read).await
    }

    async fn list_namespaces(
        &self,
        tenant: TenantId,
        catalog: &Name,
        parent: &Option<NamespacePath>,
        page: &Page<NamespacePath>,
    ) -> Result<Vec<Namespace>> {
        let limit = limit(page.limit);
        let Some(parent) = parent else {
            // The order begins with the parent, although it is NULL in all rows: this is the order of
            // the index.
            let sql = formatcp!(
                "SELECT n.path, n.properties
                 FROM namespaces n
                 WHERE n.catalog = {CATALOG_KEY} AND n.parent IS NULL
                   AND n.path > coalesce($3, '')
                 ORDER BY n.parent, n.path LIMIT $4"
            );
            return self.all(sql, values![tenant, catalog, &page.after, limit], read).await;
        };
        let sql = formatcp!(
            "SELECT n.path, n.properties
             FROM namespaces n
             WHERE n.catalog = {CATALOG_KEY} AND n.parent = $5 AND n.path > coalesce($3, '')
             ORDER BY n.path LIMIT $4"
        );
        self.all(sql, values![tenant, catalog, &page.after, limit, parent], read).await
    }

    async fn set_namespace_properties(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
        changes: &PropertyChanges,
    ) -> Result<Namespace> {
        transaction!(self, |db| {
            let sql = formatcp!(
                "WITH {AT_CATALOG}, locked AS (
                     SELECT n.path, n.properties
                     FROM catalogs c JOIN namespaces n ON n.catalog = c.key
                     WHERE c.tenant = $1 AND c.name = $2 AND n.path = $3
                     FOR KEY SHARE OF c FOR NO KEY UPDATE OF n
                 )
                 SELECT at.catalog IS NOT NULL,
                        EXISTS (SELECT FROM namespaces n
                                WHERE n.catalog = at.catalog AND n.path = $3),
                        locked.path IS NOT NULL, locked.path, locked.properties, at.catalog
                 FROM at LEFT JOIN locked ON TRUE"
            );
            let mut answer = Answer::new(db.row(sql, values![tenant, catalog, path]).await?);
            answer.catalog(tenant, catalog)?;
            answer.holds(|| StoreError::not_found(Entity::Namespace, path))?;
            let before = answer.read(read)?;
            let catalog: i64 = answer.value(|row, at| row.get(at + 2))?;
            let after = Namespace { properties: before.properties.changed(changes)?, ..before };
            let sql = "UPDATE namespaces SET properties = $3 WHERE catalog = $1 AND path = $2";
            db.run(sql, values![catalog, path, &after.properties]).await?;
            Ok(after)
        })
    }

    async fn delete_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<()> {
        let sql = formatcp!(
            "WITH {AT_CATALOG}, {LOCKED_CATALOG}, checked AS (
                 SELECT at.catalog, n.path,
                        NOT EXISTS (SELECT FROM namespaces child
                                    WHERE child.catalog = at.catalog AND child.parent = $3)
                        AND NOT EXISTS (SELECT FROM assets a
                                        WHERE a.catalog = at.catalog AND a.namespace = $3) AS empty
                 FROM at LEFT JOIN namespaces n ON n.catalog = at.catalog AND n.path = $3
             ),
             deleted AS (
                 DELETE FROM namespaces n USING locked, checked
                 WHERE n.catalog = locked.catalog AND n.path = $3 AND checked.empty
                 RETURNING n.path
             )
             SELECT catalog IS NOT NULL, path IS NOT NULL, empty, EXISTS (SELECT FROM deleted)
             FROM checked"
        );
        self.write(sql, values![tenant, catalog, path], |mut answer| {
            answer.catalog(tenant, catalog)?;
            answer.holds(|| StoreError::not_found(Entity::Namespace, path))?;
            answer.is_in_state(ConflictReason::NotEmpty, path)?;
            answer.done()
        })
        .await
    }

    async fn count_namespaces(&self, tenant: TenantId) -> Result<u64> {
        let sql = "SELECT count(*) FROM catalogs c JOIN namespaces n ON n.catalog = c.key
                   WHERE c.tenant = $1";
        Ok(self.first(sql, values![tenant], count).await?.unwrap_or(0))
    }
}

/// Reads a count.
pub(super) fn count(row: &Row, at: usize) -> sqlx::Result<u64> {
    row.get(at).map(i64::unsigned_abs)
}

/// Reads path and properties. The first one is column `at`.
pub(super) fn read(row: &Row, at: usize) -> sqlx::Result<Namespace> {
    Ok(Namespace { path: row.get(at)?, properties: row.get(at + 1)? })
}
