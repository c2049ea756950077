//! The completion of a merge: its commit, the heads, the bases of the source, and concurrent changes.

use pangolin_store::*;

use super::checks::{conflict, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

/// Begins a merge of `dev` into `main`.
async fn begin(store: &Store, number: u128) -> MergeStatus {
    store.begin_merge(ACME, &name("sales"), &merge(number, "dev", "main")).await.unwrap().status
}

/// Completes a merge with a commit of its number.
async fn complete(store: &Store, number: u128) -> Result<MergeOperation> {
    store.complete_merge(ACME, &name("sales"), id(number), &merge_commit(number)).await
}

async fn resolve(store: &Store, number: u128, asset: u128, choice: ResolutionChoice) {
    let conflict = ConflictId::found(id(number), id(asset));
    let resolution = resolution(choice);
    let sales = name("sales");
    store.resolve_conflict(ACME, &sales, id(number), conflict, &resolution).await.unwrap();
}

async fn commit_of(store: &Store, number: u128) -> Commit {
    store.get_commit(ACME, &name("sales"), id(number)).await.unwrap().unwrap()
}

#[test]
fn the_commit_of_a_merge_deletes_first_and_then_puts_each_by_place() {
    with_a_branch(async |store| {
        let (new, gone) = (asset(3, ["ns"], "a"), asset(1, ["ns"], "sold"));
        add(store, "dev", new.clone()).await;
        rename(store, "dev", "orders", "sold").await;
        remove(store, "dev", "items").await;
        begin(store, 1).await;
        complete(store, 1).await.unwrap();
        let deletes = [delete(["ns"], "items"), delete(["ns"], "orders")];
        let expected = Commit {
            id: id(1),
            parent: None,
            author: text("ann"),
            message: text("merge"),
            at: at(200),
            operations: [&deletes[..], &[put(new), put(gone)]].concat().into(),
        };
        assert_eq!(commit_of(store, 1).await, expected);
    });
}

#[test]
fn the_commit_of_a_merge_becomes_the_head_of_the_target_and_of_no_other_branch() {
    with_a_branch(async |store| {
        let before = commit(8, None, [put(asset(3, ["ns"], "views"))]);
        store.commit(ACME, &on("main"), &before).await.unwrap();
        let other = commit(9, None, [put(asset(4, ["ns"], "models"))]);
        store.commit(ACME, &on("dev"), &other).await.unwrap();
        begin(store, 1).await;
        complete(store, 1).await.unwrap();
        assert_eq!(head_of(store, "main").await, Some(id(1)));
        assert_eq!(head_of(store, "dev").await, Some(id(9)));
        assert_eq!(commit_of(store, 1).await.parent, Some(id(8)));
    });
}

#[test]
fn the_parent_of_the_commit_is_the_head_at_completion() {
    with_a_branch(async |store| {
        begin(store, 1).await;
        let meanwhile = commit(9, None, [put(asset(3, ["ns"], "views"))]);
        store.commit(ACME, &on("main"), &meanwhile).await.unwrap();
        let ended = complete(store, 1).await.unwrap();
        assert_eq!(ended.target_head, None);
        assert_eq!(commit_of(store, 1).await.parent, Some(id(9)));
        assert_eq!(names_on(store, "main").await, ["items", "orders", "views"]);
    });
}

#[test]
fn a_merge_without_changes_makes_an_empty_commit() {
    with_a_branch(async |store| {
        begin(store, 1).await;
        complete(store, 1).await.unwrap();
        assert_eq!(commit_of(store, 1).await.operations.len(), 0);
        assert_eq!(head_of(store, "main").await, Some(id(1)));
    });
}

#[test]
fn what_the_target_already_has_is_not_put_again() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        branch_off(store, "dev").await;
        relocate(store, "dev", "orders", "here").await;
        relocate(store, "main", "orders", "there").await;
        begin(store, 1).await;
        let there = Asset { location: text("there"), ..asset(1, ["ns"], "orders") };
        resolve(store, 1, 1, ResolutionChoice::Manual { asset: there }).await;
        complete(store, 1).await.unwrap();
        assert_eq!(commit_of(store, 1).await.operations.len(), 0);
    });
}

#[test]
fn a_merge_takes_the_source_into_the_target_and_leaves_the_source() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        relocate(store, "main", "items", "there").await;
        let source = assets_on(store, "dev").await;
        begin(store, 1).await;
        complete(store, 1).await.unwrap();
        assert_eq!(assets_on(store, "dev").await, source);
        let target = content_of(store, "main").await;
        assert_eq!(target, pairs([("items", "there"), ("orders", "here")]));
    });
}

#[test]
fn merging_again_changes_nothing() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        remove(store, "dev", "items").await;
        add(store, "dev", asset(3, ["ns"], "views")).await;
        begin(store, 1).await;
        complete(store, 1).await.unwrap();
        let before = assets_on(store, "main").await;
        assert_eq!(begin(store, 2).await, MergeStatus::Ready);
        complete(store, 2).await.unwrap();
        assert_eq!(assets_on(store, "main").await, before);
        assert_eq!(commit_of(store, 2).await.operations.len(), 0);
    });
}

#[test]
fn after_a_merge_the_merged_content_is_the_new_base_of_the_source() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        add(store, "dev", asset(3, ["ns"], "views")).await;
        begin(store, 1).await;
        complete(store, 1).await.unwrap();
        relocate(store, "main", "orders", "there").await;
        remove(store, "dev", "views").await;
        assert_eq!(begin(store, 2).await, MergeStatus::Ready);
        complete(store, 2).await.unwrap();
        let target = content_of(store, "main").await;
        assert_eq!(target[1], ("orders".to_owned(), "there".to_owned()));
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
    });
}

#[test]
fn after_a_merge_changes_on_both_sides_are_in_conflict_again() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        begin(store, 1).await;
        complete(store, 1).await.unwrap();
        relocate(store, "main", "orders", "there").await;
        relocate(store, "dev", "orders", "s3://lake/1").await;
        assert_eq!(begin(store, 2).await, MergeStatus::Conflicted);
    });
}

#[test]
fn a_conflict_resolved_for_the_target_is_not_reported_again() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        relocate(store, "main", "orders", "there").await;
        remove(store, "dev", "items").await;
        relocate(store, "main", "items", "there").await;
        begin(store, 1).await;
        for asset in [1, 2] {
            resolve(store, 1, asset, ResolutionChoice::TakeTarget).await;
        }
        complete(store, 1).await.unwrap();
        assert_eq!(begin(store, 2).await, MergeStatus::Ready);
        complete(store, 2).await.unwrap();
        let target = content_of(store, "main").await;
        assert_eq!(target, pairs([("items", "there"), ("orders", "there")]));
    });
}

#[test]
fn an_aborted_merge_leaves_the_bases() {
    with_a_branch(async |store| {
        remove(store, "dev", "items").await;
        relocate(store, "dev", "orders", "here").await;
        begin(store, 1).await;
        store.abort_merge(ACME, &name("sales"), id(1), at(1)).await.unwrap();
        begin(store, 2).await;
        complete(store, 2).await.unwrap();
        let target = content_of(store, "main").await;
        assert_eq!(target, pairs([("orders", "here")]));
    });
}

#[test]
fn a_conflict_that_arises_after_the_start_is_unresolved_and_changes_nothing() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        add(store, "dev", asset(3, ["ns"], "views")).await;
        assert_eq!(begin(store, 1).await, MergeStatus::Ready);
        relocate(store, "main", "orders", "there").await;
        unchanged(store, async || {
            conflict(ConflictReason::Unresolved, complete(store, 1).await);
        })
        .await;
        relocate(store, "main", "orders", "s3://lake/1").await;
        complete(store, 1).await.unwrap();
        assert_eq!(names_on(store, "main").await, ["items", "orders", "views"]);
    });
}

#[test]
fn a_place_that_is_taken_after_the_start_is_unresolved() {
    with_a_branch(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        assert_eq!(begin(store, 1).await, MergeStatus::Ready);
        add(store, "main", asset(4, ["ns"], "views")).await;
        unchanged(store, async || {
            conflict(ConflictReason::Unresolved, complete(store, 1).await);
        })
        .await;
    });
}

#[test]
fn changes_of_the_source_after_the_start_are_merged() {
    with_a_branch(async |store| {
        begin(store, 1).await;
        relocate(store, "dev", "orders", "later").await;
        remove(store, "dev", "items").await;
        complete(store, 1).await.unwrap();
        let target = content_of(store, "main").await;
        assert_eq!(target, pairs([("orders", "later")]));
    });
}

#[test]
fn a_branch_of_a_branch_merges_step_by_step() {
    with_a_branch(async |store| {
        let sales = name("sales");
        store.create_branch(ACME, &sales, &ingest("deep", "dev")).await.unwrap();
        relocate(store, "deep", "orders", "deep").await;
        remove(store, "deep", "items").await;
        store.begin_merge(ACME, &sales, &merge(1, "deep", "dev")).await.unwrap();
        complete(store, 1).await.unwrap();
        assert_eq!(content_of(store, "main").await.len(), 2);
        assert_eq!(begin(store, 2).await, MergeStatus::Ready);
        complete(store, 2).await.unwrap();
        let target = content_of(store, "main").await;
        assert_eq!(target, pairs([("orders", "deep")]));
    });
}

#[test]
fn two_branches_merge_one_after_the_other() {
    with_a_branch(async |store| {
        let sales = name("sales");
        branch_off(store, "dev2").await;
        relocate(store, "dev", "orders", "one").await;
        relocate(store, "dev2", "items", "two").await;
        begin(store, 1).await;
        complete(store, 1).await.unwrap();
        let second = store.begin_merge(ACME, &sales, &merge(2, "dev2", "main")).await.unwrap();
        assert_eq!((second.status, second.target_head), (MergeStatus::Ready, Some(id(1))));
        complete(store, 2).await.unwrap();
        let target = content_of(store, "main").await;
        assert_eq!(target, pairs([("items", "two"), ("orders", "one")]));
        let main = HistoryStart::Branch(name("main"));
        let history = store.commit_history(ACME, &sales, &main, limit(9)).await.unwrap();
        assert_eq!(history.iter().map(|commit| commit.id).collect::<Vec<_>>(), [id(2), id(1)]);
    });
}
