//! What calls leave that are given up.

use pangolin_store::*;

use super::scene::*;
use crate::fixtures::*;

#[test]
fn the_next_write_waits_for_a_lock_that_nobody_holds() {
    with("lock-kept", async |store| {
        give_up(store.update_asset(ACME, &orders(), &to("first")), 1).await;
        give_up(store.update_asset(ACME, &orders(), &to("second")), 1_000).await;
        assert!(store.get_asset(ACME, &orders()).await.unwrap().is_some());
    });
}

#[test]
fn calls_fail_when_all_sessions_were_left_open() {
    with("session-left-open", async |store| {
        give_up(store.get_tenant(ACME), 1).await;
        assert!(store.get_tenant(ACME).await.is_ok());
        give_up(store.get_tenant(ACME), 1).await;
        assert!(matches!(store.get_tenant(ACME).await, Err(StoreError::Backend { .. })));
    });
}

#[test]
fn an_update_leaves_one_of_two_fields() {
    with("update-half-written", async |store| {
        let update = AssetUpdate { kind: Some(AssetKind::View), ..to("changed") };
        give_up(store.update_asset(ACME, &orders(), &update), 1).await;
        let now = store.get_asset(ACME, &orders()).await.unwrap().unwrap();
        assert_eq!(now.kind, AssetKind::View);
        assert_eq!(now.location, asset(1, ["ns"], "orders").location);
    });
}

#[test]
fn a_commit_leaves_one_of_two_assets_without_a_head() {
    with("commit-half-written", async |store| {
        let puts = [3, 4].map(|number| put(asset(number, ["ns"], &number.to_string())));
        let commit = commit(1, None, puts);
        give_up(store.commit(ACME, &on("main"), &commit), 1).await;
        assert_eq!(names_on(store, "main").await, ["3", "items", "orders"]);
        let main = store.get_branch(ACME, &sales(), &name("main")).await.unwrap().unwrap();
        assert_eq!(main.head, None);
    });
}

#[test]
fn a_deletion_leaves_a_user_with_one_of_two_permissions() {
    with("user-half-deleted", async |store| {
        for number in [1, 2] {
            let permission = permission(number, Scope::Tenant, [Action::Read]);
            store.grant_permission(ACME, &permission).await.unwrap();
        }
        give_up(store.delete_user(id(1)), 1).await;
        assert!(store.get_user(id(1)).await.unwrap().is_some());
        let left = store.list_user_permissions(ACME, id(1), &all()).await.unwrap();
        assert_eq!(left.len(), 1);
    });
}
