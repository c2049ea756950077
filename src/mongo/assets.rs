use async_trait::async_trait;
use bson::{Bson, Document, doc};

use super::address::{self, BranchAt, branch_named};
use super::error::Undecodable;
use super::grams::grams;
use super::query::{Changes, into_rows, page_of};
use super::queue::Guard;
use super::schema::{ASSETS, BRANCHES};
use super::transaction::{Failure, OrTaken, Transaction, transaction};
use super::value::Fields;
use super::{MongoStore, business_metadata};
use crate::search::fold;
use crate::store::Assets;
use crate::{
    Asset, AssetId, AssetPlace, AssetRef, AssetUpdate, BranchRef, ConflictReason, Entity,
    MetadataSwap, Name, NamespacePath, Page, Result, StoreError, TenantId,
};

#[async_trait]
impl Assets for MongoStore {
    async fn create_asset(&self, tenant: TenantId, on: &BranchRef, asset: &Asset) -> Result<()> {
        transaction!(self, [Guard::Branch(tenant, on.clone())], |txn| {
            let branch = address::branch(txn, tenant, on).await?;
            branch.catalog.check_namespace(txn, &asset.namespace).await?;
            // A mark of its deletion may exist; its base stays.
            let mut mark = by_id(&branch, asset.id);
            mark.insert("content", doc! { "$exists": false });
            let upsert = txn.upsert(ASSETS, mark, put(&branch, asset)).await;
            upsert.or_taken(Entity::Asset, asset.place())?;
            Ok(())
        })
    }

    async fn get_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<Option<Asset>> {
        let this = vec![doc! { "$match": place(&at.namespace, &at.name) }];
        self.first(BRANCHES, on_branch(tenant, &at.branch_ref(), this), read).await
    }

    async fn get_asset_by_id(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        asset: AssetId,
    ) -> Result<Option<Asset>> {
        let this = vec![doc! { "$match": { "asset": asset, "content": { "$exists": true } } }];
        self.first(BRANCHES, on_branch(tenant, on, this), read).await
    }

    async fn list_assets(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        namespace: &NamespacePath,
        page: &Page<Name>,
    ) -> Result<Vec<Asset>> {
        let after = page.after.as_deref().unwrap_or_default();
        let filter = doc! { "content.namespace": namespace, "content.name": { "$gt": after } };
        let rows = page_of(filter, doc! { "content.name": 1 }, page);
        self.all(BRANCHES, on_branch(tenant, on, rows), read).await
    }

    async fn update_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        update: &AssetUpdate,
    ) -> Result<Asset> {
        let AssetUpdate { kind, location, metadata_location, properties } = update;
        let changes = Changes::default()
            .set("content.kind", kind)
            .set("content.location", location)
            .set("content.metadata_location", metadata_location)
            .set("content.properties", properties)
            .update();
        transaction!(self, [Guard::Branch(tenant, at.branch_ref())], |txn| {
            let branch = address::branch(txn, tenant, &at.branch_ref()).await?;
            match txn.change(ASSETS, at_place(&branch, &at.place()), changes.clone()).await? {
                Some(row) => Ok(read(&row)?),
                None => Err(missing(txn, &branch, at).await?.into()),
            }
        })
    }

    async fn rename_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        to: &AssetPlace,
    ) -> Result<Asset> {
        transaction!(self, [Guard::Branch(tenant, at.branch_ref())], |txn| {
            let branch = address::branch(txn, tenant, &at.branch_ref()).await?;
            let mut moved = found_by(&branch, &to.name);
            moved.extend(doc! { "content.namespace": &to.namespace, "content.name": &to.name });
            let moved = doc! { "$set": moved };
            let change = txn.change(ASSETS, at_place(&branch, &at.place()), moved).await;
            let Some(row) = change.or_taken(Entity::Asset, to)? else {
                return Err(missing(txn, &branch, at).await?.into());
            };
            branch.catalog.check_namespace(txn, &to.namespace).await?;
            Ok(read(&row)?)
        })
    }

    async fn delete_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<()> {
        transaction!(self, [Guard::Branch(tenant, at.branch_ref())], |txn| {
            let branch = address::branch(txn, tenant, &at.branch_ref()).await?;
            let this = at_place(&branch, &at.place());
            let Some(row) = delete(txn, &branch, this).await? else {
                return Err(missing(txn, &branch, at).await?.into());
            };
            business_metadata::forget_lost(txn, tenant, &[row.read("asset")?]).await
        })
    }

    async fn commit_metadata(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        swap: &MetadataSwap,
    ) -> Result<Asset> {
        let update = doc! { "$set": { "content.metadata_location": &swap.new } };
        transaction!(self, [Guard::Branch(tenant, at.branch_ref())], |txn| {
            let branch = address::branch(txn, tenant, &at.branch_ref()).await?;
            let mut expected = at_place(&branch, &at.place());
            expected.insert("content.metadata_location", &swap.expected);
            if let Some(row) = txn.change(ASSETS, expected, update.clone()).await? {
                return Ok(read(&row)?);
            }
            if txn.any(ASSETS, at_place(&branch, &at.place())).await? {
                return Err(StoreError::conflict(ConflictReason::Stale, at).into());
            }
            Err(missing(txn, &branch, at).await?.into())
        })
    }

    async fn count_assets(&self, tenant: TenantId) -> Result<u64> {
        let filter = doc! { "$match": { "content.name": { "$gt": "" } } };
        let mut pipeline = vec![doc! { "$match": { "tenant": tenant } }];
        let count = vec![filter, doc! { "$count": "count" }];
        pipeline.extend(into_rows(ASSETS, "_id", "branch", count));
        pipeline.push(doc! { "$group": { "_id": null, "count": { "$sum": "$count" } } });
        self.count(BRANCHES, pipeline).await
    }
}

/// The stages that lead from branches to what `pipeline` yields of the assets of one of them.
fn on_branch(tenant: TenantId, on: &BranchRef, pipeline: Vec<Document>) -> Vec<Document> {
    let mut stages = vec![doc! { "$match": branch_named(tenant, &on.catalog, &on.branch) }];
    stages.extend(into_rows(ASSETS, "_id", "branch", pipeline));
    stages.push(doc! { "$project": { "_id": 0, "asset": 1, "content": 1 } });
    stages
}

/// Matches what is at that place, on any branch.
fn place(namespace: &NamespacePath, name: &Name) -> Document {
    doc! { "content.namespace": namespace, "content.name": name }
}

/// Matches the asset at that place.
fn at_place(branch: &BranchAt, at: &AssetPlace) -> Document {
    let AssetPlace { namespace, name } = at;
    doc! { "branch": branch.key, "content.namespace": namespace, "content.name": name }
}

/// Matches the document of that asset, which may be the mark of a deletion.
pub(super) fn by_id(branch: &BranchAt, asset: AssetId) -> Document {
    doc! { "branch": branch.key, "asset": asset }
}

/// `NotFound` of the namespace, if it does not exist; else of the asset.
async fn missing(
    txn: &mut Transaction,
    branch: &BranchAt,
    at: &AssetRef,
) -> Result<StoreError, Failure> {
    branch.catalog.check_namespace(txn, &at.namespace).await?;
    Ok(StoreError::not_found(Entity::Asset, at))
}

/// Deletes the asset that matches and returns its document. If it has a base, the base stays as a
/// mark.
async fn delete(
    txn: &mut Transaction,
    branch: &BranchAt,
    this: Document,
) -> Result<Option<Document>, Failure> {
    // Only a copied branch has bases, and `main` is no copy.
    if branch.branch.parent.is_some() {
        let mut copied = this.clone();
        copied.insert("base", doc! { "$exists": true });
        if let Some(row) = txn.change(ASSETS, copied, take_content()).await? {
            return Ok(Some(row));
        }
    }
    Ok(txn.take(ASSETS, this).await?)
}

/// The update that gives a document an asset as its content.
pub(super) fn put(branch: &BranchAt, asset: &Asset) -> Document {
    let mut set = found_by(branch, &asset.name);
    set.extend(doc! {
        "tenant": branch.catalog.tenant, "catalog": branch.catalog.key, "content": content(asset),
    });
    doc! { "$set": set }
}

/// The update that removes from a document what [`put`] writes, except its tenant and catalog.
pub(super) fn take_content() -> Document {
    doc! { "$unset": { "content": "", "folded": "", "grams": "" } }
}

/// The fields by which an asset of that name is found, if its branch is searched.
fn found_by(branch: &BranchAt, name: &Name) -> Document {
    let folded = fold(name);
    match branch.is_main() {
        true => doc! { "folded": &folded, "grams": grams(&folded) },
        false => doc! { "folded": folded },
    }
}

/// The content of an asset: everything but its id. It always has the same fields in the same order, null
/// if they are empty, so that equal contents are equal documents.
fn content(asset: &Asset) -> Document {
    let Asset { id: _, namespace, name, kind, location, metadata_location, properties } = asset;
    doc! {
        "namespace": namespace, "name": name, "kind": kind, "location": location,
        "metadata_location": metadata_location, "properties": properties,
    }
}

/// Reads an asset of a branch.
pub(super) fn read(row: &Document) -> Result<Asset, Undecodable> {
    let asset = read_side(row, "content")?;
    asset.ok_or(Undecodable { field: "content".to_owned(), expected: "document" })
}

/// Reads the content in that field, if there is one.
pub(super) fn read_side(row: &Document, field: &str) -> Result<Option<Asset>, Undecodable> {
    let Some(Bson::Document(content)) = row.get(field) else { return Ok(None) };
    Ok(Some(Asset {
        id: row.read("asset")?,
        namespace: content.read("namespace")?,
        name: content.read("name")?,
        kind: content.read("kind")?,
        location: content.read("location")?,
        metadata_location: content.read("metadata_location")?,
        properties: content.read("properties")?,
    }))
}
