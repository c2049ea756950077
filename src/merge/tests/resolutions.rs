//! Resolutions of conflicts.

use super::*;

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
