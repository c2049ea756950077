//! Applies the operations of a commit to a branch: what they come to is worked out first, on the places
//! and ids that they name, and then written at once.

use std::collections::{BTreeMap, BTreeSet};

use super::connection::Connection;
use super::error::Failure;
use super::locks::LockedBranch;
use super::statement::values;
use crate::search::fold;
use crate::{
    Asset, AssetId, AssetPlace, CommitOperation, Entity, NamespacePath, Result, StoreError,
};

/// What operations come to on a branch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// The assets whose rows go: those that are no longer there, and those that are at another place.
    gone: Vec<AssetId>,
    /// The assets that are there afterwards, with new content.
    put: BTreeMap<AssetId, Asset>,
}

/// What operations depend on.
#[derive(Debug, Default)]
struct Ground {
    /// The namespaces that are there, of those that operations name.
    namespaces: BTreeSet<NamespacePath>,
    /// Where assets are, of those whose place or id operations name.
    places: BTreeMap<AssetId, AssetPlace>,
}

/// Works out what operations, applied in order, come to; fails as the first one does that cannot be
/// applied.
pub(super) async fn work_out(
    db: &mut Connection,
    branch: LockedBranch,
    operations: &[CommitOperation],
) -> Result<Changes, Failure> {
    Ok(apply(&load(db, branch, operations).await?, operations)?)
}

async fn load(
    db: &mut Connection,
    branch: LockedBranch,
    operations: &[CommitOperation],
) -> Result<Ground, Failure> {
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
    let mut ground = Ground::default();
    for row in db.rows(sql, values).await? {
        let namespace: NamespacePath = row.get(0)?;
        match row.get::<Option<AssetId>>(1)? {
            None => {
                ground.namespaces.insert(namespace);
            }
            Some(id) => {
                ground.places.insert(id, AssetPlace { namespace, name: row.get(2)? });
            }
        }
    }
    Ok(ground)
}

fn put_id(operation: &CommitOperation) -> Option<AssetId> {
    match operation {
        CommitOperation::Put { asset } => Some(asset.id),
        CommitOperation::Delete { .. } => None,
    }
}

fn apply(ground: &Ground, operations: &[CommitOperation]) -> Result<Changes> {
    let mut places = ground.places.clone();
    let mut holders: BTreeMap<AssetPlace, AssetId> =
        places.iter().map(|(&id, place)| (place.clone(), id)).collect();
    let mut put = BTreeMap::new();
    for operation in operations {
        let place = operation.place();
        if !ground.namespaces.contains(&place.namespace) {
            return Err(StoreError::not_found(Entity::Namespace, place.namespace));
        }
        match operation {
            CommitOperation::Put { asset } => {
                let holder = holders.get(&place).is_none_or(|&holder| holder == asset.id);
                let home = places.get(&asset.id).is_none_or(|home| *home == place);
                if !(holder && home) {
                    return Err(StoreError::already_exists(Entity::Asset, place));
                }
                places.insert(asset.id, place.clone());
                holders.insert(place, asset.id);
                put.insert(asset.id, asset.clone());
            }
            CommitOperation::Delete { .. } => {
                let holder = holders.remove(&place);
                let id = holder.ok_or_else(|| StoreError::not_found(Entity::Asset, place))?;
                places.remove(&id);
                put.remove(&id);
            }
        }
    }
    let gone = ground.places.iter().filter(|(id, before)| places.get(id) != Some(before));
    Ok(Changes { gone: gone.map(|(&id, _)| id).collect(), put })
}

/// Writes changes to a branch. Rows go before others take their places.
pub(super) async fn carry_out(
    db: &mut Connection,
    branch: LockedBranch,
    changes: &Changes,
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
    let put = || changes.put.values();
    let values = values![
        branch.tenant,
        branch.catalog,
        branch.key,
        &changes.gone,
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::AssetKind;

    fn asset(number: u128, name: &str) -> Asset {
        Asset {
            id: AssetId::new(Uuid::from_u128(number)),
            namespace: "ns".parse().unwrap(),
            name: name.parse().unwrap(),
            kind: AssetKind::View,
            location: Default::default(),
            metadata_location: None,
            properties: Default::default(),
        }
    }

    fn put(asset: Asset) -> CommitOperation {
        CommitOperation::Put { asset }
    }

    fn delete(name: &str) -> CommitOperation {
        CommitOperation::Delete { namespace: "ns".parse().unwrap(), name: name.parse().unwrap() }
    }

    fn ground(assets: &[Asset]) -> Ground {
        Ground {
            namespaces: ["ns".parse().unwrap()].into(),
            places: assets.iter().map(|asset| (asset.id, asset.place())).collect(),
        }
    }

    #[test]
    fn assets_that_swap_their_places_go_and_come_back() {
        let (a, b) = (asset(1, "a"), asset(2, "b"));
        let (moved_a, moved_b) = (asset(1, "b"), asset(2, "a"));
        let operations = [delete("a"), delete("b"), put(moved_a.clone()), put(moved_b.clone())];
        let changes = apply(&ground(&[a.clone(), b.clone()]), &operations).unwrap();
        assert_eq!(changes.gone, [a.id, b.id]);
        assert_eq!(changes.put, [(a.id, moved_a), (b.id, moved_b)].into());
    }

    #[test]
    fn what_was_never_there_before_or_after_leaves_no_trace() {
        let changes = apply(&ground(&[]), &[put(asset(1, "a")), delete("a")]).unwrap();
        assert_eq!(changes, Changes::default());
    }

    #[test]
    fn what_stays_in_its_place_is_only_replaced() {
        let a = asset(1, "a");
        let again = [delete("a"), put(a.clone())];
        let changes = apply(&ground(std::slice::from_ref(&a)), &again).unwrap();
        assert_eq!(changes, Changes { gone: Vec::new(), put: [(a.id, a)].into() });
    }

    #[test]
    fn a_put_takes_neither_the_place_of_another_nor_its_own_asset_from_elsewhere() {
        let ground = ground(&[asset(1, "a")]);
        for put in [put(asset(2, "a")), put(asset(1, "b"))] {
            let refused = apply(&ground, &[put]);
            assert!(matches!(refused, Err(StoreError::AlreadyExists { .. })), "{refused:?}");
        }
    }
}
