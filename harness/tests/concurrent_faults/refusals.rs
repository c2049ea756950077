//! Refusals that are not true.

use futures_util::future::join;
use pangolin_store::*;

use super::scene::*;
use crate::fixtures::*;

fn is_taken<T>(answer: Result<T>) -> bool {
    matches!(answer, Err(StoreError::AlreadyExists { .. }))
}

fn is_stale<T>(answer: Result<T>) -> bool {
    matches!(answer, Err(StoreError::Conflict { reason: ConflictReason::Stale, .. }))
}

fn is_not_empty<T>(answer: Result<T>) -> bool {
    matches!(answer, Err(StoreError::Conflict { reason: ConflictReason::NotEmpty, .. }))
}

#[test]
fn a_place_is_refused_that_nobody_gets() {
    with("refused-by-reservation", async |store| {
        let main = on("main");
        let [taken_id, free_id] = [1, 9].map(|number| asset(number, ["ns"], "new"));
        let (first, second) = join(
            store.create_asset(ACME, &main, &taken_id),
            store.create_asset(ACME, &main, &free_id),
        )
        .await;
        assert!(is_taken(first) && is_taken(second));
        assert_eq!(names_on(store, "main").await, ["items", "orders"]);
    });
}

#[test]
fn a_namespace_that_stays_is_not_found() {
    with("refused-by-deletion-that-fails", async |store| {
        let (catalog, path, changes) = (sales(), path(["ns"]), PropertyChanges::default());
        let (deleted, changed) = join(
            store.delete_namespace(ACME, &catalog, &path),
            store.set_namespace_properties(ACME, &catalog, &path, &changes),
        )
        .await;
        assert!(is_not_empty(deleted));
        assert!(matches!(changed, Err(StoreError::NotFound { entity: Entity::Namespace, .. })));
    });
}

#[test]
fn a_namespace_is_deleted_after_its_deletion_was_refused() {
    with("refused-and-done-later", async |store| {
        let (catalog, path) = (sales(), path(["a"]));
        let (deleted, _) =
            join(store.delete_namespace(ACME, &catalog, &path), store.get_tenant(ACME)).await;
        assert!(is_not_empty(deleted));
        assert_eq!(store.get_namespace(ACME, &catalog, &path).await.unwrap(), None);
    });
}

#[test]
fn a_role_that_did_not_exist_is_refused_as_existing() {
    with("already-exists-for-own-write", async |store| {
        let role = role(1, "reader");
        let (created, _) = join(store.create_role(ACME, &role), store.get_tenant(ACME)).await;
        assert!(is_taken(created));
        assert_eq!(store.list_roles(ACME, &all()).await.unwrap(), [role]);
    });
}

#[test]
fn a_commit_that_was_made_is_refused_as_stale() {
    with("stale-for-own-commit", async |store| {
        let (main, made) = (on("main"), commit(1, None, [put(asset(3, ["ns"], "new"))]));
        let (committed, _) = join(store.commit(ACME, &main, &made), store.get_tenant(ACME)).await;
        assert!(is_stale(committed));
        assert!(store.get_commit(ACME, &sales(), id(1)).await.unwrap().is_some());
    });
}

#[test]
fn a_swap_that_was_made_is_refused_as_stale() {
    with("stale-for-own-swap", async |store| {
        let (at, swap) = (orders(), MetadataSwap { expected: None, new: text("v1") });
        let (swapped, _) =
            join(store.commit_metadata(ACME, &at, &swap), store.get_tenant(ACME)).await;
        assert!(is_stale(swapped));
        let now = store.get_asset(ACME, &at).await.unwrap().unwrap();
        assert_eq!(now.metadata_location, Some(text("v1")));
    });
}
