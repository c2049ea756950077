//! The table of a merge, asset by asset, and places that change their holders.

use super::*;

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
fn an_asset_that_was_dropped_and_created_again_merges_under_its_new_id() {
    let (old, new) = (asset(1, "t", "b"), asset(2, "t", "s"));
    assert_eq!(Case::new([new.clone()], [old.clone()], [old]).merged(), [new]);
}

#[test]
fn an_asset_that_was_dropped_and_created_again_conflicts_when_the_target_changed_the_old_one() {
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
