//! Tags: the table `tags`. A tag is a name for a commit of its catalog.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::address::{AT_CATALOG, CATALOG_KEY, LOCKED_CATALOG};
use super::statement::{Row, limit, values};
use crate::store::Tags;
use crate::{Entity, Name, Page, Result, StoreError, Tag, TenantId};

#[async_trait]
impl Tags for PostgresStore {
    async fn create_tag(&self, tenant: TenantId, catalog: &Name, tag: &Tag) -> Result<()> {
        let sql = formatcp!(
            "WITH {AT_CATALOG}, {LOCKED_CATALOG}, checked AS (
                 SELECT at.catalog,
                        NOT EXISTS (SELECT FROM tags t
                                    WHERE t.catalog = at.catalog AND t.name = $3) AS free,
                        EXISTS (SELECT FROM commits m
                                WHERE m.catalog = at.catalog AND m.id = $4) AS has_commit
                 FROM at
             ),
             inserted AS (
                 INSERT INTO tags (catalog, name, commit_id)
                 SELECT locked.catalog, $3, $4 FROM locked JOIN checked USING (catalog)
                 WHERE checked.free AND checked.has_commit
                 ON CONFLICT DO NOTHING RETURNING name
             )
             SELECT catalog IS NOT NULL, free, has_commit, EXISTS (SELECT FROM inserted) FROM checked"
        );
        let Tag { name, commit } = tag;
        self.write(sql, values![tenant, catalog, name, commit], |mut answer| {
            answer.catalog(tenant, catalog)?;
            answer.holds(|| StoreError::already_exists(Entity::Tag, name))?;
            answer.holds(|| StoreError::not_found(Entity::Commit, commit))?;
            answer.done()
        })
        .await
    }

    async fn get_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<Option<Tag>> {
        let sql = "SELECT t.name, t.commit_id
                   FROM catalogs c JOIN tags t ON t.catalog = c.key
                   WHERE c.tenant = $1 AND c.name = $2 AND t.name = $3";
        self.first(sql, values![tenant, catalog, name], read).await
    }

    async fn list_tags(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Tag>> {
        let sql = formatcp!(
            "SELECT t.name, t.commit_id
             FROM tags t WHERE t.catalog = {CATALOG_KEY} AND t.name > coalesce($3, '')
             ORDER BY t.name LIMIT $4"
        );
        self.all(sql, values![tenant, catalog, &page.after, limit(page.limit)], read).await
    }

    async fn delete_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()> {
        let sql = formatcp!(
            "WITH {AT_CATALOG}, {LOCKED_CATALOG}, deleted AS (
                 DELETE FROM tags t USING locked WHERE t.catalog = locked.catalog AND t.name = $3
                 RETURNING t.name
             )
             SELECT at.catalog IS NOT NULL,
                    EXISTS (SELECT FROM tags t WHERE t.catalog = at.catalog AND t.name = $3),
                    EXISTS (SELECT FROM deleted)
             FROM at"
        );
        self.write(sql, values![tenant, catalog, name], |mut answer| {
            answer.catalog(tenant, catalog)?;
            answer.holds(|| StoreError::not_found(Entity::Tag, name))?;
            answer.done()
        })
        .await
    }
}

fn read(row: &Row, at: usize) -> sqlx::Result<Tag> {
    Ok(Tag { name: row.get(at)?, commit: row.get(at + 1)? })
}
