//! Merges and conflicting calls at the same time.

use pangolin_store::*;

use super::fixtures::*;
use super::races::{delete_ns, one_at_most, race};
use super::scenes::*;
use super::stores::Store;

/// A conflict on asset 1.
fn overlap(number: u128) -> NewConflict {
    let partitions = set([text("p")]);
    NewConflict::new(id(number), id(1), ConflictKind::DataOverlap { partitions }).unwrap()
}

#[test]
fn a_namespace_is_not_deleted_during_a_merge_that_puts_an_asset_in_it() {
    let scene = async |store: &Store| {
        add_namespace(store, ["from"]).await;
        add(store, "main", asset(1, ["from"], "orders")).await;
        branch_off(store, "dev").await;
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
        store.report_conflict(ACME, &sales, id(1), &overlap(1)).await.unwrap();
        let choice = ResolutionChoice::Manual { asset: asset(1, ["ns"], "orders") };
        let resolution = resolution(choice);
        store.resolve_conflict(ACME, &sales, id(1), id(1), &resolution).await.unwrap();
    };
    let complete = async |store: Store| {
        store.complete_merge(ACME, &name("sales"), id(1), &merge_commit(1)).await.map(drop)
    };
    race(scene, delete_ns, complete, one_at_most);
}

#[test]
fn a_branch_is_not_deleted_during_the_begin_of_its_merge() {
    let scene = async |store: &Store| branch_off(store, "dev").await;
    let delete = async |store: Store| store.delete_branch(ACME, &name("sales"), &name("dev")).await;
    let begin = async |store: Store| {
        store.begin_merge(ACME, &name("sales"), &merge(1, "dev", "main")).await.map(drop)
    };
    race(scene, delete, begin, one_at_most);
}

#[test]
fn a_merge_does_not_overwrite_concurrent_changes_on_its_target() {
    let scene = async |store: &Store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        branch_off(store, "dev").await;
        relocate(store, "dev", "orders", "merged").await;
        store.begin_merge(ACME, &name("sales"), &merge(1, "dev", "main")).await.unwrap();
    };
    let complete = async |store: Store| {
        store.complete_merge(ACME, &name("sales"), id(1), &merge_commit(1)).await.map(drop)
    };
    let update = async |store: Store| {
        let update = AssetUpdate { location: Some(text("new")), ..AssetUpdate::default() };
        let orders = asset_ref("main", ["ns"], "orders");
        store.update_asset(ACME, &orders, &update).await.map(drop)
    };
    race(scene, complete, update, async |store, _, updated| {
        assert!(updated);
        assert_eq!(content_of(store, "main").await, pairs([("orders", "new")]));
    });
}

#[test]
fn concurrent_changes_on_the_source_of_a_merge_are_not_lost() {
    let scene = async |store: &Store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        branch_off(store, "dev").await;
        store.begin_merge(ACME, &name("sales"), &merge(1, "dev", "main")).await.unwrap();
    };
    let complete = async |store: Store| {
        store.complete_merge(ACME, &name("sales"), id(1), &merge_commit(1)).await.map(drop)
    };
    let update = async |store: Store| {
        let update = AssetUpdate { location: Some(text("new")), ..AssetUpdate::default() };
        store.update_asset(ACME, &asset_ref("dev", ["ns"], "orders"), &update).await.map(drop)
    };
    race(scene, complete, update, async |store, completed, updated| {
        assert!(completed && updated);
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(2, "dev", "main")).await.unwrap();
        store.complete_merge(ACME, &sales, id(2), &merge_commit(2)).await.unwrap();
        assert_eq!(content_of(store, "main").await, pairs([("orders", "new")]));
    });
}

#[test]
fn a_merge_is_ready_only_when_all_of_its_conflicts_are_resolved() {
    let scene = async |store: &Store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        branch_off(store, "dev").await;
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
        store.report_conflict(ACME, &sales, id(1), &overlap(1)).await.unwrap();
    };
    let report =
        async |store: Store| store.report_conflict(ACME, &name("sales"), id(1), &overlap(2)).await;
    let resolve = async |store: Store| {
        let resolution = resolution(ResolutionChoice::TakeSource);
        store.resolve_conflict(ACME, &name("sales"), id(1), id(1), &resolution).await.map(drop)
    };
    race(scene, report, resolve, async |store, reported, resolved| {
        assert!(reported && resolved);
        let merge = store.get_merge(ACME, &name("sales"), id(1)).await.unwrap().unwrap();
        assert_eq!(merge.status, MergeStatus::Conflicted);
    });
}
