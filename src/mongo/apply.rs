//! Applies a commit's operations to a branch.
//!
//! What they are about is read at once, they are gone through in memory, in order, and what they come
//! to is written at once: a few commands, however many they are.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Document, doc};

use super::address::BranchAt;
use super::schema::{ASSETS, BRANCHES, NAMESPACES};
use super::transaction::{Transaction, Work};
use super::value::Fields;
use super::{assets, business_metadata};
use crate::{
    Asset, AssetId, AssetPlace, CommitOperation, Entity, Name, NamespacePath, Result, StoreError,
};

/// How many operations are looked up at a time.
const LOOKED_UP_AT_ONCE: usize = 1000;
/// About how many bytes of assets are written at a time: a command may have 16 MiB.
const WRITTEN_AT_ONCE: usize = 4 * 1024 * 1024;

/// Applies operations to a branch, in order.
///
/// # Errors
/// What the first one says that cannot be applied.
pub(super) async fn apply(
    txn: &mut Transaction,
    branch: &BranchAt,
    operations: &[CommitOperation],
) -> Work<()> {
    let mut view = load(txn, branch, operations).await?;
    let before = view.places.clone();
    operations.iter().try_for_each(|operation| view.apply(operation))?;
    write(txn, branch, &before, &view.changed).await?;
    let deleted: Vec<AssetId> = view.deleted.into_iter().collect();
    business_metadata::forget_lost(txn, branch.catalog.tenant, &deleted).await
}

/// What is known of a branch: all that operations are about.
#[derive(Default)]
struct View<'a> {
    namespaces: BTreeSet<NamespacePath>,
    places: BTreeMap<AssetId, AssetPlace>,
    holders: BTreeMap<AssetPlace, AssetId>,
    /// What has become of assets.
    changed: BTreeMap<AssetId, Option<&'a Asset>>,
    /// Assets that were deleted, if only for a while.
    deleted: BTreeSet<AssetId>,
}

impl<'a> View<'a> {
    fn apply(&mut self, operation: &'a CommitOperation) -> Result<()> {
        let place = operation.place();
        if !self.namespaces.contains(&place.namespace) {
            return Err(StoreError::not_found(Entity::Namespace, place.namespace));
        }
        match operation {
            CommitOperation::Put { asset } => self.put(asset, place),
            CommitOperation::Delete { .. } => self.delete(&place),
        }
    }

    fn put(&mut self, asset: &'a Asset, place: AssetPlace) -> Result<()> {
        let is_elsewhere = self.places.get(&asset.id).is_some_and(|there| *there != place);
        let is_held = self.holders.get(&place).is_some_and(|holder| *holder != asset.id);
        if is_elsewhere || is_held {
            return Err(StoreError::already_exists(Entity::Asset, place));
        }
        self.holders.insert(place.clone(), asset.id);
        self.places.insert(asset.id, place);
        self.changed.insert(asset.id, Some(asset));
        Ok(())
    }

    fn delete(&mut self, place: &AssetPlace) -> Result<()> {
        let Some(asset) = self.holders.remove(place) else {
            return Err(StoreError::not_found(Entity::Asset, place));
        };
        self.places.remove(&asset);
        self.changed.insert(asset, None);
        self.deleted.insert(asset);
        Ok(())
    }
}

/// Loads the namespaces that the operations name, and where the assets are that they name, by place or
/// by id.
async fn load<'a>(
    txn: &mut Transaction,
    branch: &BranchAt,
    operations: &[CommitOperation],
) -> Work<View<'a>> {
    let mut view = View::default();
    for operations in operations.chunks(LOOKED_UP_AT_ONCE) {
        for row in txn.all(BRANCHES, lookups(branch, operations)).await? {
            for namespace in row.get_array("namespaces").into_iter().flatten() {
                let namespace = namespace.as_document().map(|row| row.read("path")).transpose()?;
                view.namespaces.extend(namespace);
            }
            for asset in row.get_array("assets").into_iter().flatten() {
                let Some(row) = asset.as_document() else { continue };
                let (namespace, name) = (row.read("namespace")?, row.read("name")?);
                let (asset, place) = (row.read("asset")?, AssetPlace { namespace, name });
                view.holders.insert(place.clone(), asset);
                view.places.insert(asset, place);
            }
        }
    }
    Ok(view)
}

/// The stages that look up, from the branch, the namespaces and the assets that operations name.
fn lookups(branch: &BranchAt, operations: &[CommitOperation]) -> Vec<Document> {
    let mut ids = Vec::new();
    let mut names: BTreeMap<NamespacePath, Vec<Name>> = BTreeMap::new();
    for operation in operations {
        let AssetPlace { namespace, name } = operation.place();
        names.entry(namespace).or_default().push(name);
        if let CommitOperation::Put { asset } = operation {
            ids.push(asset.id);
        }
    }
    let paths: Vec<&NamespacePath> = names.keys().collect();
    let mut assets = vec![
        doc! { "branch": branch.key, "asset": { "$in": ids }, "content": { "$exists": true } },
    ];
    assets.extend(names.iter().map(|(namespace, names)| {
        doc! {
            "branch": branch.key, "content.namespace": namespace, "content.name": { "$in": names },
        }
    }));
    let place = doc! { "asset": 1, "namespace": "$content.namespace", "name": "$content.name" };
    vec![
        doc! { "$match": { "_id": branch.key } },
        doc! { "$lookup": { "from": NAMESPACES, "as": "namespaces", "pipeline": [
            { "$match": { "catalog": branch.catalog.key, "path": { "$in": paths } } },
            { "$project": { "path": 1 } },
        ] } },
        doc! { "$lookup": { "from": ASSETS, "as": "assets", "pipeline": [
            { "$match": { "$or": assets } }, { "$project": place },
        ] } },
    ]
}

/// Writes what has become of assets, which were at those places.
async fn write(
    txn: &mut Transaction,
    branch: &BranchAt,
    before: &BTreeMap<AssetId, AssetPlace>,
    changed: &BTreeMap<AssetId, Option<&Asset>>,
) -> Work<()> {
    let leaving = leaving(before, changed);
    for assets in leaving.chunks(LOOKED_UP_AT_ONCE) {
        let these = doc! { "branch": branch.key, "asset": { "$in": assets } };
        txn.change_all(ASSETS, these, assets::take_content()).await?;
    }
    let gone: Vec<AssetId> =
        leaving.into_iter().filter(|asset| changed.get(asset) == Some(&None)).collect();
    for assets in gone.chunks(LOOKED_UP_AT_ONCE) {
        // Those with a base stay, as marks.
        let these = doc! {
            "branch": branch.key, "asset": { "$in": assets }, "base": { "$exists": false },
        };
        txn.delete_all(ASSETS, these).await?;
    }
    let put_assets: Vec<&Asset> = changed.values().copied().flatten().collect();
    put(txn, branch, &put_assets).await
}

/// The assets that leave their place. They do so first, as others may be taking it.
fn leaving(
    before: &BTreeMap<AssetId, AssetPlace>,
    changed: &BTreeMap<AssetId, Option<&Asset>>,
) -> Vec<AssetId> {
    let leaves = |asset: &AssetId, after: &Option<&Asset>| {
        before.get(asset).is_some_and(|before| after.map(Asset::place).as_ref() != Some(before))
    };
    let leaving = changed.iter().filter(|&(asset, after)| leaves(asset, after));
    leaving.map(|(&asset, _)| asset).collect()
}

/// Gives assets their contents.
async fn put(txn: &mut Transaction, branch: &BranchAt, assets: &[&Asset]) -> Work<()> {
    let (mut updates, mut bytes) = (Vec::new(), 0);
    for asset in assets {
        updates.push(doc! {
            "q": assets::by_id(branch, asset.id), "u": assets::put(branch, asset), "upsert": true,
        });
        bytes += size(asset);
        if bytes > WRITTEN_AT_ONCE || updates.len() == LOOKED_UP_AT_ONCE {
            write_updates(txn, std::mem::take(&mut updates)).await?;
            bytes = 0;
        }
    }
    write_updates(txn, updates).await
}

async fn write_updates(txn: &mut Transaction, updates: Vec<Document>) -> Work<()> {
    if updates.is_empty() {
        return Ok(());
    }
    txn.write(doc! { "update": ASSETS, "updates": updates }).await
}

/// About how many bytes an asset takes.
fn size(asset: &Asset) -> usize {
    let properties = asset.properties.entries().iter();
    let properties: usize = properties.map(|(key, value)| key.as_str().len() + value.len()).sum();
    let metadata = asset.metadata_location.as_ref().map_or(0, |location| location.len());
    4096 + asset.location.len() + metadata + 2 * properties
}
