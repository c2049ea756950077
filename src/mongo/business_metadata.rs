use async_trait::async_trait;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::error::Undecodable;
use super::grams::grams;
use super::query::into_rows;
use super::schema::{ACCESS_REQUESTS, ASSETS, BRANCHES, BUSINESS_METADATA, TENANTS};
use super::transaction::{Failure, Transaction, transaction};
use super::value::Fields;
use super::{MongoStore, address};
use crate::search::fold;
use crate::store::BusinessMetadataStore;
use crate::{AssetId, BusinessMetadata, Entity, MetadataWrite, Name, Result, SmallSet, TenantId};

/// How many assets are looked up in one command.
const LOOKED_UP_AT_ONCE: usize = 10_000;

#[async_trait]
impl BusinessMetadataStore for MongoStore {
    async fn upsert_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
        write: &MetadataWrite,
    ) -> Result<BusinessMetadata> {
        let MetadataWrite { description, tags, properties, discoverable, by, at } = write;
        let tags: Vec<&Name> = tags.items().iter().collect();
        let folded = description.as_deref().map(fold);
        let update = doc! {
            "$set": {
                "description": description, "folded": &folded,
                "grams": folded.as_deref().map_or_else(Vec::new, grams),
                "tags": tags, "properties": properties, "discoverable": discoverable,
                "updated_by": by, "updated_at": at,
            },
            "$setOnInsert": { "created_by": by, "created_at": at },
        };
        transaction!(self, [], |txn| {
            if !touch_holder(txn, tenant, asset).await? {
                return Err(address::missing(txn, tenant, Entity::Asset, asset).await?.into());
            }
            let this = doc! { "tenant": tenant, "asset": asset };
            let row = txn.upsert(BUSINESS_METADATA, this, update.clone()).await?;
            Ok(read(&row.unwrap_or_default())?)
        })
    }

    async fn get_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
    ) -> Result<Option<BusinessMetadata>> {
        self.get(BUSINESS_METADATA, doc! { "tenant": tenant, "asset": asset }, read).await
    }

    async fn delete_business_metadata(&self, tenant: TenantId, asset: AssetId) -> Result<()> {
        let this = doc! { "tenant": tenant, "asset": asset };
        match self.delete(BUSINESS_METADATA, this).await? {
            true => Ok(()),
            false => Err(self.missing_in(tenant, Entity::BusinessMetadata, asset).await),
        }
    }
}

/// Whether some branch of the tenant holds the asset; guards that branch, so that it keeps holding it.
pub(super) async fn touch_holder(
    txn: &mut Transaction,
    tenant: TenantId,
    asset: AssetId,
) -> Result<bool, Failure> {
    let filter = doc! { "tenant": tenant, "asset": asset, "content": { "$exists": true } };
    let mut holder = vec![doc! { "$match": filter }];
    holder.extend(into_rows(BRANCHES, "branch", "_id", vec![]));
    holder.push(doc! { "$limit": 1 });
    let Some(branch) = txn.all(ASSETS, holder).await?.pop() else { return Ok(false) };
    address::touch_found(txn, tenant, &branch).await
}

/// Deletes the metadata and the access requests of those of `assets` that no branch holds any more.
pub(super) async fn forget_lost(
    txn: &mut Transaction,
    tenant: TenantId,
    assets: &[AssetId],
) -> Result<(), Failure> {
    for assets in assets.chunks(LOOKED_UP_AT_ONCE) {
        let these = doc! { "tenant": tenant, "asset": { "$in": assets } };
        let mut pipeline = spoken_of(tenant, &these);
        pipeline.push(holders(tenant));
        forget(txn, tenant, pipeline, |_| false).await?;
    }
    Ok(())
}

/// Deletes the metadata and the access requests of the assets that only one branch or catalog holds: the
/// one whose key is in the field `of` of its assets.
pub(super) async fn forget_all_of(
    txn: &mut Transaction,
    tenant: TenantId,
    of: &str,
    key: ObjectId,
) -> Result<(), Failure> {
    let mut pipeline = spoken_of(tenant, &doc! { "tenant": tenant });
    pipeline.push(holders(tenant));
    pipeline.push(doc! { "$match": { format!("holders.{of}"): key } });
    forget(txn, tenant, pipeline, |holder| holder.get_object_id(of).is_ok_and(|of| of == key)).await
}

/// The stages that yield the ids of the assets that match and have metadata or access requests. They
/// start from the tenant, because a transaction does not allow `$unionWith`.
fn spoken_of(tenant: TenantId, filter: &Document) -> Vec<Document> {
    let assets = |collection, field| {
        let pipeline = [doc! { "$match": filter }, doc! { "$project": { "_id": 0, "asset": 1 } }];
        doc! { "$lookup": { "from": collection, "pipeline": pipeline.to_vec(), "as": field } }
    };
    vec![
        doc! { "$match": { "_id": tenant } },
        assets(BUSINESS_METADATA, "spoken"),
        assets(ACCESS_REQUESTS, "asked"),
        doc! { "$project": { "_id": { "$setUnion": ["$spoken.asset", "$asked.asset"] } } },
        doc! { "$unwind": "$_id" },
    ]
}

/// The stage that adds the keys of the branches and the catalogs that hold the asset `_id`.
fn holders(tenant: TenantId) -> Document {
    let filter = doc! { "tenant": tenant, "content": { "$exists": true } };
    let there = doc! { "$lookup": {
        "from": BRANCHES, "localField": "branch", "foreignField": "_id",
        "pipeline": [{ "$project": { "_id": 1 } }], "as": "there",
    } };
    let pipeline = [
        doc! { "$match": filter },
        there,
        doc! { "$match": { "there._id": { "$exists": true } } },
        doc! { "$project": { "_id": 0, "branch": 1, "catalog": 1 } },
    ];
    doc! { "$lookup": {
        "from": ASSETS, "localField": "_id", "foreignField": "asset", "pipeline": pipeline.to_vec(),
        "as": "holders",
    } }
}

/// Deletes the metadata and the access requests of the assets that the pipeline yields, unless one of
/// their holders stays. Then they are guarded, so that of two calls that delete the last rows one
/// conflicts with the other.
async fn forget(
    txn: &mut Transaction,
    tenant: TenantId,
    pipeline: Vec<Document>,
    goes: impl Fn(&Document) -> bool,
) -> Result<(), Failure> {
    let (mut lost, mut filter) = (Vec::new(), Vec::new());
    for row in txn.all(TENANTS, pipeline).await? {
        let holders = row.get_array("holders").into_iter().flatten();
        let stays = holders.filter_map(Bson::as_document).any(|holder| !goes(holder));
        let asset: AssetId = row.read("_id")?;
        if stays { filter.push(asset) } else { lost.push(asset) }
    }
    if !lost.is_empty() {
        // So that no call has put one of them on any branch meanwhile.
        let touch = doc! { "$inc": { "touched": 1_i64 } };
        txn.change_all(BRANCHES, doc! { "tenant": tenant }, touch).await?;
    }
    for collection in [BUSINESS_METADATA, ACCESS_REQUESTS] {
        if !lost.is_empty() {
            let gone = doc! { "tenant": tenant, "asset": { "$in": &lost } };
            txn.delete_all(collection, gone).await?;
        }
        if !filter.is_empty() {
            let stays = doc! { "tenant": tenant, "asset": { "$in": &filter } };
            let touch = doc! { "$inc": { "touched": 1_i64 } };
            txn.change_all(collection, stays, touch).await?;
        }
    }
    Ok(())
}

pub(super) fn read(row: &Document) -> Result<BusinessMetadata, Undecodable> {
    let tags = row.get_array("tags").into_iter().flatten();
    let tags = tags.filter_map(|tag| Name::new(tag.as_str()?).ok());
    let undecodable = |_| Undecodable { field: "tags".to_owned(), expected: "set of names" };
    Ok(BusinessMetadata {
        asset: row.read("asset")?,
        description: row.read("description")?,
        tags: SmallSet::new(tags).map_err(undecodable)?,
        properties: row.read("properties")?,
        discoverable: row.read("discoverable")?,
        created_by: row.read("created_by")?,
        created_at: row.read("created_at")?,
        updated_by: row.read("updated_by")?,
        updated_at: row.read("updated_at")?,
    })
}
