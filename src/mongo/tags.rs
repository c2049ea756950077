use async_trait::async_trait;
use bson::{Document, doc};

use super::error::Undecodable;
use super::namespaces::in_catalog;
use super::query::{after, page_of};
use super::queue::Guard;
use super::schema::{CATALOGS, COMMITS, TAGS};
use super::transaction::{OrTaken, transaction};
use super::value::Fields;
use super::{MongoStore, address, commits};
use crate::store::Tags;
use crate::{Entity, Name, Page, Result, StoreError, Tag, TenantId};

#[async_trait]
impl Tags for MongoStore {
    async fn create_tag(&self, tenant: TenantId, catalog: &Name, tag: &Tag) -> Result<()> {
        let Tag { name, commit } = tag;
        transaction!(self, [Guard::Catalog(tenant, catalog.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, catalog).await?;
            let row = doc! { "catalog": catalog.key, "name": name, "commit": commit };
            txn.insert(TAGS, row).await.or_taken(Entity::Tag, name)?;
            if txn.any(COMMITS, commits::by_id(catalog.key, *commit)).await? {
                return Ok(());
            }
            Err(StoreError::not_found(Entity::Commit, commit).into())
        })
    }

    async fn get_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<Option<Tag>> {
        let this = vec![doc! { "$match": { "name": name } }];
        self.first(CATALOGS, in_catalog(tenant, catalog, TAGS, this), read).await
    }

    async fn list_tags(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Tag>> {
        let tags = page_of(after(doc! {}, "name", page), doc! { "name": 1 }, page);
        self.all(CATALOGS, in_catalog(tenant, catalog, TAGS, tags), read).await
    }

    async fn delete_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()> {
        transaction!(self, [Guard::Catalog(tenant, catalog.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, catalog).await?;
            match txn.take(TAGS, doc! { "catalog": catalog.key, "name": name }).await? {
                Some(_) => Ok(()),
                None => Err(StoreError::not_found(Entity::Tag, name).into()),
            }
        })
    }
}

fn read(row: &Document) -> Result<Tag, Undecodable> {
    Ok(Tag { name: row.read("name")?, commit: row.read("commit")? })
}
