use std::slice;

use uuid::Uuid;

use super::*;
use crate::{AssetField, AssetKind, Name, Text, Timestamp, UserId};

fn id(number: u128) -> AssetId {
    AssetId::new(Uuid::from_u128(number))
}

/// An asset in namespace `ns`, told from its other versions by its location.
fn asset(number: u128, name: &str, location: &str) -> Asset {
    Asset {
        id: id(number),
        namespace: "ns".parse().unwrap(),
        name: name.parse().unwrap(),
        kind: AssetKind::IcebergTable,
        location: location.parse().unwrap(),
        metadata_location: None,
        properties: Default::default(),
    }
}

fn in_namespace(asset: Asset, namespace: &str) -> Asset {
    Asset { namespace: namespace.parse().unwrap(), ..asset }
}

/// What a source, its bases and a target hold, and what has been said about their merge.
#[derive(Default)]
struct Case {
    source: Vec<Asset>,
    base: Vec<Asset>,
    target: Vec<Asset>,
    conflicts: Vec<MergeConflict>,
}

impl Case {
    fn new<const S: usize, const B: usize, const T: usize>(
        source: [Asset; S],
        base: [Asset; B],
        target: [Asset; T],
    ) -> Self {
        Self { source: source.into(), base: base.into(), target: target.into(), conflicts: vec![] }
    }

    /// This case, and the `n`th conflict, on an asset, resolved in second `at`.
    fn resolved(mut self, n: u128, at: i64, on: u128, kind: ConflictKind, choice: Choice) -> Self {
        let resolution = Resolution {
            choice,
            resolved_by: UserId::new(Uuid::nil()),
            resolved_at: Timestamp::from_micros(at * 1_000_000).unwrap(),
        };
        self.conflicts.push(MergeConflict {
            id: ConflictId::new(Uuid::from_u128(n)),
            asset: id(on),
            kind,
            resolution: Some(resolution),
        });
        self
    }

    fn input(&self) -> MergeInput {
        let mut assets: BTreeMap<AssetId, Sides> = BTreeMap::new();
        for asset in &self.source {
            assets.entry(asset.id).or_default().source = Some(asset.clone());
        }
        for asset in &self.base {
            assets.entry(asset.id).or_default().base = Some(asset.clone());
        }
        for conflict in &self.conflicts {
            assets.entry(conflict.asset).or_default();
        }
        for asset in &self.target {
            if let Some(sides) = assets.get_mut(&asset.id) {
                sides.target = Some(asset.clone());
            }
        }
        let mut input =
            MergeInput { assets, conflicts: self.conflicts.clone(), ..MergeInput::default() };
        let places = input.wanted_places();
        let held = self.target.iter().map(|asset| (asset.place(), asset.id));
        input.holders = held.filter(|(place, _)| places.contains(place)).collect();
        input
    }

    fn plan(&self) -> MergePlan {
        plan(&self.input())
    }

    /// The only conflict of the plan, which is about that asset.
    fn conflict(&self, on: u128) -> ConflictKind {
        let mut conflicts = self.plan().conflicts;
        let kind = conflicts.remove(&id(on)).unwrap();
        assert_eq!(conflicts, BTreeMap::new());
        kind
    }

    /// What the target holds after a merge without a conflict, by place.
    fn merged(&self) -> Vec<Asset> {
        let plan = self.plan();
        assert_eq!(plan.conflicts, BTreeMap::new());
        let mut target: BTreeMap<_, _> =
            self.target.iter().map(|asset| (asset.place(), asset.clone())).collect();
        for operation in plan.operations {
            match operation {
                CommitOperation::Put { asset } => {
                    let there = target.insert(asset.place(), asset.clone());
                    assert!(there.is_none_or(|there| there.id == asset.id), "{asset:?} displaces");
                }
                CommitOperation::Delete { .. } => {
                    target.remove(&operation.place()).unwrap();
                }
            }
        }
        let ids: BTreeSet<AssetId> = target.values().map(|asset| asset.id).collect();
        assert_eq!(ids.len(), target.len(), "an asset is at two places: {target:?}");
        target.into_values().collect()
    }

    fn is_left(&self) -> bool {
        self.plan() == MergePlan::default()
    }
}

use ResolutionChoice as Choice;

fn taken_by(holder: u128) -> ConflictKind {
    ConflictKind::NameTaken { by: id(holder) }
}

fn modified() -> ConflictKind {
    ConflictKind::ModifiedInBoth { fields: [AssetField::Location].into() }
}

fn schema_change() -> ConflictKind {
    let schema = |text: &str| Text::new(text).unwrap();
    ConflictKind::SchemaChange { source_schema: schema("a"), target_schema: schema("b") }
}

fn manual(asset: Asset) -> Choice {
    Choice::Manual { asset }
}

#[test]
fn what_is_new_on_the_source_is_taken() {
    let new = asset(1, "t", "s");
    assert_eq!(Case::new([new.clone()], [], []).merged(), [new]);
}

#[test]
fn what_changed_on_the_source_alone_is_taken() {
    let (old, new) = (asset(1, "t", "b"), asset(1, "t", "s"));
    assert_eq!(Case::new([new.clone()], [old.clone()], [old]).merged(), [new]);
}

#[test]
fn what_moved_on_the_source_moves_on_the_target() {
    let old = asset(1, "t", "b");
    let new = in_namespace(asset(1, "u", "b"), "elsewhere");
    let case = Case::new([new.clone()], [old.clone()], [old.clone()]);
    let AssetPlace { namespace, name } = old.place();
    let operations =
        vec![CommitOperation::Delete { namespace, name }, CommitOperation::Put { asset: new }];
    assert_eq!(case.plan(), MergePlan { operations, ..MergePlan::default() });
}

#[test]
fn what_the_source_left_alone_is_left_whatever_the_target_did() {
    let (old, new) = (asset(1, "t", "b"), asset(1, "t", "t"));
    assert!(Case::new([old.clone()], [old.clone()], [old.clone()]).is_left());
    assert!(Case::new([old.clone()], [old.clone()], [new]).is_left());
    assert!(Case::new([old.clone()], [old], []).is_left());
}

#[test]
fn what_the_target_alone_has_is_left() {
    assert!(Case::new([], [], [asset(1, "t", "t")]).is_left());
}

#[test]
fn what_the_source_deleted_and_the_target_left_alone_is_deleted() {
    let old = asset(1, "t", "b");
    assert_eq!(Case::new([], [old.clone()], [old]).merged(), []);
}

#[test]
fn what_both_changed_to_the_same_is_left() {
    let (old, new) = (asset(1, "t", "b"), asset(1, "t", "n"));
    assert!(Case::new([new.clone()], [old.clone()], [new.clone()]).is_left());
    assert!(Case::new([new.clone()], [], [new]).is_left());
    assert!(Case::new([], [old], []).is_left());
}

#[test]
fn what_both_changed_differently_is_modified_in_both() {
    let (source, base, target) = (asset(1, "u", "s"), asset(1, "t", "b"), asset(1, "t", "t"));
    let fields = [AssetField::Name, AssetField::Location].into();
    let kind = ConflictKind::ModifiedInBoth { fields };
    assert_eq!(Case::new([source], [base], [target]).conflict(1), kind);
}

#[test]
fn what_both_created_differently_is_modified_in_both() {
    let case = Case::new([asset(1, "t", "s")], [], [asset(1, "t", "t")]);
    assert_eq!(case.conflict(1), modified());
}

#[test]
fn what_the_source_deleted_and_the_target_changed_is_deleted_in_source() {
    let case = Case::new([], [asset(1, "t", "b")], [asset(1, "t", "t")]);
    assert_eq!(case.conflict(1), ConflictKind::DeletedInSource);
}

#[test]
fn what_the_source_changed_and_the_target_deleted_is_deleted_in_target() {
    let case = Case::new([asset(1, "t", "s")], [asset(1, "t", "b")], []);
    assert_eq!(case.conflict(1), ConflictKind::DeletedInTarget);
}

#[test]
fn what_is_taken_to_a_place_that_another_holds_finds_its_name_taken() {
    let case = Case::new([asset(1, "t", "s")], [], [asset(2, "t", "t")]);
    assert_eq!(case.conflict(1), taken_by(2));
}

#[test]
fn a_rename_onto_a_name_that_the_target_gave_away_finds_it_taken() {
    let (old, new) = (asset(1, "a", "b"), asset(1, "b", "b"));
    let case = Case::new([new], [old.clone()], [old, asset(2, "b", "t")]);
    assert_eq!(case.conflict(1), taken_by(2));
}

#[test]
fn conflicts_become_rows_with_ids_of_merge_and_asset() {
    let plan = Case::new([asset(1, "t", "s")], [], [asset(2, "t", "t")]).plan();
    let merge = MergeId::new(Uuid::from_u128(9));
    let row = MergeConflict {
        id: ConflictId::found(merge, id(1)),
        asset: id(1),
        kind: taken_by(2),
        resolution: None,
    };
    assert_eq!(plan.found(merge), [(row.id, row)].into());
}

#[test]
fn two_assets_swap_their_names() {
    let old = [asset(1, "a", "1"), asset(2, "b", "2")];
    let new = [asset(2, "a", "2"), asset(1, "b", "1")];
    assert_eq!(Case::new(new.clone(), old.clone(), old).merged(), new);
}

#[test]
fn three_assets_change_names_in_a_ring() {
    let old = [asset(1, "a", "1"), asset(2, "b", "2"), asset(3, "c", "3")];
    let new = [asset(3, "a", "3"), asset(1, "b", "1"), asset(2, "c", "2")];
    assert_eq!(Case::new(new.clone(), old.clone(), old).merged(), new);
}

#[test]
fn an_asset_that_was_dropped_and_created_anew_merges_under_its_new_id() {
    let (old, new) = (asset(1, "t", "b"), asset(2, "t", "s"));
    assert_eq!(Case::new([new.clone()], [old.clone()], [old]).merged(), [new]);
}

#[test]
fn an_asset_that_was_dropped_and_created_anew_conflicts_when_the_target_changed_the_old_one() {
    let case = Case::new([asset(2, "t", "s")], [asset(1, "t", "b")], [asset(1, "t", "t")]);
    let conflicts = [(id(1), ConflictKind::DeletedInSource), (id(2), taken_by(1))].into();
    assert_eq!(case.plan().conflicts, conflicts);
}

#[test]
fn an_asset_that_cannot_move_away_blocks_the_one_that_takes_its_place() {
    // 2 goes to c, which 3 holds on the target; so 1 cannot have b.
    let old = [asset(1, "a", "1"), asset(2, "b", "2")];
    let new = [asset(1, "b", "1"), asset(2, "c", "2")];
    let target = [old[0].clone(), old[1].clone(), asset(3, "c", "3")];
    let conflicts = [(id(1), taken_by(2)), (id(2), taken_by(3))].into();
    assert_eq!(Case::new(new, old, target).plan().conflicts, conflicts);
}

#[test]
fn taking_the_source_takes_what_it_has() {
    let (source, base, target) = (asset(1, "u", "s"), asset(1, "t", "b"), asset(1, "t", "t"));
    let case = Case::new([source.clone()], [base.clone()], [target]).resolved(
        1,
        1,
        1,
        modified(),
        Choice::TakeSource,
    );
    assert_eq!(case.merged(), slice::from_ref(&source));
    let kind = ConflictKind::DeletedInTarget;
    let case = Case::new([source.clone()], [base], []).resolved(1, 1, 1, kind, Choice::TakeSource);
    assert_eq!(case.merged(), [source]);
}

#[test]
fn taking_the_source_of_what_it_deleted_deletes_it() {
    let case = Case::new([], [asset(1, "t", "b")], [asset(1, "u", "t")]);
    let kind = ConflictKind::DeletedInSource;
    assert_eq!(case.resolved(1, 1, 1, kind, Choice::TakeSource).merged(), []);
}

#[test]
fn taking_the_target_leaves_it_alone() {
    let (source, base, target) = (asset(1, "u", "s"), asset(1, "t", "b"), asset(1, "t", "t"));
    let both = Case::new([source.clone()], [base.clone()], [target.clone()]);
    assert_eq!(
        both.resolved(1, 1, 1, modified(), Choice::TakeTarget).merged(),
        slice::from_ref(&target)
    );
    let gone = Case::new([], [base.clone()], [target.clone()]);
    let kind = ConflictKind::DeletedInSource;
    assert_eq!(gone.resolved(1, 1, 1, kind, Choice::TakeTarget).merged(), [target]);
    let kind = ConflictKind::DeletedInTarget;
    let gone = Case::new([source], [base], []);
    assert_eq!(gone.resolved(1, 1, 1, kind, Choice::TakeTarget).merged(), []);
}

#[test]
fn taking_the_source_of_a_taken_name_deletes_the_holder() {
    let source = asset(1, "t", "s");
    let case = Case::new([source.clone()], [], [asset(2, "t", "t")]);
    assert_eq!(case.resolved(1, 1, 1, taken_by(2), Choice::TakeSource).merged(), [source]);
}

#[test]
fn taking_the_target_of_a_taken_name_leaves_the_holder() {
    let holder = asset(2, "t", "t");
    let case = Case::new([asset(1, "t", "s")], [], [holder.clone()]);
    assert_eq!(case.resolved(1, 1, 1, taken_by(2), Choice::TakeTarget).merged(), [holder]);
}

#[test]
fn a_taken_name_is_settled_by_hand_at_another_place() {
    let (holder, elsewhere) = (asset(2, "t", "t"), asset(1, "u", "m"));
    let case = Case::new([asset(1, "t", "s")], [], [holder.clone()]).resolved(
        1,
        1,
        1,
        taken_by(2),
        manual(elsewhere.clone()),
    );
    assert_eq!(case.merged(), [holder, elsewhere]);
}

#[test]
fn taking_a_name_from_one_holder_does_not_take_it_from_the_next() {
    let case = Case::new([asset(1, "t", "s")], [], [asset(3, "t", "t")]).resolved(
        1,
        1,
        1,
        taken_by(2),
        Choice::TakeSource,
    );
    assert_eq!(case.conflict(1), taken_by(3));
}

#[test]
fn a_holder_that_was_decided_to_stay_does_not_make_way() {
    let holder = asset(2, "t", "t");
    let case = Case::new([asset(1, "t", "s")], [], [holder])
        .resolved(1, 1, 1, taken_by(2), Choice::TakeSource)
        .resolved(2, 1, 2, schema_change(), Choice::TakeTarget);
    assert_eq!(case.conflict(1), taken_by(2));
}

#[test]
fn a_holder_that_moves_away_is_not_deleted() {
    let (old, moved) = (asset(2, "t", "b"), asset(2, "u", "s"));
    let source = asset(1, "t", "s");
    let case = Case::new([source.clone(), moved.clone()], [old.clone()], [old]).resolved(
        1,
        1,
        1,
        taken_by(2),
        Choice::TakeSource,
    );
    assert_eq!(case.merged(), [source, moved]);
}

#[test]
fn a_name_stays_taken_from_its_holder_when_another_conflict_is_decided_for_the_source() {
    let source = asset(1, "t", "s");
    let case = Case::new([source.clone()], [], [asset(2, "t", "t")])
        .resolved(1, 1, 1, taken_by(2), Choice::TakeSource)
        .resolved(2, 2, 1, schema_change(), Choice::TakeSource);
    assert_eq!(case.merged(), [source]);
}

#[test]
fn a_manual_resolution_is_what_the_target_gets() {
    let (source, base, target) = (asset(1, "t", "s"), asset(1, "t", "b"), asset(1, "t", "t"));
    let by_hand = asset(1, "u", "m");
    let case = Case::new([source], [base], [target]);
    let case = case.resolved(1, 1, 1, modified(), manual(by_hand.clone()));
    assert_eq!(case.merged(), [by_hand]);
}

#[test]
fn a_manual_resolution_to_what_the_target_has_changes_nothing() {
    let target = asset(1, "t", "t");
    let case = Case::new([asset(1, "t", "s")], [], [target.clone()]);
    assert!(case.resolved(1, 1, 1, modified(), manual(target)).is_left());
}

#[test]
fn a_manual_resolution_into_a_taken_place_is_in_conflict() {
    let case = Case::new([asset(1, "t", "s")], [], [asset(1, "t", "t"), asset(2, "u", "t")])
        .resolved(1, 1, 1, modified(), manual(asset(1, "u", "m")));
    assert_eq!(case.conflict(1), taken_by(2));
}

#[test]
fn a_manual_resolution_into_a_place_that_the_merge_fills_is_in_conflict() {
    for (by_hand, taken) in [(1, 2), (2, 1)] {
        let sources = [asset(by_hand, "t", "s"), asset(taken, "new", "s")];
        let case = Case::new(sources, [], [asset(by_hand, "t", "t")]).resolved(
            1,
            1,
            by_hand,
            modified(),
            manual(asset(by_hand, "new", "m")),
        );
        assert_eq!(case.conflict(by_hand), taken_by(taken));
    }
}

#[test]
fn a_manual_resolution_into_a_place_that_the_merge_clears_is_carried_out() {
    let cleared = asset(2, "u", "b");
    let by_hand = asset(1, "u", "m");
    let target = [asset(1, "t", "t"), cleared.clone()];
    let case = Case::new([asset(1, "t", "s")], [cleared], target).resolved(
        1,
        1,
        1,
        modified(),
        manual(by_hand.clone()),
    );
    assert_eq!(case.merged(), [by_hand]);
}

#[test]
fn a_manual_resolution_into_a_missing_namespace_is_in_conflict() {
    let by_hand = in_namespace(asset(1, "t", "m"), "gone");
    let case = Case::new([asset(1, "t", "s")], [], [asset(1, "t", "t")]).resolved(
        1,
        1,
        1,
        modified(),
        manual(by_hand.clone()),
    );
    let mut input = case.input();
    assert!(input.wanted_namespaces().contains(&by_hand.namespace));
    assert_eq!(plan(&input).conflicts, BTreeMap::new());
    input.missing_namespaces.insert(by_hand.namespace);
    assert_eq!(plan(&input).conflicts, [(id(1), modified())].into());
}

#[test]
fn the_last_resolution_of_an_asset_decides() {
    let (source, target) = (asset(1, "t", "s"), asset(1, "t", "t"));
    let case = |first_at, second_at| {
        Case::new([source.clone()], [], [target.clone()])
            .resolved(1, first_at, 1, modified(), Choice::TakeSource)
            .resolved(2, second_at, 1, schema_change(), Choice::TakeTarget)
    };
    assert_eq!(case(2, 1).merged(), slice::from_ref(&source));
    assert_eq!(case(1, 2).merged(), slice::from_ref(&target));
    assert_eq!(
        case(1, 1).merged(),
        slice::from_ref(&target),
        "at one time, the higher id is the last"
    );
}

#[test]
fn a_resolution_decides_what_the_table_would_leave() {
    let (base, target) = (asset(1, "t", "b"), asset(1, "t", "t"));
    let case = Case::new([base.clone()], [base.clone()], [target]);
    assert_eq!(case.resolved(1, 1, 1, schema_change(), Choice::TakeSource).merged(), [base]);
}

#[test]
fn operations_are_deletes_then_puts_each_by_place() {
    let old = [asset(1, "b", "1"), asset(2, "a", "2")];
    let new = [asset(3, "d", "3"), asset(4, "c", "4")];
    let operations = Case::new(new, old.clone(), old).plan().operations;
    let names: Vec<Name> = operations.iter().map(|operation| operation.place().name).collect();
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert!(matches!(operations[1], CommitOperation::Delete { .. }));
    assert!(matches!(operations[2], CommitOperation::Put { .. }));
}

#[test]
fn what_a_merge_does_not_need_to_know_does_not_change_it() {
    let (old, new) = (asset(1, "t", "b"), asset(1, "t", "s"));
    let still = asset(2, "still", "b");
    let case = Case::new([new, still.clone()], [old.clone(), still.clone()], [old, still]);
    let mut less = case.input();
    less.assets.remove(&id(2));
    less.holders.retain(|place, _| *place == asset(1, "t", "").place());
    assert_eq!(plan(&less), case.plan());
}
