use async_trait::async_trait;
use bson::{Document, doc};

use super::error::Undecodable;
use super::query::{after, into_rows, page_of};
use super::queue::Guard;
use super::schema::{ASSETS, BRANCHES, CATALOGS, NAMESPACES};
use super::transaction::{OrTaken, transaction};
use super::value::Fields;
use super::{MongoStore, address};
use crate::search::fold;
use crate::store::Namespaces;
use crate::{
    ConflictReason, Entity, Name, Namespace, NamespacePath, Page, PropertyChanges, Result,
    StoreError, TenantId,
};

#[async_trait]
impl Namespaces for MongoStore {
    async fn create_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        namespace: &Namespace,
    ) -> Result<()> {
        let Namespace { path, properties } = namespace;
        transaction!(self, [Guard::Catalog(tenant, catalog.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, catalog).await?;
            let parent = path.parent();
            if let Some(parent) = &parent {
                catalog.check_namespace(txn, parent).await?;
            }
            let row = doc! {
                "catalog": catalog.key, "path": path, "parent": parent, "folded": fold(path.leaf()),
                "properties": properties,
            };
            txn.insert(NAMESPACES, row).await.or_taken(Entity::Namespace, path)
        })
    }

    async fn get_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<Option<Namespace>> {
        let this = vec![doc! { "$match": { "path": path } }];
        self.first(CATALOGS, in_catalog(tenant, catalog, NAMESPACES, this), read).await
    }

    async fn list_namespaces(
        &self,
        tenant: TenantId,
        catalog: &Name,
        parent: &Option<NamespacePath>,
        page: &Page<NamespacePath>,
    ) -> Result<Vec<Namespace>> {
        let children = after(doc! { "parent": parent }, "path", page);
        let children = page_of(children, doc! { "path": 1 }, page);
        self.all(CATALOGS, in_catalog(tenant, catalog, NAMESPACES, children), read).await
    }

    async fn set_namespace_properties(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
        changes: &PropertyChanges,
    ) -> Result<Namespace> {
        transaction!(self, [Guard::Catalog(tenant, catalog.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, catalog).await?;
            let Some(before) = txn.first(NAMESPACES, catalog.namespace(path)).await? else {
                return Err(StoreError::not_found(Entity::Namespace, path).into());
            };
            let properties =
                read(&before)?.properties.changed(changes).map_err(StoreError::from)?;
            let update = doc! { "$set": { "properties": &properties } };
            txn.change(NAMESPACES, catalog.namespace(path), update).await?;
            Ok(Namespace { path: path.clone(), properties })
        })
    }

    async fn delete_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<()> {
        transaction!(self, [Guard::Catalog(tenant, catalog.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, catalog).await?;
            if txn.take(NAMESPACES, catalog.namespace(path)).await?.is_none() {
                return Err(StoreError::not_found(Entity::Namespace, path).into());
            }
            let children = doc! { "catalog": catalog.key, "parent": path };
            let mut assets =
                vec![doc! { "$match": { "catalog": catalog.key, "content.namespace": path } }];
            assets.extend(into_rows(BRANCHES, "branch", "_id", vec![doc! { "$limit": 1 }]));
            assets.push(doc! { "$limit": 1 });
            if txn.any(NAMESPACES, children).await? || !txn.all(ASSETS, assets).await?.is_empty() {
                return Err(StoreError::conflict(ConflictReason::NotEmpty, path).into());
            }
            // So that no call has put an asset into it meanwhile, on any branch.
            let touch = doc! { "$inc": { "touched": 1_i64 } };
            txn.change_all(BRANCHES, doc! { "catalog": catalog.key }, touch).await?;
            Ok(())
        })
    }

    async fn count_namespaces(&self, tenant: TenantId) -> Result<u64> {
        let mut pipeline = vec![doc! { "$match": { "tenant": tenant } }];
        pipeline.extend(into_rows(NAMESPACES, "_id", "catalog", vec![doc! { "$count": "count" }]));
        pipeline.push(doc! { "$group": { "_id": null, "count": { "$sum": "$count" } } });
        self.count(CATALOGS, pipeline).await
    }
}

/// The stages that lead from catalogs to what `pipeline` yields of a collection's documents in one of
/// them.
pub(super) fn in_catalog(
    tenant: TenantId,
    catalog: &Name,
    collection: &str,
    pipeline: Vec<Document>,
) -> Vec<Document> {
    let mut stages = vec![doc! { "$match": address::named(tenant, catalog) }];
    stages.extend(into_rows(collection, "_id", "catalog", pipeline));
    stages
}

pub(super) fn read(row: &Document) -> Result<Namespace, Undecodable> {
    Ok(Namespace { path: row.read("path")?, properties: row.read("properties")? })
}
