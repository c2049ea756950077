//! Working out a commit: one pure function for the stores that write a commit as one change.
//!
//! Operations are applied in order to what a branch holds of the places and ids that they name. The
//! result says what to write, however often an asset was moved, deleted or put on the way.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Asset, AssetId, AssetPlace, CommitOperation, Entity, NamespacePath, Result, StoreError,
};

/// What a commit depends on.
#[derive(Clone, Debug, Default)]
pub struct CommitInput {
    /// The namespaces that exist, of those that the operations name. More do no harm.
    pub namespaces: BTreeSet<NamespacePath>,
    /// Where assets are on the branch: every asset whose place an operation names, and every asset
    /// that an operation puts. More do no harm.
    pub places: BTreeMap<AssetId, AssetPlace>,
}

/// What a commit changes on a branch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitPlan<'a> {
    /// The assets that leave the place where they are: those that are deleted, and those that are put
    /// elsewhere. They must leave before anything is put, because other assets may take their places.
    pub leaving: BTreeSet<AssetId>,
    /// The assets that are on the branch afterwards with the content of an operation.
    pub put: BTreeMap<AssetId, &'a Asset>,
    /// The assets that an operation deleted, even if a later one puts them again.
    pub deleted: BTreeSet<AssetId>,
}

/// Works out what `operations`, applied in order, change on a branch.
///
/// # Errors
/// The error of the first operation that cannot be applied. `NotFound(Namespace)` when its namespace
/// does not exist; after that, `AlreadyExists(Asset)` for a put whose place is held by another id or
/// whose id is at another place, and `NotFound(Asset)` for a delete of an empty place.
pub fn plan<'a>(input: &CommitInput, operations: &'a [CommitOperation]) -> Result<CommitPlan<'a>> {
    let mut places = input.places.clone();
    let mut holders: BTreeMap<AssetPlace, AssetId> =
        places.iter().map(|(&id, place)| (place.clone(), id)).collect();
    let (mut put, mut deleted) = (BTreeMap::new(), BTreeSet::new());
    for operation in operations {
        let place = operation.place();
        if !input.namespaces.contains(&place.namespace) {
            return Err(StoreError::not_found(Entity::Namespace, place.namespace));
        }
        match operation {
            CommitOperation::Put { asset } => {
                let is_held = holders.get(&place).is_some_and(|&holder| holder != asset.id);
                let is_elsewhere = places.get(&asset.id).is_some_and(|there| *there != place);
                if is_held || is_elsewhere {
                    return Err(StoreError::already_exists(Entity::Asset, place));
                }
                holders.insert(place.clone(), asset.id);
                places.insert(asset.id, place);
                put.insert(asset.id, asset);
            }
            CommitOperation::Delete { .. } => {
                let holder = holders.remove(&place);
                let id = holder.ok_or_else(|| StoreError::not_found(Entity::Asset, place))?;
                places.remove(&id);
                put.remove(&id);
                deleted.insert(id);
            }
        }
    }
    let leaving = input.places.iter().filter(|(id, before)| places.get(id) != Some(before));
    Ok(CommitPlan { leaving: leaving.map(|(&id, _)| id).collect(), put, deleted })
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

    fn input(assets: &[&Asset]) -> CommitInput {
        CommitInput {
            namespaces: ["ns".parse().unwrap()].into(),
            places: assets.iter().map(|asset| (asset.id, asset.place())).collect(),
        }
    }

    fn error(assets: &[&Asset], operations: &[CommitOperation]) -> (&'static str, Entity) {
        match plan(&input(assets), operations) {
            Err(StoreError::NotFound { entity, .. }) => ("missing", entity),
            Err(StoreError::AlreadyExists { entity, .. }) => ("taken", entity),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn assets_that_swap_their_places_leave_and_are_put() {
        let (a, b) = (asset(1, "a"), asset(2, "b"));
        let (moved_a, moved_b) = (asset(1, "b"), asset(2, "a"));
        let operations = [delete("a"), delete("b"), put(moved_a.clone()), put(moved_b.clone())];
        let swapped = plan(&input(&[&a, &b]), &operations).unwrap();
        assert_eq!(swapped.leaving, [a.id, b.id].into());
        assert_eq!(swapped.put, [(a.id, &moved_a), (b.id, &moved_b)].into());
        assert_eq!(swapped.deleted, [a.id, b.id].into());
    }

    #[test]
    fn an_asset_that_is_put_and_then_deleted_is_only_deleted() {
        let a = asset(1, "a");
        let operations = [put(a.clone()), delete("a")];
        let new = plan(&input(&[]), &operations).unwrap();
        assert_eq!(new, CommitPlan { deleted: [a.id].into(), ..CommitPlan::default() });

        let stored = plan(&input(&[&a]), &operations).unwrap();
        let (leaving, deleted) = ([a.id].into(), [a.id].into());
        assert_eq!(stored, CommitPlan { leaving, deleted, put: BTreeMap::new() });
    }

    #[test]
    fn an_asset_that_is_deleted_for_a_while_keeps_its_place() {
        let a = asset(1, "a");
        let operations = [delete("a"), put(a.clone())];
        let again = plan(&input(&[&a]), &operations).unwrap();
        assert_eq!(again.leaving, BTreeSet::new());
        assert_eq!(again.put, [(a.id, &a)].into());
        assert_eq!(again.deleted, [a.id].into());
    }

    #[test]
    fn an_asset_is_replaced_in_its_place_by_the_last_content() {
        let a = asset(1, "a");
        let with = |location: &str| Asset { location: location.parse().unwrap(), ..a.clone() };
        let last = with("s3://second");
        let operations = [put(with("s3://first")), put(last.clone())];
        let replaced = plan(&input(&[&a]), &operations).unwrap();
        let put = [(a.id, &last)].into();
        assert_eq!(replaced, CommitPlan { put, ..CommitPlan::default() });
    }

    #[test]
    fn a_place_that_was_left_can_be_taken_by_another_id() {
        let (a, b) = (asset(1, "a"), asset(2, "a"));
        let operations = [delete("a"), put(b.clone())];
        let taken = plan(&input(&[&a]), &operations).unwrap();
        assert_eq!(taken.leaving, [a.id].into());
        assert_eq!(taken.put, [(b.id, &b)].into());
        assert_eq!(taken.deleted, [a.id].into());
    }

    #[test]
    fn a_put_needs_a_free_place_and_an_id_that_is_nowhere_else() {
        let a = asset(1, "a");
        for operation in [put(asset(2, "a")), put(asset(1, "b"))] {
            assert_eq!(error(&[&a], &[operation]), ("taken", Entity::Asset));
        }
        let put_twice = [put(asset(1, "a")), put(asset(1, "b"))];
        assert_eq!(error(&[], &put_twice), ("taken", Entity::Asset));
    }

    #[test]
    fn a_delete_needs_an_asset_at_its_place() {
        assert_eq!(error(&[], &[delete("a")]), ("missing", Entity::Asset));
        let a = asset(1, "a");
        assert_eq!(error(&[&a], &[delete("a"), delete("a")]), ("missing", Entity::Asset));
    }

    #[test]
    fn a_missing_namespace_wins_over_all_else_that_is_wrong_with_its_operation() {
        let a = asset(1, "a");
        let elsewhere = Asset { namespace: "gone".parse().unwrap(), ..a.clone() };
        assert_eq!(error(&[&a], &[put(elsewhere.clone())]), ("missing", Entity::Namespace));
        let delete_elsewhere =
            CommitOperation::Delete { namespace: elsewhere.namespace, name: elsewhere.name };
        assert_eq!(error(&[&a], &[delete_elsewhere]), ("missing", Entity::Namespace));
    }

    #[test]
    fn the_first_operation_that_fails_decides() {
        let nowhere = CommitOperation::Delete {
            namespace: "gone".parse().unwrap(),
            name: "a".parse().unwrap(),
        };
        let operations = [delete("a"), nowhere.clone()];
        assert_eq!(error(&[], &operations), ("missing", Entity::Asset));
        assert_eq!(error(&[], &[nowhere, delete("a")]), ("missing", Entity::Namespace));
    }
}
