//! Conflicts of a merge: reported, resolved, resolved again; and the result of each resolution.

use pangolin_store::*;

use super::checks::{already_exists, conflict, not_found, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

/// The id of the conflict that merge 1 finds on an asset.
fn found(asset: u128) -> ConflictId {
    ConflictId::found(id(1), id(asset))
}

/// Merge 1 of `dev` into `main`.
async fn begin(store: &Store) -> MergeStatus {
    store.begin_merge(ACME, &name("sales"), &merge(1, "dev", "main")).await.unwrap().status
}

async fn status(store: &Store) -> MergeStatus {
    store.get_merge(ACME, &name("sales"), id(1)).await.unwrap().unwrap().status
}

async fn resolve(
    store: &Store,
    conflict: ConflictId,
    resolution: &Resolution,
) -> Result<MergeConflict> {
    store.resolve_conflict(ACME, &name("sales"), id(1), conflict, resolution).await
}

async fn choose(store: &Store, conflict: ConflictId, choice: ResolutionChoice) {
    resolve(store, conflict, &resolution(choice)).await.unwrap();
}

async fn complete(store: &Store) -> Result<MergeOperation> {
    store.complete_merge(ACME, &name("sales"), id(1), &merge_commit(1)).await
}

async fn report(store: &Store, conflict: &NewConflict) -> Result<()> {
    store.report_conflict(ACME, &name("sales"), id(1), conflict).await
}

fn schema_change(conflict: u128, asset: u128) -> NewConflict {
    let kind = ConflictKind::SchemaChange { source_schema: text("{}"), target_schema: text("") };
    NewConflict::new(id(conflict), id(asset), kind).unwrap()
}

/// As [`with_a_branch`], with `orders` changed on both sides and merge 1 begun.
fn in_conflict(body: impl AsyncFn(&Store)) {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        relocate(store, "main", "orders", "there").await;
        assert_eq!(begin(store).await, MergeStatus::Conflicted);
        body(store).await;
    });
}

async fn orders_on_main(store: &Store) -> Option<String> {
    let orders = asset_ref("main", ["ns"], "orders");
    store.get_asset(ACME, &orders).await.unwrap().map(|asset| asset.location.to_string())
}

#[test]
fn a_resolution_is_kept_with_who_and_when() {
    in_conflict(async |store| {
        let asset = Asset { properties: properties([("a", "")]), ..asset(1, ["ns"], "manual") };
        for choice in [
            ResolutionChoice::TakeSource,
            ResolutionChoice::TakeTarget,
            ResolutionChoice::Manual { asset },
        ] {
            let decided = Resolution { choice, resolved_by: id(7), resolved_at: at(77) };
            let now = resolve(store, found(1), &decided).await.unwrap();
            assert_eq!(now.resolution, Some(decided));
            let sales = name("sales");
            let read = store.get_conflict(ACME, &sales, id(1), found(1)).await.unwrap();
            assert_eq!(read, Some(now.clone()));
            let listed = store.list_conflicts(ACME, &sales, id(1), &all()).await.unwrap();
            assert_eq!(listed, [now]);
        }
    });
}

#[test]
fn resolving_again_replaces_the_resolution() {
    in_conflict(async |store| {
        choose(store, found(1), ResolutionChoice::TakeSource).await;
        assert_eq!(status(store).await, MergeStatus::Ready);
        choose(store, found(1), ResolutionChoice::TakeTarget).await;
        assert_eq!(status(store).await, MergeStatus::Ready);
        complete(store).await.unwrap();
        assert_eq!(orders_on_main(store).await.unwrap(), "there");
    });
}

#[test]
fn after_the_last_resolution_the_merge_is_ready() {
    with_a_branch(async |store| {
        for called in ["orders", "items"] {
            relocate(store, "dev", called, "here").await;
            relocate(store, "main", called, "there").await;
        }
        begin(store).await;
        choose(store, found(1), ResolutionChoice::TakeSource).await;
        assert_eq!(status(store).await, MergeStatus::Conflicted);
        choose(store, found(1), ResolutionChoice::TakeTarget).await;
        assert_eq!(status(store).await, MergeStatus::Conflicted);
        choose(store, found(2), ResolutionChoice::TakeSource).await;
        assert_eq!(status(store).await, MergeStatus::Ready);
        complete(store).await.unwrap();
        let content = content_of(store, "main").await;
        assert_eq!(content, pairs([("items", "here"), ("orders", "there")]));
    });
}

#[test]
fn a_resolution_checks_the_conflict_then_the_namespace_then_the_asset() {
    in_conflict(async |store| {
        unchanged(store, async || {
            let manual = |asset| resolution(ResolutionChoice::Manual { asset });
            let (nowhere, other) = (asset(2, ["gone"], "orders"), asset(2, ["ns"], "orders"));
            not_found(Entity::Conflict, resolve(store, id(9), &manual(nowhere.clone())).await);
            not_found(Entity::Namespace, resolve(store, found(1), &manual(nowhere)).await);
            let refused = resolve(store, found(1), &manual(other)).await;
            assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
        })
        .await;
        store.abort_merge(ACME, &name("sales"), id(1), at(1)).await.unwrap();
        let other = ResolutionChoice::Manual { asset: asset(2, ["ns"], "orders") };
        let refused = resolve(store, found(1), &resolution(other)).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    });
}

#[test]
fn resolving_for_the_source_uses_its_content_at_completion() {
    in_conflict(async |store| {
        choose(store, found(1), ResolutionChoice::TakeSource).await;
        relocate(store, "dev", "orders", "later").await;
        complete(store).await.unwrap();
        assert_eq!(orders_on_main(store).await.unwrap(), "later");
    });
}

#[test]
fn resolving_for_the_target_leaves_it_unchanged() {
    in_conflict(async |store| {
        choose(store, found(1), ResolutionChoice::TakeTarget).await;
        complete(store).await.unwrap();
        assert_eq!(orders_on_main(store).await.unwrap(), "there");
        assert_eq!(content_of(store, "dev").await[1].1, "here");
    });
}

#[test]
fn a_manual_resolution_becomes_the_content_of_the_target() {
    in_conflict(async |store| {
        add_namespace(store, ["other"]).await;
        let asset = Asset {
            kind: AssetKind::Vortex,
            metadata_location: Some(text("v3")),
            properties: properties([("a", "1")]),
            ..asset(1, ["other"], "sold")
        };
        choose(store, found(1), ResolutionChoice::Manual { asset: asset.clone() }).await;
        complete(store).await.unwrap();
        let sold = asset_ref("main", ["other"], "sold");
        assert_eq!(store.get_asset(ACME, &sold).await.unwrap(), Some(asset));
        assert_eq!(orders_on_main(store).await, None);
    });
}

#[test]
fn a_resolution_applies_even_if_the_conflict_has_disappeared() {
    in_conflict(async |store| {
        choose(store, found(1), ResolutionChoice::TakeTarget).await;
        relocate(store, "main", "orders", "s3://lake/1").await;
        complete(store).await.unwrap();
        assert_eq!(orders_on_main(store).await.unwrap(), "s3://lake/1");
    });
}

#[test]
fn what_was_deleted_on_the_source_is_deleted_or_kept() {
    for (choice, expected) in [
        (ResolutionChoice::TakeSource, None),
        (ResolutionChoice::TakeTarget, Some("there".to_owned())),
    ] {
        with_a_branch(async |store| {
            remove(store, "dev", "orders").await;
            relocate(store, "main", "orders", "there").await;
            begin(store).await;
            choose(store, found(1), choice.clone()).await;
            complete(store).await.unwrap();
            assert_eq!(orders_on_main(store).await, expected);
        });
    }
}

#[test]
fn what_was_deleted_on_the_target_is_restored_or_not() {
    for (choice, expected) in [
        (ResolutionChoice::TakeSource, Some("here".to_owned())),
        (ResolutionChoice::TakeTarget, None),
    ] {
        with_a_branch(async |store| {
            relocate(store, "dev", "orders", "here").await;
            remove(store, "main", "orders").await;
            begin(store).await;
            choose(store, found(1), choice.clone()).await;
            complete(store).await.unwrap();
            assert_eq!(orders_on_main(store).await, expected);
        });
    }
}

/// As [`with_a_branch`], with the new asset 3 `views` on `dev`, whose place asset 4 holds on `main`.
fn with_a_taken_name(body: impl AsyncFn(&Store)) {
    with_a_branch(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        add(store, "main", asset(4, ["ns"], "views")).await;
        assert_eq!(begin(store).await, MergeStatus::Conflicted);
        body(store).await;
    });
}

#[test]
fn a_taken_name_resolved_for_the_source_replaces_its_holder() {
    with_a_taken_name(async |store| {
        choose(store, found(3), ResolutionChoice::TakeSource).await;
        complete(store).await.unwrap();
        let content = assets_on(store, "main").await;
        assert_eq!(content.last(), Some(&asset(3, ["ns"], "views")));
        assert_eq!(store.get_asset_by_id(ACME, &on("main"), id(4)).await.unwrap(), None);
    });
}

#[test]
fn a_taken_name_resolved_for_the_target_keeps_its_holder() {
    with_a_taken_name(async |store| {
        choose(store, found(3), ResolutionChoice::TakeTarget).await;
        complete(store).await.unwrap();
        assert_eq!(assets_on(store, "main").await.last(), Some(&asset(4, ["ns"], "views")));
        assert_eq!(store.get_asset_by_id(ACME, &on("main"), id(3)).await.unwrap(), None);
    });
}

#[test]
fn a_taken_name_resolved_with_another_place_keeps_both_assets() {
    with_a_taken_name(async |store| {
        let asset = asset(3, ["ns"], "views2");
        choose(store, found(3), ResolutionChoice::Manual { asset }).await;
        complete(store).await.unwrap();
        assert_eq!(names_on(store, "main").await, ["items", "orders", "views", "views2"]);
    });
}

#[test]
fn a_manual_place_that_another_asset_holds_is_unresolved() {
    in_conflict(async |store| {
        let asset = asset(1, ["ns"], "items");
        choose(store, found(1), ResolutionChoice::Manual { asset }).await;
        unchanged(store, async || {
            conflict(ConflictReason::Unresolved, complete(store).await);
        })
        .await;
        choose(store, found(1), ResolutionChoice::TakeTarget).await;
        complete(store).await.unwrap();
    });
}

#[test]
fn a_manual_place_whose_namespace_is_gone_is_unresolved() {
    in_conflict(async |store| {
        add_namespace(store, ["other"]).await;
        let asset = asset(1, ["other"], "orders");
        choose(store, found(1), ResolutionChoice::Manual { asset }).await;
        store.delete_namespace(ACME, &name("sales"), &path(["other"])).await.unwrap();
        unchanged(store, async || {
            conflict(ConflictReason::Unresolved, complete(store).await);
        })
        .await;
    });
}

#[test]
fn a_reported_conflict_is_kept_beside_those_that_were_found() {
    in_conflict(async |store| {
        let overlap = ConflictKind::DataOverlap { partitions: set([text("day=1"), text("")]) };
        let overlap = NewConflict::new(id(5), id(2), overlap).unwrap();
        report(store, &schema_change(6, 1)).await.unwrap();
        report(store, &overlap).await.unwrap();
        let sales = name("sales");
        let read = store.get_conflict(ACME, &sales, id(1), id(5)).await.unwrap();
        assert_eq!(read, Some(overlap.into()));
        let listed = store.list_conflicts(ACME, &sales, id(1), &all()).await.unwrap();
        let ids: Vec<_> = listed.iter().map(|conflict| conflict.id).collect();
        assert_eq!(ids, [id(5), id(6), found(1)]);
    });
}

#[test]
fn a_report_makes_a_ready_merge_conflicted_until_it_is_resolved() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        assert_eq!(begin(store).await, MergeStatus::Ready);
        report(store, &schema_change(5, 1)).await.unwrap();
        assert_eq!(status(store).await, MergeStatus::Conflicted);
        conflict(ConflictReason::IllegalState, complete(store).await);
        choose(store, id(5), ResolutionChoice::TakeSource).await;
        assert_eq!(status(store).await, MergeStatus::Ready);
        complete(store).await.unwrap();
        assert_eq!(orders_on_main(store).await.unwrap(), "here");
    });
}

#[test]
fn a_report_resolved_for_the_target_keeps_the_source_out() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        begin(store).await;
        report(store, &schema_change(5, 1)).await.unwrap();
        choose(store, id(5), ResolutionChoice::TakeTarget).await;
        complete(store).await.unwrap();
        assert_eq!(orders_on_main(store).await.unwrap(), "s3://lake/1");
    });
}

#[test]
fn of_several_resolutions_on_an_asset_the_last_applies() {
    for (first, last, expected) in [(10, 20, "here"), (20, 10, "there")] {
        in_conflict(async |store| {
            report(store, &schema_change(5, 1)).await.unwrap();
            let decide = |choice, time| Resolution { resolved_at: at(time), ..resolution(choice) };
            let target = decide(ResolutionChoice::TakeTarget, first);
            resolve(store, found(1), &target).await.unwrap();
            let source = decide(ResolutionChoice::TakeSource, last);
            resolve(store, id(5), &source).await.unwrap();
            complete(store).await.unwrap();
            assert_eq!(orders_on_main(store).await.unwrap(), expected);
        });
    }
}

#[test]
fn a_report_checks_the_id_then_the_asset() {
    in_conflict(async |store| {
        report(store, &schema_change(5, 1)).await.unwrap();
        unchanged(store, async || {
            already_exists(Entity::Conflict, report(store, &schema_change(5, 9)).await);
            not_found(Entity::Asset, report(store, &schema_change(6, 9)).await);
        })
        .await;
        store.abort_merge(ACME, &name("sales"), id(1), at(1)).await.unwrap();
        already_exists(Entity::Conflict, report(store, &schema_change(5, 9)).await);
        not_found(Entity::Asset, report(store, &schema_change(6, 9)).await);
        conflict(ConflictReason::IllegalState, report(store, &schema_change(6, 1)).await);
    });
}

#[test]
fn a_report_needs_its_asset_on_one_side() {
    with_a_branch(async |store| {
        branch_off(store, "dev2").await;
        add(store, "dev", asset(3, ["ns"], "views")).await;
        add(store, "main", asset(4, ["ns"], "models")).await;
        add(store, "dev2", asset(5, ["ns"], "files")).await;
        remove(store, "main", "orders").await;
        begin(store).await;
        for (number, asset) in [(11, 1), (13, 3), (14, 4)] {
            report(store, &schema_change(number, asset)).await.unwrap();
        }
        not_found(Entity::Asset, report(store, &schema_change(15, 5)).await);
    });
}

#[test]
fn two_merges_can_have_conflicts_of_the_same_id() {
    with_a_branch(async |store| {
        let sales = name("sales");
        branch_off(store, "dev2").await;
        begin(store).await;
        store.begin_merge(ACME, &sales, &merge(2, "dev2", "main")).await.unwrap();
        report(store, &schema_change(5, 1)).await.unwrap();
        store.report_conflict(ACME, &sales, id(2), &schema_change(5, 2)).await.unwrap();
        choose(store, id(5), ResolutionChoice::TakeSource).await;
        let other = store.get_conflict(ACME, &sales, id(2), id(5)).await.unwrap().unwrap();
        assert_eq!((other.asset, other.resolution), (id(2), None));
    });
}
