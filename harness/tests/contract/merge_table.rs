//! What a merge does to an asset: every row of the table, checked by the content of the target afterwards.

use std::collections::BTreeSet;

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

/// Begins merge 1 of `dev` into `main`, which finds no conflict, and completes it.
async fn merges_cleanly(store: &Store) {
    let sales = name("sales");
    let begun = store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
    assert_eq!(begun.status, MergeStatus::Ready);
    assert_eq!(store.list_conflicts(ACME, &sales, id(1), &all()).await.unwrap(), []);
    store.complete_merge(ACME, &sales, id(1), &merge_commit(1)).await.unwrap();
}

/// Begins merge 1 of `dev` into `main`, which finds these conflicts, by asset.
async fn finds(store: &Store, expected: &[(u128, ConflictKind)]) {
    let sales = name("sales");
    let begun = store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
    assert_eq!(begun.status, MergeStatus::Conflicted);
    let mut expected: Vec<_> = expected
        .iter()
        .map(|(number, kind)| MergeConflict {
            id: ConflictId::found(id(1), id(*number)),
            asset: id(*number),
            kind: kind.clone(),
            resolution: None,
        })
        .collect();
    expected.sort_by_key(|conflict| conflict.id);
    assert_eq!(store.list_conflicts(ACME, &sales, id(1), &all()).await.unwrap(), expected);
    for conflict in expected {
        let found = store.get_conflict(ACME, &sales, id(1), conflict.id).await.unwrap();
        assert_eq!(found, Some(conflict));
    }
}

fn modified<const N: usize>(fields: [AssetField; N]) -> ConflictKind {
    ConflictKind::ModifiedInBoth { fields: BTreeSet::from(fields) }
}

#[test]
fn what_is_new_on_the_source_is_taken() {
    with_a_branch(async |store| {
        let new = Asset { properties: properties([("a", "1")]), ..asset(3, ["ns"], "views") };
        add(store, "dev", new.clone()).await;
        merges_cleanly(store).await;
        let at = asset_ref("main", ["ns"], "views");
        assert_eq!(store.get_asset(ACME, &at).await.unwrap(), Some(new));
        assert_eq!(names_on(store, "main").await, ["items", "orders", "views"]);
    });
}

#[test]
fn what_changed_on_the_source_alone_is_taken_whole() {
    with_a_branch(async |store| {
        let update = AssetUpdate {
            kind: Some(AssetKind::DeltaTable),
            location: Some(text("")),
            metadata_location: Some(Some(text("v1"))),
            properties: Some(properties([("a", "1")])),
        };
        let orders = asset_ref("dev", ["ns"], "orders");
        store.update_asset(ACME, &orders, &update).await.unwrap();
        let before = assets_on(store, "dev").await;
        merges_cleanly(store).await;
        assert_eq!(assets_on(store, "main").await, before);
        assert_eq!(assets_on(store, "dev").await, before);
    });
}

#[test]
fn what_moved_on_the_source_moves_on_the_target() {
    with_a_branch(async |store| {
        add_namespace(store, ["other"]).await;
        let from = asset_ref("dev", ["ns"], "orders");
        store.rename_asset(ACME, &from, &place(["other"], "sold")).await.unwrap();
        rename(store, "dev", "items", "parts").await;
        merges_cleanly(store).await;
        assert_eq!(names_on(store, "main").await, ["parts"]);
        let sold = asset_ref("main", ["other"], "sold");
        assert_eq!(store.get_asset(ACME, &sold).await.unwrap().unwrap().id, id(1));
        assert_eq!(store.count_assets(ACME).await.unwrap(), 4);
    });
}

#[test]
fn what_is_unchanged_on_the_source_is_left_as_it_is_on_the_target() {
    with_a_branch(async |store| {
        relocate(store, "main", "orders", "changed").await;
        remove(store, "main", "items").await;
        let before = assets_on(store, "main").await;
        merges_cleanly(store).await;
        assert_eq!(assets_on(store, "main").await, before);
        assert_eq!(names_on(store, "main").await, ["orders"]);
    });
}

#[test]
fn what_changed_on_the_source_and_back_counts_as_unchanged() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "changed").await;
        relocate(store, "dev", "orders", "s3://lake/1").await;
        relocate(store, "main", "orders", "kept").await;
        merges_cleanly(store).await;
        assert_eq!(content_of(store, "main").await[1].1, "kept");
    });
}

#[test]
fn what_was_deleted_on_the_source_alone_is_deleted() {
    with_a_branch(async |store| {
        remove(store, "dev", "orders").await;
        merges_cleanly(store).await;
        assert_eq!(names_on(store, "main").await, ["items"]);
    });
}

#[test]
fn what_was_renamed_and_deleted_on_the_source_is_deleted() {
    with_a_branch(async |store| {
        rename(store, "dev", "orders", "sold").await;
        remove(store, "dev", "sold").await;
        merges_cleanly(store).await;
        assert_eq!(names_on(store, "main").await, ["items"]);
    });
}

#[test]
fn what_was_deleted_on_the_source_by_a_commit_is_deleted() {
    with_a_branch(async |store| {
        let commit = commit(9, None, [delete(["ns"], "orders")]);
        store.commit(ACME, &on("dev"), &commit).await.unwrap();
        merges_cleanly(store).await;
        assert_eq!(names_on(store, "main").await, ["items"]);
    });
}

#[test]
fn what_was_deleted_and_created_again_as_it_was_is_left() {
    with_a_branch(async |store| {
        remove(store, "dev", "orders").await;
        add(store, "dev", asset(1, ["ns"], "orders")).await;
        relocate(store, "main", "orders", "kept").await;
        merges_cleanly(store).await;
        assert_eq!(content_of(store, "main").await[1].1, "kept");
    });
}

#[test]
fn what_is_new_on_the_source_and_gone_again_is_left() {
    with_a_branch(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        remove(store, "dev", "views").await;
        add(store, "main", asset(3, ["ns"], "views")).await;
        merges_cleanly(store).await;
        assert_eq!(names_on(store, "main").await, ["items", "orders", "views"]);
    });
}

#[test]
fn what_was_deleted_on_both_sides_is_left() {
    with_a_branch(async |store| {
        remove(store, "dev", "orders").await;
        remove(store, "main", "orders").await;
        merges_cleanly(store).await;
        assert_eq!(names_on(store, "main").await, ["items"]);
    });
}

#[test]
fn what_changed_to_the_same_on_both_sides_is_left() {
    with_a_branch(async |store| {
        for branch in ["dev", "main"] {
            relocate(store, branch, "orders", "same").await;
            add(store, branch, asset(3, ["ns"], "views")).await;
        }
        let before = assets_on(store, "main").await;
        merges_cleanly(store).await;
        assert_eq!(assets_on(store, "main").await, before);
    });
}

#[test]
fn what_the_branch_never_copied_is_left() {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        let bare = NewBranch { namespaces: Some(set([])), ..ingest("dev", "main") };
        store.create_branch(ACME, &name("sales"), &bare).await.unwrap();
        add(store, "dev", asset(2, ["ns"], "items")).await;
        merges_cleanly(store).await;
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
    });
}

#[test]
fn what_changed_on_both_sides_is_in_conflict_over_the_fields_that_differ() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        relocate(store, "main", "orders", "there").await;
        relocate(store, "dev", "items", "same").await;
        relocate(store, "main", "items", "same").await;
        rename(store, "dev", "items", "parts").await;
        finds(store, &[(1, modified([AssetField::Location])), (2, modified([AssetField::Name]))])
            .await;
    });
}

#[test]
fn every_field_of_the_content_can_be_in_conflict() {
    with_a_branch(async |store| {
        add_namespace(store, ["other"]).await;
        relocate(store, "main", "orders", "there").await;
        let update = AssetUpdate {
            kind: Some(AssetKind::View),
            location: Some(text("here")),
            metadata_location: Some(Some(text(""))),
            properties: Some(properties([("a", "1")])),
        };
        let orders = asset_ref("dev", ["ns"], "orders");
        store.update_asset(ACME, &orders, &update).await.unwrap();
        store.rename_asset(ACME, &orders, &place(["other"], "sold")).await.unwrap();
        let fields = [
            AssetField::Namespace,
            AssetField::Name,
            AssetField::Kind,
            AssetField::Location,
            AssetField::MetadataLocation,
            AssetField::Properties,
        ];
        finds(store, &[(1, modified(fields))]).await;
    });
}

#[test]
fn changes_of_different_fields_of_one_asset_are_a_conflict() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        rename(store, "main", "orders", "sold").await;
        finds(store, &[(1, modified([AssetField::Name, AssetField::Location]))]).await;
    });
}

#[test]
fn what_is_new_on_both_sides_and_not_the_same_is_in_conflict() {
    with_a_branch(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        add(store, "main", Asset { kind: AssetKind::View, ..asset(3, ["ns"], "views") }).await;
        finds(store, &[(3, modified([AssetField::Kind]))]).await;
    });
}

#[test]
fn what_was_deleted_on_the_source_and_changed_on_the_target_is_in_conflict() {
    with_a_branch(async |store| {
        remove(store, "dev", "orders").await;
        relocate(store, "main", "orders", "there").await;
        finds(store, &[(1, ConflictKind::DeletedInSource)]).await;
    });
}

#[test]
fn what_changed_on_the_source_and_was_deleted_on_the_target_is_in_conflict() {
    with_a_branch(async |store| {
        relocate(store, "dev", "orders", "here").await;
        remove(store, "main", "orders").await;
        finds(store, &[(1, ConflictKind::DeletedInTarget)]).await;
    });
}

#[test]
fn a_place_that_another_asset_holds_on_the_target_is_taken() {
    with_a_branch(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        add(store, "main", asset(4, ["ns"], "views")).await;
        rename(store, "dev", "orders", "sold").await;
        rename(store, "main", "items", "sold").await;
        let taken = |by| ConflictKind::NameTaken { by: id(by) };
        finds(store, &[(1, taken(2)), (3, taken(4))]).await;
    });
}

#[test]
fn a_table_that_was_dropped_and_created_again_merges() {
    with_a_branch(async |store| {
        remove(store, "dev", "orders").await;
        add(store, "dev", asset(3, ["ns"], "orders")).await;
        merges_cleanly(store).await;
        let at = asset_ref("main", ["ns"], "orders");
        assert_eq!(store.get_asset(ACME, &at).await.unwrap(), Some(asset(3, ["ns"], "orders")));
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
    });
}

#[test]
fn two_tables_that_swapped_names_merge() {
    with_a_branch(async |store| {
        rename(store, "dev", "orders", "between").await;
        rename(store, "dev", "items", "orders").await;
        rename(store, "dev", "between", "items").await;
        merges_cleanly(store).await;
        assert_eq!(assets_on(store, "main").await, assets_on(store, "dev").await);
        let now = content_of(store, "main").await;
        assert_eq!(now[0], ("items".to_owned(), "s3://lake/1".to_owned()));
    });
}

#[test]
fn a_place_that_its_holder_left_is_free() {
    with_a_branch(async |store| {
        rename(store, "dev", "orders", "sold").await;
        add(store, "dev", asset(3, ["ns"], "orders")).await;
        merges_cleanly(store).await;
        assert_eq!(names_on(store, "main").await, ["items", "orders", "sold"]);
    });
}

#[test]
fn conflicts_are_listed_by_id_and_block_the_other_changes() {
    with_a_branch(async |store| {
        for called in ["orders", "items"] {
            relocate(store, "dev", called, "here").await;
            relocate(store, "main", called, "there").await;
        }
        add(store, "dev", asset(3, ["ns"], "views")).await;
        let location = || modified([AssetField::Location]);
        finds(store, &[(1, location()), (2, location())]).await;
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
    });
}
