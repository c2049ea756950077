//! Merge operations: how one begins, who may begin it, how it ends, and how it is read.

use pangolin_store::*;

use super::checks::{already_exists, conflict, not_found, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

async fn begin(store: &Store, merge: &NewMerge) -> Result<MergeOperation> {
    store.begin_merge(ACME, &name("sales"), merge).await
}

async fn complete(store: &Store, number: u128, commit: u128) -> Result<MergeOperation> {
    store.complete_merge(ACME, &name("sales"), id(number), &merge_commit(commit)).await
}

async fn abort(store: &Store, number: u128) -> Result<MergeOperation> {
    store.abort_merge(ACME, &name("sales"), id(number), at(300)).await
}

async fn get(store: &Store, number: u128) -> Option<MergeOperation> {
    store.get_merge(ACME, &name("sales"), id(number)).await.unwrap()
}

#[test]
fn a_merge_without_conflicts_is_ready() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "changed").await;
        let begun = begin(store, &merge(1, "dev", "main")).await.unwrap();
        let expected = MergeOperation {
            id: id(1),
            source: name("dev"),
            target: name("main"),
            initiated_by: id(1),
            initiated_at: at(100),
            status: MergeStatus::Ready,
            completed_at: None,
            result_commit: None,
            source_head: None,
            target_head: None,
        };
        assert_eq!(begun, expected);
        assert_eq!(get(store, 1).await, Some(expected));
    });
}

#[test]
fn a_merge_records_the_heads_at_its_start() {
    with_a_branch(async |store| {
        let first = commit(1, None, [put(asset(3, ["ns"], "views"))]);
        store.commit(ACME, &on("main"), &first).await.unwrap();
        let second = commit(2, None, [put(asset(4, ["ns"], "models"))]);
        store.commit(ACME, &on("dev"), &second).await.unwrap();
        let begun = begin(store, &merge(1, "dev", "main")).await.unwrap();
        assert_eq!((begun.source_head, begun.target_head), (Some(id(2)), Some(id(1))));
        let third = commit(3, Some(2), [delete(["ns"], "models")]);
        store.commit(ACME, &on("dev"), &third).await.unwrap();
        assert_eq!(get(store, 1).await, Some(begun.clone()));
        let ended = complete(store, 1, 4).await.unwrap();
        assert_eq!((ended.source_head, ended.target_head), (begun.source_head, begun.target_head));
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    with_a_branch(async |store| {
        begin(store, &merge(1, "dev", "main")).await.unwrap();
        for (tenant, catalog, number) in
            [(ACME, "sales", 2), (ACME, "gone", 1), (NOBODY, "sales", 1)]
        {
            let (catalog, number) = (name(catalog), id(number));
            assert_eq!(store.get_merge(tenant, &catalog, number).await.unwrap(), None);
            let conflict = store.get_conflict(tenant, &catalog, number, id(1)).await.unwrap();
            assert_eq!(conflict, None);
            let conflicts = store.list_conflicts(tenant, &catalog, number, &all()).await.unwrap();
            assert_eq!(conflicts, []);
        }
        assert_eq!(store.list_merges(ACME, &name("gone"), &all()).await.unwrap(), []);
    });
}

#[test]
fn writes_check_the_tenant_then_the_catalog_then_the_merge() {
    with_a_branch(async |store| {
        let gone = name("gone");
        for (tenant, missing) in [(NOBODY, Entity::Tenant), (ACME, Entity::Catalog)] {
            let begun = store.begin_merge(tenant, &gone, &merge(1, "gone", "gone")).await;
            not_found(missing, begun);
        }
        let overlap = ConflictKind::DataOverlap { partitions: set([]) };
        let overlap = NewConflict::new(id(1), id(9), overlap).unwrap();
        let take = resolution(ResolutionChoice::TakeSource);
        for (tenant, catalog, missing) in [
            (NOBODY, "gone", Entity::Tenant),
            (ACME, "gone", Entity::Catalog),
            (ACME, "sales", Entity::Merge),
        ] {
            let (catalog, one) = (name(catalog), id(1));
            not_found(missing, store.report_conflict(tenant, &catalog, one, &overlap).await);
            let resolved = store.resolve_conflict(tenant, &catalog, one, id(1), &take).await;
            not_found(missing, resolved);
            not_found(missing, store.complete_merge(tenant, &catalog, one, &merge_commit(1)).await);
            not_found(missing, store.abort_merge(tenant, &catalog, one, at(1)).await);
        }
    });
}

#[test]
fn a_new_merge_checks_its_id_then_its_source_then_its_target() {
    with_a_branch(async |store| {
        begin(store, &merge(1, "dev", "main")).await.unwrap();
        unchanged(store, async || {
            already_exists(Entity::Merge, begin(store, &merge(1, "gone", "gone")).await);
            not_found(Entity::Branch, begin(store, &merge(2, "gone", "main")).await);
            not_found(Entity::Branch, begin(store, &merge(2, "main", "gone")).await);
            conflict(ConflictReason::NotMergeable, begin(store, &merge(2, "main", "dev")).await);
            conflict(ConflictReason::IllegalState, begin(store, &merge(2, "dev", "main")).await);
        })
        .await;
    });
}

#[test]
fn the_id_of_an_ended_merge_is_taken() {
    with_a_branch(async |store| {
        begin(store, &merge(1, "dev", "main")).await.unwrap();
        abort(store, 1).await.unwrap();
        already_exists(Entity::Merge, begin(store, &merge(1, "dev", "main")).await);
    });
}

#[test]
fn only_an_ingest_branch_can_be_merged_and_only_into_its_parent() {
    with_a_branch(async |store| {
        for (called, kind, parent) in [
            ("trial", BranchKind::Experimental, "main"),
            ("trunk", BranchKind::Main, "main"),
            ("deep", BranchKind::Ingest, "dev"),
        ] {
            let new = NewBranch { kind, ..ingest(called, parent) };
            store.create_branch(ACME, &name("sales"), &new).await.unwrap();
        }
        unchanged(store, async || {
            for (source, target) in [
                ("trial", "main"),
                ("trunk", "main"),
                ("main", "dev"),
                ("main", "main"),
                ("dev", "dev"),
                ("deep", "main"),
                ("dev", "deep"),
            ] {
                let begun = begin(store, &merge(1, source, target)).await;
                conflict(ConflictReason::NotMergeable, begun);
            }
        })
        .await;
        begin(store, &merge(1, "deep", "dev")).await.unwrap();
    });
}

#[test]
fn a_source_has_one_open_merge_and_a_target_any_number() {
    with_a_branch(async |store| {
        branch_off(store, "dev2").await;
        begin(store, &merge(1, "dev", "main")).await.unwrap();
        begin(store, &merge(2, "dev2", "main")).await.unwrap();
        conflict(ConflictReason::IllegalState, begin(store, &merge(3, "dev", "main")).await);
        abort(store, 1).await.unwrap();
        begin(store, &merge(3, "dev", "main")).await.unwrap();
        complete(store, 3, 1).await.unwrap();
        begin(store, &merge(4, "dev", "main")).await.unwrap();
    });
}

#[test]
fn a_completed_merge_records_its_time_and_its_commit() {
    with_a_branch(async |store| {
        let begun = begin(store, &merge(1, "dev", "main")).await.unwrap();
        let ended = complete(store, 1, 7).await.unwrap();
        let expected = MergeOperation {
            status: MergeStatus::Completed,
            completed_at: Some(at(200)),
            result_commit: Some(id(7)),
            ..begun
        };
        assert_eq!(ended, expected);
        assert_eq!(get(store, 1).await, Some(expected));
    });
}

#[test]
fn an_aborted_merge_records_its_time_and_has_no_effect() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "changed").await;
        let before = (assets_on(store, "main").await, assets_on(store, "dev").await);
        let begun = begin(store, &merge(1, "dev", "main")).await.unwrap();
        let ended = abort(store, 1).await.unwrap();
        let expected =
            MergeOperation { status: MergeStatus::Aborted, completed_at: Some(at(300)), ..begun };
        assert_eq!(ended, expected);
        assert_eq!(get(store, 1).await, Some(expected));
        assert_eq!((assets_on(store, "main").await, assets_on(store, "dev").await), before);
        assert_eq!(head_of(store, "main").await, None);
    });
}

#[test]
fn a_conflicted_merge_can_be_aborted_and_keeps_its_conflicts() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        relocate(store, "main", "orders", "there").await;
        let begun = begin(store, &merge(1, "dev", "main")).await.unwrap();
        assert_eq!(begun.status, MergeStatus::Conflicted);
        let sales = name("sales");
        let before = store.list_conflicts(ACME, &sales, id(1), &all()).await.unwrap();
        assert_eq!(abort(store, 1).await.unwrap().status, MergeStatus::Aborted);
        let after = store.list_conflicts(ACME, &sales, id(1), &all()).await.unwrap();
        assert_eq!(before, after);
        assert_eq!(after.len(), 1);
    });
}

#[test]
fn an_ended_merge_cannot_be_changed() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        relocate(store, "main", "orders", "there").await;
        let (sales, found) = (name("sales"), ConflictId::found(id(1), id(1)));
        begin(store, &merge(1, "dev", "main")).await.unwrap();
        abort(store, 1).await.unwrap();
        begin(store, &merge(2, "dev", "main")).await.unwrap();
        let take = resolution(ResolutionChoice::TakeSource);
        let found2 = ConflictId::found(id(2), id(1));
        store.resolve_conflict(ACME, &sales, id(2), found2, &take).await.unwrap();
        complete(store, 2, 1).await.unwrap();
        unchanged(store, async || {
            let illegal = ConflictReason::IllegalState;
            let overlap = ConflictKind::DataOverlap { partitions: set([]) };
            let overlap = NewConflict::new(id(1), id(1), overlap).unwrap();
            for (ended, found) in [(1, found), (2, found2)] {
                let resolved = store.resolve_conflict(ACME, &sales, id(ended), found, &take).await;
                conflict(illegal, resolved);
                conflict(illegal, store.report_conflict(ACME, &sales, id(ended), &overlap).await);
                conflict(illegal, complete(store, ended, 9).await);
                conflict(illegal, abort(store, ended).await);
            }
        })
        .await;
    });
}

#[test]
fn a_conflicted_merge_cannot_be_completed() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        relocate(store, "main", "orders", "there").await;
        begin(store, &merge(1, "dev", "main")).await.unwrap();
        unchanged(store, async || {
            conflict(ConflictReason::IllegalState, complete(store, 1, 1).await);
        })
        .await;
    });
}

#[test]
fn a_taken_commit_id_is_reported_before_the_state_of_the_merge() {
    with_a_branch(async |store| {
        let first = commit(1, None, [put(asset(3, ["ns"], "views"))]);
        store.commit(ACME, &on("dev"), &first).await.unwrap();
        begin(store, &merge(1, "dev", "main")).await.unwrap();
        unchanged(store, async || {
            already_exists(Entity::Commit, complete(store, 1, 1).await);
        })
        .await;
        abort(store, 1).await.unwrap();
        already_exists(Entity::Commit, complete(store, 1, 1).await);
    });
}

#[test]
fn merges_are_listed_by_start_then_id_open_and_ended() {
    with_a_branch(async |store| {
        for (number, initiated_at) in [(3, 7), (1, 9), (2, 7), (4, -1)] {
            let new = NewMerge { initiated_at: at(initiated_at), ..merge(number, "dev", "main") };
            begin(store, &new).await.unwrap();
            abort(store, number).await.unwrap();
        }
        let new = NewMerge { initiated_at: at(8), ..merge(5, "dev", "main") };
        begin(store, &new).await.unwrap();
        let listed = store.list_merges(ACME, &name("sales"), &all()).await.unwrap();
        let ids: Vec<_> = listed.iter().map(|merge| merge.id.uuid().as_u128()).collect();
        assert_eq!(ids, [4, 2, 3, 5, 1]);
    });
}

#[test]
fn two_catalogs_can_have_merges_of_the_same_id() {
    with_a_branch(async |store| {
        let other = name("other");
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        store.create_branch(ACME, &other, &ingest("dev", "main")).await.unwrap();
        begin(store, &merge(1, "dev", "main")).await.unwrap();
        store.begin_merge(ACME, &other, &merge(1, "dev", "main")).await.unwrap();
        abort(store, 1).await.unwrap();
        let open = store.get_merge(ACME, &other, id(1)).await.unwrap().unwrap();
        assert_eq!(open.status, MergeStatus::Ready);
    });
}
