//! Loads the input of a merge, and updates the bases of its source when it completes.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::address::BranchAt;
use super::assets;
use super::column::AsJson;
use super::merges::read_conflict;
use super::statement::Statements;
use crate::merge::{MergeInput, Sides};
use crate::{AssetId, MergeConflict, Result};

/// Loads all that the result of a merge of `source` into `target` depends on, and the conflicts of the
/// stored merge with the key `merge`, if one is given.
pub(super) fn load(
    db: &Connection,
    source: BranchAt,
    target: BranchAt,
    merge: Option<i64>,
) -> Result<MergeInput> {
    let mut input = MergeInput {
        assets: sides(db, source, target, merge)?,
        holders: BTreeMap::new(),
        conflicts: conflicts(db, merge)?,
        missing_namespaces: BTreeSet::new(),
    };
    let holder = "SELECT id FROM assets WHERE branch = ?1 AND namespace = ?2 AND name = ?3";
    for place in input.wanted_places() {
        let values = (target.key, &place.namespace, &place.name);
        if let Some(id) = db.first(holder, values, |row| row.get::<_, AssetId>(0))? {
            input.holders.insert(place, id);
        }
    }
    let known = "SELECT 1 FROM namespaces WHERE catalog = ?1 AND path = ?2";
    for namespace in input.wanted_namespaces() {
        if !db.any(known, (target.catalog.key, &namespace))? {
            input.missing_namespaces.insert(namespace);
        }
    }
    Ok(input)
}

/// The sides of the assets that differ on the source from their base, and of those that a conflict names.
fn sides(
    db: &Connection,
    source: BranchAt,
    target: BranchAt,
    merge: Option<i64>,
) -> Result<BTreeMap<AssetId, Sides>> {
    let sql = "WITH wanted (id) AS (
                   SELECT s.id
                   FROM assets s LEFT JOIN asset_bases b ON b.branch = s.branch AND b.id = s.id
                   WHERE s.branch = ?1
                     AND (s.namespace, s.name, s.kind, s.location, s.metadata_location, s.properties)
                         IS NOT
                         (b.namespace, b.name, b.kind, b.location, b.metadata_location, b.properties)
                   UNION
                   SELECT b.id FROM asset_bases b
                   WHERE b.branch = ?1
                     AND NOT EXISTS (SELECT 1 FROM assets s WHERE s.branch = ?1 AND s.id = b.id)
                   UNION
                   SELECT asset FROM merge_conflicts WHERE merge = ?3
               )
               SELECT w.id,
                      s.id, s.namespace, s.name, s.kind, s.location, s.metadata_location, s.properties,
                      b.id, b.namespace, b.name, b.kind, b.location, b.metadata_location, b.properties,
                      t.id, t.namespace, t.name, t.kind, t.location, t.metadata_location, t.properties
               FROM wanted w
               LEFT JOIN assets s ON s.branch = ?1 AND s.id = w.id
               LEFT JOIN asset_bases b ON b.branch = ?1 AND b.id = w.id
               LEFT JOIN assets t ON t.branch = ?2 AND t.id = w.id";
    let sides = db.all(sql, (source.key, target.key, merge), |row| {
        let sides = Sides {
            source: assets::read_joined(row, 1)?,
            base: assets::read_joined(row, 8)?,
            target: assets::read_joined(row, 15)?,
        };
        Ok((row.get(0)?, sides))
    })?;
    Ok(sides.into_iter().collect())
}

fn conflicts(db: &Connection, merge: Option<i64>) -> Result<Vec<MergeConflict>> {
    let sql =
        "SELECT id, asset, kind, resolution FROM merge_conflicts WHERE merge = ?1 ORDER BY id";
    Ok(db.all(sql, [merge], read_conflict)?)
}

/// Makes the present content of the given assets on a branch their base there. An asset that the branch
/// no longer has loses its base.
pub(super) fn remember_content(
    db: &Connection,
    branch: BranchAt,
    assets: Vec<AssetId>,
) -> Result<()> {
    let assets = AsJson(assets);
    db.run(
        "DELETE FROM asset_bases
         WHERE branch = ?1 AND id IN (SELECT unhex(value, '-') FROM json_each(?2))
           AND NOT EXISTS (SELECT 1 FROM assets a WHERE a.branch = ?1 AND a.id = asset_bases.id)",
        (branch.key, &assets),
    )?;
    db.run(
        "INSERT INTO asset_bases (branch, id, namespace, name, kind, location, metadata_location,
                                  properties)
         SELECT s.branch, s.id, s.namespace, s.name, s.kind, s.location, s.metadata_location,
                s.properties
         FROM json_each(?2) merged
         CROSS JOIN assets s ON s.branch = ?1 AND s.id = unhex(merged.value, '-')
         WHERE TRUE
         ON CONFLICT (branch, id) DO UPDATE
         SET namespace = excluded.namespace, name = excluded.name, kind = excluded.kind,
             location = excluded.location, metadata_location = excluded.metadata_location,
             properties = excluded.properties",
        (branch.key, &assets),
    )?;
    Ok(())
}
