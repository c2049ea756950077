//! The synchronisation of federated catalogs.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::checks::{conflict, not_found, unchanged};
use super::fixtures::*;
use super::scenes::in_a_tenant;
use super::stores::Store;

/// [`ACME`] with the federated catalog `far` and the local one `near`.
fn with_catalogs(body: impl AsyncFn(&Store)) {
    in_a_tenant(async |store| {
        store.create_catalog(ACME, &federated(1, "far")).await.unwrap();
        store.create_catalog(ACME, &catalog(2, "near")).await.unwrap();
        body(store).await;
    });
}

async fn get(store: &Store, catalog: &str) -> Option<SyncStatus> {
    store.get_sync(ACME, &name(catalog)).await.unwrap()
}

#[test]
fn before_the_first_synchronisation_there_is_none() {
    with_catalogs(async |store| {
        for catalog in ["far", "near", "gone"] {
            assert_eq!(get(store, catalog).await, None);
        }
        assert_eq!(store.get_sync(NOBODY, &name("far")).await.unwrap(), None);
    });
}

#[test]
fn the_last_synchronisation_replaces_the_previous_one_completely() {
    with_catalogs(async |store| {
        for status in SyncOutcome::iter() {
            for error in [Some(text("timeout")), Some(text("")), None] {
                let last = SyncStatus {
                    last_synced_at: at(-7),
                    tables_synced: u32::MAX,
                    namespaces_synced: 0,
                    error,
                    ..sync(status)
                };
                store.record_sync(ACME, &name("far"), &sync(SyncOutcome::Syncing)).await.unwrap();
                store.record_sync(ACME, &name("far"), &last).await.unwrap();
                assert_eq!(get(store, "far").await, Some(last));
            }
        }
    });
}

#[test]
fn a_local_catalog_is_not_synchronised() {
    with_catalogs(async |store| {
        unchanged(store, async || {
            let recorded =
                store.record_sync(ACME, &name("near"), &sync(SyncOutcome::Success)).await;
            conflict(ConflictReason::NotFederated, recorded);
        })
        .await;
    });
}

#[test]
fn a_record_checks_the_tenant_and_then_the_catalog() {
    with_catalogs(async |store| {
        let sync = sync(SyncOutcome::Success);
        not_found(Entity::Tenant, store.record_sync(NOBODY, &name("gone"), &sync).await);
        not_found(Entity::Catalog, store.record_sync(ACME, &name("gone"), &sync).await);
    });
}

#[test]
fn a_synchronisation_stays_when_the_catalog_is_updated_or_renamed() {
    with_catalogs(async |store| {
        store.record_sync(ACME, &name("far"), &sync(SyncOutcome::Success)).await.unwrap();
        let update = CatalogUpdate {
            name: Some(name("farther")),
            federation: Some(properties([])),
            ..CatalogUpdate::default()
        };
        store.update_catalog(ACME, &name("far"), &update).await.unwrap();
        assert_eq!(get(store, "farther").await, Some(sync(SyncOutcome::Success)));
        assert_eq!(get(store, "far").await, None);
    });
}

#[test]
fn federated_catalogs_are_listed_and_found_as_federated() {
    with_catalogs(async |store| {
        let listed = store.list_catalogs(ACME, &all()).await.unwrap();
        assert_eq!(listed, [federated(1, "far"), catalog(2, "near")]);
        let found = store.search_catalogs(ACME, &text("far"), &all()).await.unwrap();
        assert_eq!(found, [federated(1, "far")]);
        let got = store.get_catalog(ACME, &name("far")).await.unwrap();
        assert_eq!(got, Some(federated(1, "far")));
    });
}

#[test]
fn a_federated_catalog_holds_namespaces_branches_and_assets_like_a_local_one() {
    with_catalogs(async |store| {
        let far = name("far");
        store.create_namespace(ACME, &far, &namespace(["ns"])).await.unwrap();
        let main = BranchRef { catalog: far.clone(), branch: name("main") };
        store.create_asset(ACME, &main, &asset(1, ["ns"], "orders")).await.unwrap();
        store.create_branch(ACME, &far, &ingest("dev", "main")).await.unwrap();
        assert_eq!(store.count_assets(ACME).await.unwrap(), 2);
    });
}
