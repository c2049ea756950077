//! Tags: the table `tags`. A tag is a name for a commit of its catalog.

use async_trait::async_trait;
use rusqlite::Row;

use super::statement::Statements;
use super::{SqliteStore, address, commits};
use crate::store::Tags;
use crate::{Entity, Name, Page, Result, StoreError, Tag, TenantId};

#[async_trait]
impl Tags for SqliteStore {
    async fn create_tag(&self, tenant: TenantId, catalog: &Name, tag: &Tag) -> Result<()> {
        let (catalog, tag) = (catalog.clone(), tag.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            let taken = "SELECT 1 FROM tags WHERE catalog = ?1 AND name = ?2";
            if db.any(taken, (catalog.key, &tag.name))? {
                return Err(StoreError::already_exists(Entity::Tag, tag.name));
            }
            if !commits::exists(db, catalog, tag.commit)? {
                return Err(StoreError::not_found(Entity::Commit, tag.commit));
            }
            let sql = "INSERT INTO tags (catalog, name, commit_id) VALUES (?1, ?2, ?3)";
            db.run(sql, (catalog.key, tag.name, tag.commit))?;
            Ok(())
        })
        .await
    }

    async fn get_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<Option<Tag>> {
        let (catalog, name) = (catalog.clone(), name.clone());
        self.read(move |db| {
            let sql = "SELECT t.name, t.commit_id
                       FROM catalogs c JOIN tags t ON t.catalog = c.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND t.name = ?3";
            Ok(db.first(sql, (tenant, catalog, name), read)?)
        })
        .await
    }

    async fn list_tags(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Tag>> {
        let (catalog, page) = (catalog.clone(), page.clone());
        self.read(move |db| {
            let sql = "SELECT t.name, t.commit_id
                       FROM catalogs c JOIN tags t ON t.catalog = c.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND t.name > coalesce(?3, '')
                       ORDER BY t.name LIMIT ?4";
            Ok(db.all(sql, (tenant, catalog, page.after, page.limit), read)?)
        })
        .await
    }

    async fn delete_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()> {
        let (catalog, name) = (catalog.clone(), name.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            let sql = "DELETE FROM tags WHERE catalog = ?1 AND name = ?2";
            match db.run(sql, (catalog.key, &name))? {
                0 => Err(StoreError::not_found(Entity::Tag, name)),
                _ => Ok(()),
            }
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Tag> {
    Ok(Tag { name: row.get(0)?, commit: row.get(1)? })
}
