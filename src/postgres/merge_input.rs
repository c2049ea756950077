//! Loads the input of a merge, and updates the bases of its source when it completes.

use std::collections::{BTreeMap, BTreeSet};

use super::assets;
use super::connection::Connection;
use super::error::Failure;
use super::locks::LockedBranch;
use super::merges::read_conflict;
use super::statement::{Row, values};
use crate::merge::{MergeInput, Sides};
use crate::{AssetId, AssetPlace, MergeConflict, NamespacePath};

/// Loads all that the result of a merge of `source` into `target` depends on, and the conflicts of the
/// stored merge with the key `merge`, if one is given. Both branches must be locked exclusively.
pub(super) async fn load(
    db: &mut Connection,
    source: LockedBranch,
    target: LockedBranch,
    merge: Option<i64>,
) -> Result<MergeInput, Failure> {
    let mut input = MergeInput {
        assets: sides(db, source, target, merge).await?,
        holders: BTreeMap::new(),
        conflicts: conflicts(db, merge).await?,
        missing_namespaces: BTreeSet::new(),
    };
    input.holders = holders(db, target, input.wanted_places()).await?;
    input.missing_namespaces = missing(db, target, input.wanted_namespaces()).await?;
    Ok(input)
}

/// The sides of the assets that differ on the source from their base, and of those that a conflict names.
async fn sides(
    db: &mut Connection,
    source: LockedBranch,
    target: LockedBranch,
    merge: Option<i64>,
) -> Result<BTreeMap<AssetId, Sides>, Failure> {
    let sql = "WITH wanted (id) AS (
                   SELECT s.id
                   FROM assets s LEFT JOIN asset_bases b ON b.branch = s.branch AND b.id = s.id
                   WHERE s.branch = $1
                     AND (s.namespace, s.name, s.kind, s.location, s.metadata_location, s.properties)
                         IS DISTINCT FROM
                         (b.namespace, b.name, b.kind, b.location, b.metadata_location, b.properties)
                   UNION
                   SELECT b.id FROM asset_bases b
                   WHERE b.branch = $1
                     AND NOT EXISTS (SELECT FROM assets s WHERE s.branch = $1 AND s.id = b.id)
                   UNION
                   SELECT asset FROM merge_conflicts WHERE merge = $3
               )
               SELECT w.id,
                      s.id, s.namespace, s.name, s.kind, s.location, s.metadata_location, s.properties,
                      b.id, b.namespace, b.name, b.kind, b.location, b.metadata_location, b.properties,
                      t.id, t.namespace, t.name, t.kind, t.location, t.metadata_location, t.properties
               FROM wanted w
               LEFT JOIN assets s ON s.branch = $1 AND s.id = w.id
               LEFT JOIN asset_bases b ON b.branch = $1 AND b.id = w.id
               LEFT JOIN assets t ON t.branch = $2 AND t.id = w.id";
    let read = |row: &Row, at| {
        let sides = Sides {
            source: assets::read_joined(row, at + 1)?,
            base: assets::read_joined(row, at + 8)?,
            target: assets::read_joined(row, at + 15)?,
        };
        Ok((row.get(at)?, sides))
    };
    let sides = db.all(sql, values![source.key, target.key, merge], read).await?;
    Ok(sides.into_iter().collect())
}

async fn conflicts(db: &mut Connection, merge: Option<i64>) -> Result<Vec<MergeConflict>, Failure> {
    let sql =
        "SELECT id, asset, kind, resolution FROM merge_conflicts WHERE merge = $1 ORDER BY id";
    match merge {
        Some(merge) => Ok(db.all(sql, values![merge], read_conflict).await?),
        None => Ok(Vec::new()),
    }
}

/// The ids of the assets at the given places of the target. Free places are left out.
async fn holders(
    db: &mut Connection,
    target: LockedBranch,
    places: BTreeSet<AssetPlace>,
) -> Result<BTreeMap<AssetPlace, AssetId>, Failure> {
    if places.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (namespaces, names): (Vec<_>, Vec<_>) =
        places.into_iter().map(|place| (place.namespace, place.name)).unzip();
    let sql = "SELECT a.namespace, a.name, a.id
               FROM unnest($2, $3) AS wanted (namespace, name)
               JOIN assets a ON a.branch = $1 AND a.namespace = wanted.namespace
                            AND a.name = wanted.name";
    let read = |row: &Row, at| {
        let place = AssetPlace { namespace: row.get(at)?, name: row.get(at + 1)? };
        Ok((place, row.get(at + 2)?))
    };
    let holders = db.all(sql, values![target.key, namespaces, names], read).await?;
    Ok(holders.into_iter().collect())
}

/// Those of the given namespaces that do not exist.
async fn missing(
    db: &mut Connection,
    target: LockedBranch,
    namespaces: BTreeSet<NamespacePath>,
) -> Result<BTreeSet<NamespacePath>, Failure> {
    if namespaces.is_empty() {
        return Ok(BTreeSet::new());
    }
    let namespaces: Vec<NamespacePath> = namespaces.into_iter().collect();
    let sql = "SELECT wanted.path FROM unnest($2) AS wanted (path)
               WHERE NOT EXISTS (SELECT FROM namespaces n
                                 WHERE n.catalog = $1 AND n.path = wanted.path)";
    let missing = db.all(sql, values![target.catalog, namespaces], |row, at| row.get(at)).await?;
    Ok(missing.into_iter().collect())
}

/// Makes the present content of the given assets on a branch their base there. An asset that the branch
/// no longer has loses its base.
pub(super) async fn remember_content(
    db: &mut Connection,
    branch: LockedBranch,
    assets: Vec<AssetId>,
) -> Result<(), Failure> {
    let sql = "WITH forgotten AS (
                   DELETE FROM asset_bases b
                   WHERE b.branch = $1 AND b.id = ANY ($2)
                     AND NOT EXISTS (SELECT FROM assets a WHERE a.branch = $1 AND a.id = b.id)
               )
               INSERT INTO asset_bases (branch, id, namespace, name, kind, location,
                                        metadata_location, properties)
               SELECT s.branch, s.id, s.namespace, s.name, s.kind, s.location, s.metadata_location,
                      s.properties
               FROM assets s WHERE s.branch = $1 AND s.id = ANY ($2)
               ON CONFLICT (branch, id) DO UPDATE
               SET namespace = excluded.namespace, name = excluded.name, kind = excluded.kind,
                   location = excluded.location, metadata_location = excluded.metadata_location,
                   properties = excluded.properties";
    db.run(sql, values![branch.key, assets]).await?;
    Ok(())
}
