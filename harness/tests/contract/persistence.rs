//! What a persistent store has acknowledged is there when it is opened again.

use super::fixtures::*;
use super::scenes::{one_of_everything, remove};
use super::snapshot::Snapshot;
use super::stores::across_a_restart;

#[test]
fn everything_that_was_written_is_there_after_a_restart() {
    across_a_restart(
        async |store| {
            store.create_tenant(&tenant(1, "acme")).await.unwrap();
            one_of_everything(store, ACME, 1).await;
            Snapshot::of(store).await
        },
        async |store, before| before.is_still(&Snapshot::of(store).await),
    );
}

#[test]
fn deleted_rows_are_not_restored_after_a_restart() {
    across_a_restart(
        async |store| {
            store.create_tenant(&tenant(1, "acme")).await.unwrap();
            one_of_everything(store, ACME, 1).await;
            store.delete_tenant(ACME).await.unwrap();
        },
        async |store, ()| {
            assert_eq!(store.list_tenants(&all()).await.unwrap(), []);
            assert_eq!(store.list_users(None, &all()).await.unwrap(), []);
        },
    );
}

#[test]
fn the_bases_of_a_branch_outlive_a_restart() {
    across_a_restart(
        async |store| {
            store.create_tenant(&tenant(1, "acme")).await.unwrap();
            store.create_catalog(ACME, &catalog(1, "sales")).await.unwrap();
            super::scenes::add_namespace(store, ["ns"]).await;
            super::scenes::add(store, "main", asset(1, ["ns"], "orders")).await;
            super::scenes::branch_off(store, "dev").await;
            remove(store, "dev", "orders").await;
        },
        async |store, ()| {
            let sales = name("sales");
            store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
            store.complete_merge(ACME, &sales, id(1), &merge_commit(1)).await.unwrap();
            assert_eq!(store.count_assets(ACME).await.unwrap(), 0);
        },
    );
}
