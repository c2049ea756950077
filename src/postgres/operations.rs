//! Applies the operations of a commit to a branch: [`commit::plan`] works out what they change, on the
//! places and ids that they name, and the changes are written at once.

use std::collections::BTreeSet;

use super::connection::Connection;
use super::error::Failure;
use super::locks::LockedBranch;
use super::statement::values;
use crate::commit::{self, CommitInput, CommitPlan};
use crate::search::fold;
use crate::{AssetId, AssetPlace, CommitOperation, NamespacePath};

/// Works out what operations, applied in order, change on a branch; fails as the first one does that
/// cannot be applied.
pub(super) async fn work_out<'a>(
    db: &mut Connection,
    branch: LockedBranch,
    operations: &'a [CommitOperation],
) -> Result<CommitPlan<'a>, Failure> {
    Ok(commit::plan(&load(db, branch, operations).await?, operations)?)
}

/// Loads all that the plan of operations depends on.
pub(super) async fn load(
    db: &mut Connection,
    branch: LockedBranch,
    operations: &[CommitOperation],
) -> Result<CommitInput, Failure> {
    let places: BTreeSet<AssetPlace> = operations.iter().map(CommitOperation::place).collect();
    let (namespaces, names): (Vec<_>, Vec<_>) =
        places.into_iter().map(|place| (place.namespace, place.name)).unzip();
    let ids: Vec<AssetId> = operations.iter().filter_map(put_id).collect();

    let sql = "SELECT n.path, NULL::uuid, NULL::text
               FROM (SELECT DISTINCT path FROM unnest($3) AS path) given
               JOIN namespaces n ON n.catalog = $1 AND n.path = given.path
               UNION ALL
               SELECT a.namespace, a.id, a.name
               FROM unnest($3, $4) AS given (namespace, name)
               JOIN assets a ON a.branch = $2 AND a.namespace = given.namespace
                            AND a.name = given.name
               UNION
               SELECT a.namespace, a.id, a.name
               FROM unnest($5) AS given (id) JOIN assets a ON a.branch = $2 AND a.id = given.id";
    let values = values![branch.catalog, branch.key, namespaces, names, ids];
    let mut input = CommitInput::default();
    for row in db.rows(sql, values).await? {
        let namespace: NamespacePath = row.get(0)?;
        match row.get::<Option<AssetId>>(1)? {
            None => {
                input.namespaces.insert(namespace);
            }
            Some(id) => {
                input.places.insert(id, AssetPlace { namespace, name: row.get(2)? });
            }
        }
    }
    Ok(input)
}

fn put_id(operation: &CommitOperation) -> Option<AssetId> {
    match operation {
        CommitOperation::Put { asset } => Some(asset.id),
        CommitOperation::Delete { .. } => None,
    }
}

/// Writes what a plan changes on a branch. The rows that leave their places go first.
pub(super) async fn carry_out(
    db: &mut Connection,
    branch: LockedBranch,
    plan: &CommitPlan<'_>,
) -> Result<(), Failure> {
    let sql = "WITH gone AS (
                   DELETE FROM assets a WHERE a.branch = $3 AND a.id = ANY($4) RETURNING a.id
               )
               INSERT INTO assets (tenant, catalog, branch, id, namespace, name, folded, kind, location,
                                   metadata_location, properties, on_main)
               SELECT $1, $2, $3, p.id, p.namespace, p.name, p.folded, p.kind, p.location,
                      p.metadata_location, p.properties,
                      (SELECT b.name = 'main' FROM branches b WHERE b.key = $3)
               FROM unnest($5, $6, $7, $8, $9, $10, $11, $12)
                    AS p (id, namespace, name, folded, kind, location, metadata_location, properties)
               WHERE (SELECT count(*) FROM gone) >= 0
               ON CONFLICT (branch, id) DO UPDATE
               SET kind = excluded.kind, location = excluded.location,
                   metadata_location = excluded.metadata_location, properties = excluded.properties";
    let put = || plan.put.values();
    let values = values![
        branch.tenant,
        branch.catalog,
        branch.key,
        plan.leaving.iter().copied().collect::<Vec<_>>(),
        put().map(|asset| asset.id).collect::<Vec<_>>(),
        put().map(|asset| asset.namespace.clone()).collect::<Vec<_>>(),
        put().map(|asset| asset.name.clone()).collect::<Vec<_>>(),
        put().map(|asset| fold(&asset.name)).collect::<Vec<_>>(),
        put().map(|asset| asset.kind).collect::<Vec<_>>(),
        put().map(|asset| asset.location.clone()).collect::<Vec<_>>(),
        put().map(|asset| asset.metadata_location.clone()).collect::<Vec<_>>(),
        put().map(|asset| asset.properties.clone()).collect::<Vec<_>>(),
    ];
    db.run(sql, values).await?;
    Ok(())
}
