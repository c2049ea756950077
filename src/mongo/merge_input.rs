//! Loads the input of a merge, and sets the bases of its source afterwards.

use std::collections::{BTreeMap, BTreeSet};

use bson::oid::ObjectId;
use bson::{Document, doc};

use super::address::BranchAt;
use super::assets;
use super::merges::read_conflict;
use super::schema::{ASSETS, MERGE_CONFLICTS, NAMESPACES};
use super::transaction::{Failure, Transaction};
use super::value::Fields;
use crate::merge::{MergeInput, Sides};
use crate::{AssetId, AssetPlace, MergeConflict, Name, NamespacePath, Result};

/// How many assets or places are looked up in one command.
const LOOKED_UP_AT_ONCE: usize = 1000;

/// Loads the input of a merge of `source` into `target`, with the conflicts of the merge with that key if
/// it is stored.
pub(super) async fn load(
    txn: &mut Transaction,
    source: &BranchAt,
    target: &BranchAt,
    merge: Option<ObjectId>,
) -> Result<MergeInput, Failure> {
    let conflicts = match merge {
        Some(merge) => conflicts(txn, merge).await?,
        None => Vec::new(),
    };
    let assets = sides(txn, source, target, &conflicts).await?;
    let mut input = MergeInput { assets, conflicts, ..MergeInput::default() };
    input.holders = holders(txn, target, input.wanted_places()).await?;
    input.missing_namespaces = missing(txn, target, input.wanted_namespaces()).await?;
    Ok(input)
}

async fn conflicts(txn: &mut Transaction, merge: ObjectId) -> Result<Vec<MergeConflict>, Failure> {
    let stages = [doc! { "$match": { "merge": merge } }, doc! { "$sort": { "id": 1 } }];
    let rows = txn.all(MERGE_CONFLICTS, stages).await?;
    Ok(rows.iter().map(read_conflict).collect::<Result<_, _>>()?)
}

/// Matches the assets whose content differs from their base. Both are documents with the same fields in
/// the same order, so the server can compare them.
fn differs() -> Document {
    doc! { "$ne": ["$content", "$base"] }
}

/// The sides of the assets whose source differs from its base, and of those that a conflict names.
async fn sides(
    txn: &mut Transaction,
    source: &BranchAt,
    target: &BranchAt,
    conflicts: &[MergeConflict],
) -> Result<BTreeMap<AssetId, Sides>, Failure> {
    let named: Vec<AssetId> = conflicts.iter().map(|conflict| conflict.asset).collect();
    let mut all: BTreeMap<AssetId, Sides> =
        named.iter().map(|&asset| (asset, Sides::default())).collect();
    let wanted = [doc! { "$expr": differs() }, doc! { "asset": { "$in": named } }];
    let wanted = doc! { "branch": source.key, "$or": wanted };
    for row in txn.all(ASSETS, [doc! { "$match": wanted }]).await? {
        let sides = all.entry(row.read("asset")?).or_default();
        sides.source = assets::read_side(&row, "content")?;
        sides.base = assets::read_side(&row, "base")?;
    }
    let assets: Vec<AssetId> = all.keys().copied().collect();
    for assets in assets.chunks(LOOKED_UP_AT_ONCE) {
        let filter = doc! { "branch": target.key, "asset": { "$in": assets } };
        for row in txn.all(ASSETS, [doc! { "$match": filter }]).await? {
            let sides = all.entry(row.read("asset")?).or_default();
            sides.target = assets::read_side(&row, "content")?;
        }
    }
    Ok(all)
}

/// Which assets hold those places on a branch.
async fn holders(
    txn: &mut Transaction,
    branch: &BranchAt,
    places: BTreeSet<AssetPlace>,
) -> Result<BTreeMap<AssetPlace, AssetId>, Failure> {
    let places: Vec<AssetPlace> = places.into_iter().collect();
    let mut holders = BTreeMap::new();
    for places in places.chunks(LOOKED_UP_AT_ONCE) {
        let mut names: BTreeMap<&NamespacePath, Vec<&Name>> = BTreeMap::new();
        for AssetPlace { namespace, name } in places {
            names.entry(namespace).or_default().push(name);
        }
        let places = names.into_iter().map(|(namespace, names)| doc! {
            "branch": branch.key, "content.namespace": namespace, "content.name": { "$in": names },
        });
        let places: Vec<Document> = places.collect();
        let of = doc! {
            "asset": 1, "namespace": "$content.namespace", "name": "$content.name",
        };
        let stages = [doc! { "$match": { "$or": places } }, doc! { "$project": of }];
        for row in txn.all(ASSETS, stages).await? {
            let (namespace, name) = (row.read("namespace")?, row.read("name")?);
            holders.insert(AssetPlace { namespace, name }, row.read("asset")?);
        }
    }
    Ok(holders)
}

/// Which of the namespaces do not exist.
async fn missing(
    txn: &mut Transaction,
    branch: &BranchAt,
    mut namespaces: BTreeSet<NamespacePath>,
) -> Result<BTreeSet<NamespacePath>, Failure> {
    if namespaces.is_empty() {
        return Ok(namespaces);
    }
    let paths: Vec<&NamespacePath> = namespaces.iter().collect();
    let there = doc! { "catalog": branch.catalog.key, "path": { "$in": paths } };
    let stages = [doc! { "$match": there }, doc! { "$project": { "path": 1 } }];
    for row in txn.all(NAMESPACES, stages).await? {
        namespaces.remove(&row.read::<NamespacePath>("path")?);
    }
    Ok(namespaces)
}

/// Makes the content of a branch its base.
pub(super) async fn remember_content(
    txn: &mut Transaction,
    branch: &BranchAt,
) -> Result<(), Failure> {
    let marks = doc! { "branch": branch.key, "content": { "$exists": false } };
    txn.delete_all(ASSETS, marks).await?;
    let changed = doc! { "branch": branch.key, "$expr": differs() };
    txn.change_all(ASSETS, changed, vec![doc! { "$set": { "base": "$content" } }]).await?;
    Ok(())
}
