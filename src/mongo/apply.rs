//! Applies a commit's operations to a branch.
//!
//! What they name is read at once, [`commit::plan`] works out in memory what they change, and the
//! changes are written at once: a few commands, however many operations there are.

use std::collections::BTreeMap;

use bson::{Document, doc};

use super::address::BranchAt;
use super::schema::{ASSETS, BRANCHES, NAMESPACES};
use super::transaction::{Failure, Transaction};
use super::value::Fields;
use super::{assets, business_metadata};
use crate::commit::{self, CommitInput, CommitPlan};
use crate::{Asset, AssetId, AssetPlace, CommitOperation, Name, NamespacePath, Result};

/// How many operations are looked up in one command.
const LOOKED_UP_AT_ONCE: usize = 1000;
/// About how many bytes of assets are written in one command, which may have 16 MiB.
const WRITTEN_AT_ONCE: usize = 4 * 1024 * 1024;

/// Applies operations to a branch, in order.
///
/// # Errors
/// The error of the first operation that cannot be applied.
pub(super) async fn apply(
    txn: &mut Transaction,
    branch: &BranchAt,
    operations: &[CommitOperation],
) -> Result<(), Failure> {
    let input = load(txn, branch, operations).await?;
    let plan = commit::plan(&input, operations)?;
    write(txn, branch, &plan).await?;
    let deleted: Vec<AssetId> = plan.deleted.into_iter().collect();
    business_metadata::forget_lost(txn, branch.catalog.tenant, &deleted).await
}

/// Loads which of the namespaces exist that the operations name, and where the assets are that they name
/// by place or by id.
async fn load(
    txn: &mut Transaction,
    branch: &BranchAt,
    operations: &[CommitOperation],
) -> Result<CommitInput, Failure> {
    let mut input = CommitInput::default();
    for operations in operations.chunks(LOOKED_UP_AT_ONCE) {
        for row in txn.all(BRANCHES, lookups(branch, operations)).await? {
            for namespace in row.get_array("namespaces").into_iter().flatten() {
                let namespace = namespace.as_document().map(|row| row.read("path")).transpose()?;
                input.namespaces.extend(namespace);
            }
            for asset in row.get_array("assets").into_iter().flatten() {
                let Some(row) = asset.as_document() else { continue };
                let (namespace, name) = (row.read("namespace")?, row.read("name")?);
                input.places.insert(row.read("asset")?, AssetPlace { namespace, name });
            }
        }
    }
    Ok(input)
}

/// The stages that look up the namespaces and the assets that operations name, from their branch.
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

/// Writes what a plan changes.
async fn write(
    txn: &mut Transaction,
    branch: &BranchAt,
    plan: &CommitPlan<'_>,
) -> Result<(), Failure> {
    let leaving: Vec<AssetId> = plan.leaving.iter().copied().collect();
    for assets in leaving.chunks(LOOKED_UP_AT_ONCE) {
        let these = doc! { "branch": branch.key, "asset": { "$in": assets } };
        txn.change_all(ASSETS, these, assets::take_content()).await?;
    }
    let is_gone = |asset: &AssetId| !plan.put.contains_key(asset);
    let gone: Vec<AssetId> = leaving.into_iter().filter(is_gone).collect();
    for assets in gone.chunks(LOOKED_UP_AT_ONCE) {
        // Documents with a base stay: they mark the deletion.
        let these = doc! {
            "branch": branch.key, "asset": { "$in": assets }, "base": { "$exists": false },
        };
        txn.delete_all(ASSETS, these).await?;
    }
    let put_assets: Vec<&Asset> = plan.put.values().copied().collect();
    put(txn, branch, &put_assets).await
}

/// Writes the contents of assets.
async fn put(txn: &mut Transaction, branch: &BranchAt, assets: &[&Asset]) -> Result<(), Failure> {
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

async fn write_updates(txn: &mut Transaction, updates: Vec<Document>) -> Result<(), Failure> {
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
