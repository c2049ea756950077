//! Business metadata and access requests are deleted with the last row of their asset, however that row is
//! deleted, and not before.

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

/// As [`with_a_branch`], with metadata and a request on asset 1 `orders`.
fn with_metadata(body: impl AsyncFn(&Store)) {
    with_a_branch(async |store| {
        store.create_user(&user(1, "ann")).await.unwrap();
        annotate(store, 1).await;
        body(store).await;
    });
}

async fn annotate(store: &Store, asset: u128) {
    store.upsert_business_metadata(ACME, id(asset), &metadata("kept")).await.unwrap();
    let request = NewAccessRequest { asset: id(asset), ..request(asset) };
    store.create_access_request(&request).await.unwrap();
}

/// Whether the metadata and the request of an asset exist: both do, or neither.
async fn kept(store: &Store, asset: u128) -> bool {
    let metadata = store.get_business_metadata(ACME, id(asset)).await.unwrap().is_some();
    let request = store.get_access_request(ACME, id(asset)).await.unwrap().is_some();
    let listed = store.list_access_requests(ACME, None, &all()).await.unwrap();
    let listed = listed.iter().any(|request| request.asset == id(asset));
    assert_eq!((metadata, metadata), (request, listed), "one was deleted without the other");
    metadata
}

async fn merge_dev(store: &Store) {
    let sales = name("sales");
    store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
    store.complete_merge(ACME, &sales, id(1), &merge_commit(1)).await.unwrap();
}

#[test]
fn they_stay_while_any_branch_holds_the_asset() {
    with_metadata(async |store| {
        remove(store, "main", "orders").await;
        assert!(kept(store, 1).await);
        remove(store, "dev", "orders").await;
        assert!(!kept(store, 1).await);
    });
}

#[test]
fn they_are_not_restored_with_the_asset() {
    with_metadata(async |store| {
        remove(store, "main", "orders").await;
        remove(store, "dev", "orders").await;
        add(store, "main", asset(1, ["ns"], "orders")).await;
        assert!(!kept(store, 1).await);
        annotate(store, 1).await;
        assert!(kept(store, 1).await);
    });
}

#[test]
fn those_of_other_assets_stay() {
    with_metadata(async |store| {
        annotate(store, 2).await;
        remove(store, "main", "orders").await;
        remove(store, "dev", "orders").await;
        assert!(kept(store, 2).await);
    });
}

#[test]
fn deleting_a_branch_deletes_them_when_it_had_the_last_row() {
    with_metadata(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        annotate(store, 3).await;
        store.delete_branch(ACME, &name("sales"), &name("dev")).await.unwrap();
        assert!(!kept(store, 3).await);
        assert!(kept(store, 1).await);
    });
}

#[test]
fn deleting_a_catalog_deletes_them_unless_another_one_holds_the_asset() {
    with_metadata(async |store| {
        annotate(store, 2).await;
        store.create_catalog(ACME, &catalog(2, "other")).await.unwrap();
        store.create_namespace(ACME, &name("other"), &namespace(["x"])).await.unwrap();
        let there = BranchRef { catalog: name("other"), branch: name("main") };
        store.create_asset(ACME, &there, &asset(1, ["x"], "copy")).await.unwrap();
        store.delete_catalog(ACME, &name("sales")).await.unwrap();
        assert!(kept(store, 1).await);
        assert!(!kept(store, 2).await);
        store.delete_catalog(ACME, &name("other")).await.unwrap();
        assert!(!kept(store, 1).await);
    });
}

#[test]
fn a_commit_deletes_them_when_it_deletes_the_last_row() {
    with_metadata(async |store| {
        let drop = |number| commit(number, None, [delete(["ns"], "orders")]);
        store.commit(ACME, &on("main"), &drop(1)).await.unwrap();
        assert!(kept(store, 1).await);
        store.commit(ACME, &on("dev"), &drop(2)).await.unwrap();
        assert!(!kept(store, 1).await);
    });
}

#[test]
fn a_commit_that_fails_deletes_none() {
    with_metadata(async |store| {
        remove(store, "dev", "orders").await;
        let operations = [delete(["ns"], "orders"), delete(["ns"], "gone")];
        assert!(store.commit(ACME, &on("main"), &commit(1, None, operations)).await.is_err());
        assert!(kept(store, 1).await);
    });
}

#[test]
fn they_stay_when_a_commit_moves_the_asset() {
    with_metadata(async |store| {
        remove(store, "dev", "orders").await;
        let moved = [delete(["ns"], "orders"), put(asset(1, ["ns"], "sold"))];
        store.commit(ACME, &on("main"), &commit(1, None, moved)).await.unwrap();
        assert!(kept(store, 1).await);
    });
}

#[test]
fn they_stay_when_the_asset_is_renamed_or_updated() {
    with_metadata(async |store| {
        remove(store, "dev", "orders").await;
        rename(store, "main", "orders", "sold").await;
        relocate(store, "main", "sold", "elsewhere").await;
        assert!(kept(store, 1).await);
    });
}

#[test]
fn a_merge_deletes_them_when_it_deletes_the_last_row() {
    with_metadata(async |store| {
        remove(store, "dev", "orders").await;
        assert!(kept(store, 1).await);
        merge_dev(store).await;
        assert_eq!(names_on(store, "main").await, ["items"]);
        assert!(!kept(store, 1).await);
    });
}

#[test]
fn they_stay_when_a_merge_brings_the_asset_to_the_target() {
    with_metadata(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        annotate(store, 3).await;
        merge_dev(store).await;
        store.delete_branch(ACME, &name("sales"), &name("dev")).await.unwrap();
        assert!(kept(store, 3).await);
    });
}

#[test]
fn an_asset_replaced_at_a_taken_name_loses_them() {
    with_metadata(async |store| {
        add(store, "dev", asset(3, ["ns"], "views")).await;
        add(store, "main", asset(4, ["ns"], "views")).await;
        annotate(store, 4).await;
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
        let (conflict, take) =
            (ConflictId::found(id(1), id(3)), resolution(ResolutionChoice::TakeSource));
        store.resolve_conflict(ACME, &sales, id(1), conflict, &take).await.unwrap();
        store.complete_merge(ACME, &sales, id(1), &merge_commit(1)).await.unwrap();
        assert!(!kept(store, 4).await);
        assert!(kept(store, 1).await);
    });
}

#[test]
fn those_of_an_asset_of_that_id_of_another_tenant_stay() {
    with_metadata(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        one_of_everything(store, GLOBEX, 11).await;
        store.delete_catalog(ACME, &name("sales")).await.unwrap();
        assert!(!kept(store, 1).await);
        assert!(store.get_business_metadata(GLOBEX, id(1)).await.unwrap().is_some());
        assert!(store.get_access_request(GLOBEX, id(1)).await.unwrap().is_some());
    });
}
