//! Catalogs.

use pangolin_store::*;

use super::checks::{already_exists, conflict, not_found, unchanged};
use super::fixtures::*;
use super::scenes::{in_a_catalog, in_a_tenant, one_of_everything};
use super::snapshot::Snapshot;
use super::stores::Store;

async fn create(store: &Store, catalog: &Catalog) {
    store.create_catalog(ACME, catalog).await.unwrap();
}

async fn update(store: &Store, of: &str, update: CatalogUpdate) -> Result<Catalog> {
    store.update_catalog(ACME, &name(of), &update).await
}

#[test]
fn a_catalog_comes_back_as_it_was_created() {
    in_a_tenant(async |store| {
        store.create_warehouse(ACME, &warehouse(1, "lake")).await.unwrap();
        let full = Catalog {
            warehouse: Some(name("lake")),
            storage_location: Some(text("s3://lake/sales")),
            properties: properties([("a.b", ""), ("c", "d")]),
            ..federated(1, "full")
        };
        let blank = Catalog { storage_location: Some(text("")), ..catalog(2, "blank") };
        for created in [&full, &blank, &catalog(3, "bare")] {
            create(store, created).await;
            let found = store.get_catalog(ACME, &created.name).await.unwrap();
            assert_eq!(found.as_ref(), Some(created));
        }
        let listed = store.list_catalogs(ACME, &all()).await.unwrap();
        assert_eq!(listed, [catalog(3, "bare"), blank, full]);
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_tenant(async |store| {
        for tenant in [ACME, NOBODY] {
            assert_eq!(store.get_catalog(tenant, &name("sales")).await.unwrap(), None);
            assert_eq!(store.list_catalogs(tenant, &all()).await.unwrap(), []);
        }
    });
}

#[test]
fn main_is_created_with_the_catalog() {
    in_a_tenant(async |store| {
        create(store, &catalog(1, "sales")).await;
        let main = store.get_branch(ACME, &name("sales"), &name("main")).await.unwrap();
        let born = Branch { name: name("main"), kind: BranchKind::Main, parent: None, head: None };
        assert_eq!(main, Some(born.clone()));
        let branches = store.list_branches(ACME, &name("sales"), &all()).await.unwrap();
        assert_eq!(branches, [born]);
    });
}

#[test]
fn writes_check_the_tenant_and_then_the_catalog() {
    in_a_tenant(async |store| {
        let (sales, none) = (name("sales"), CatalogUpdate::default());
        not_found(Entity::Tenant, store.create_catalog(NOBODY, &catalog(1, "sales")).await);
        for (tenant, missing) in [(NOBODY, Entity::Tenant), (ACME, Entity::Catalog)] {
            not_found(missing, store.update_catalog(tenant, &sales, &none).await);
            not_found(missing, store.delete_catalog(tenant, &sales).await);
        }
    });
}

#[test]
fn an_id_and_a_name_are_taken_before_a_warehouse_is_missing() {
    in_a_tenant(async |store| {
        create(store, &catalog(1, "sales")).await;
        unchanged(store, async || {
            for taken in [catalog(1, "other"), federated(2, "sales")] {
                let taken = Catalog { warehouse: Some(name("nowhere")), ..taken };
                already_exists(Entity::Catalog, store.create_catalog(ACME, &taken).await);
            }
        })
        .await;
    });
}

#[test]
fn a_catalog_of_a_missing_warehouse_is_not_created() {
    in_a_tenant(async |store| {
        unchanged(store, async || {
            let sales = Catalog { warehouse: Some(name("nowhere")), ..catalog(1, "sales") };
            not_found(Entity::Warehouse, store.create_catalog(ACME, &sales).await);
            let main = store.get_branch(ACME, &name("sales"), &name("main")).await.unwrap();
            assert_eq!(main, None);
        })
        .await;
        create(store, &catalog(1, "sales")).await;
    });
}

#[test]
fn catalogs_are_listed_by_name_bytewise() {
    in_a_tenant(async |store| {
        for (number, called) in (1..).zip(scrambled()) {
            create(store, &catalog(number, called)).await;
        }
        let listed = store.list_catalogs(ACME, &all()).await.unwrap();
        let names: Vec<_> = listed.iter().map(|catalog| catalog.name.as_str()).collect();
        assert_eq!(names, BYTEWISE);
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    in_a_tenant(async |store| {
        store.create_warehouse(ACME, &warehouse(1, "lake")).await.unwrap();
        let before = Catalog {
            warehouse: Some(name("lake")),
            storage_location: Some(text("s3://lake/sales")),
            properties: properties([("a", "1")]),
            ..federated(1, "sales")
        };
        create(store, &before).await;
        assert_eq!(update(store, "sales", CatalogUpdate::default()).await.unwrap(), before);
        let change =
            CatalogUpdate { storage_location: Some(Some(text(""))), ..CatalogUpdate::default() };
        let now = update(store, "sales", change).await.unwrap();
        assert_eq!(now, Catalog { storage_location: Some(text("")), ..before });
        assert_eq!(store.get_catalog(ACME, &name("sales")).await.unwrap(), Some(now));
    });
}

#[test]
fn an_update_empties_what_may_be_empty() {
    in_a_tenant(async |store| {
        store.create_warehouse(ACME, &warehouse(1, "lake")).await.unwrap();
        let full = Catalog {
            warehouse: Some(name("lake")),
            storage_location: Some(text("s3://lake/sales")),
            ..catalog(1, "sales")
        };
        create(store, &full).await;
        let empty = CatalogUpdate {
            warehouse: Some(None),
            storage_location: Some(None),
            ..CatalogUpdate::default()
        };
        assert_eq!(update(store, "sales", empty).await.unwrap(), catalog(1, "sales"));
        let now = store.get_catalog(ACME, &name("sales")).await.unwrap();
        assert_eq!(now, Some(catalog(1, "sales")));
    });
}

#[test]
fn an_update_replaces_properties_and_federation_whole() {
    in_a_tenant(async |store| {
        let before = Catalog { properties: properties([("a", "1")]), ..federated(1, "far") };
        create(store, &before).await;
        let change = CatalogUpdate {
            federation: Some(properties([("token", "t")])),
            properties: Some(properties([("b", "2")])),
            ..CatalogUpdate::default()
        };
        let now = update(store, "far", change).await.unwrap();
        let kind = CatalogKind::Federated { properties: properties([("token", "t")]) };
        assert_eq!(now, Catalog { kind, properties: properties([("b", "2")]), ..before });
        assert_eq!(store.get_catalog(ACME, &name("far")).await.unwrap(), Some(now));
    });
}

#[test]
fn a_local_catalog_takes_no_federation_properties() {
    in_a_tenant(async |store| {
        create(store, &catalog(1, "sales")).await;
        unchanged(store, async || {
            let change = CatalogUpdate {
                name: Some(name("other")),
                federation: Some(properties([])),
                ..CatalogUpdate::default()
            };
            conflict(ConflictReason::NotFederated, update(store, "sales", change).await);
        })
        .await;
    });
}

#[test]
fn an_update_checks_the_name_then_the_warehouse_then_the_kind() {
    in_a_tenant(async |store| {
        create(store, &catalog(1, "sales")).await;
        create(store, &catalog(2, "taken")).await;
        unchanged(store, async || {
            let mut change = CatalogUpdate {
                name: Some(name("taken")),
                warehouse: Some(Some(name("nowhere"))),
                federation: Some(properties([])),
                ..CatalogUpdate::default()
            };
            not_found(Entity::Catalog, update(store, "nothing", change.clone()).await);
            already_exists(Entity::Catalog, update(store, "sales", change.clone()).await);
            change.name = None;
            not_found(Entity::Warehouse, update(store, "sales", change.clone()).await);
            change.warehouse = None;
            conflict(ConflictReason::NotFederated, update(store, "sales", change).await);
        })
        .await;
    });
}

#[test]
fn a_renamed_catalog_keeps_its_content() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        let sales = Snapshot::of_tenant(store, ACME).await;
        let to = |called| CatalogUpdate { name: Some(name(called)), ..CatalogUpdate::default() };
        update(store, "sales", to("revenue")).await.unwrap();
        let orders = AssetRef { catalog: name("revenue"), ..asset_ref("dev", ["ns"], "orders") };
        assert!(store.get_asset(ACME, &orders).await.unwrap().is_some());
        let old = asset_ref("dev", ["ns"], "orders");
        assert_eq!(store.get_asset(ACME, &old).await.unwrap(), None);
        assert_eq!(store.list_branches(ACME, &name("sales"), &all()).await.unwrap(), []);
        update(store, "revenue", to("sales")).await.unwrap();
        sales.is_still(&Snapshot::of_tenant(store, ACME).await);
    });
}

#[test]
fn a_released_name_can_name_a_new_and_empty_catalog() {
    in_a_catalog(async |store| {
        let to = CatalogUpdate { name: Some(name("revenue")), ..CatalogUpdate::default() };
        update(store, "sales", to).await.unwrap();
        create(store, &catalog(2, "sales")).await;
        let namespaces = store.list_namespaces(ACME, &name("sales"), &None, &all()).await.unwrap();
        assert_eq!(namespaces, []);
    });
}

#[test]
fn deleting_a_catalog_deletes_all_that_is_in_it() {
    in_a_tenant(async |store| {
        let sales = name("sales");
        one_of_everything(store, ACME, 1).await;
        store.delete_catalog(ACME, &sales).await.unwrap();
        assert_eq!(store.get_catalog(ACME, &sales).await.unwrap(), None);
        assert_eq!(store.count_assets(ACME).await.unwrap(), 0);
        assert_eq!(store.count_namespaces(ACME).await.unwrap(), 0);
        assert_eq!(store.list_branches(ACME, &sales, &all()).await.unwrap(), []);
        assert_eq!(store.list_merges(ACME, &sales, &all()).await.unwrap(), []);
        assert_eq!(store.get_commit(ACME, &sales, id(1)).await.unwrap(), None);
    });
}

#[test]
fn a_catalog_that_is_created_again_is_empty() {
    in_a_tenant(async |store| {
        let sales = name("sales");
        one_of_everything(store, ACME, 1).await;
        store.delete_catalog(ACME, &sales).await.unwrap();
        create(store, &catalog(1, "sales")).await;
        let branches = store.list_branches(ACME, &sales, &all()).await.unwrap();
        assert_eq!(branches, [Branch::main()]);
        assert_eq!(store.list_tags(ACME, &sales, &all()).await.unwrap(), []);
        assert_eq!(store.list_merges(ACME, &sales, &all()).await.unwrap(), []);
        assert_eq!(store.list_namespaces(ACME, &sales, &None, &all()).await.unwrap(), []);
        let from = HistoryStart::Commit(id(1));
        assert_eq!(store.commit_history(ACME, &sales, &from, limit(9)).await.unwrap(), []);
    });
}

#[test]
fn a_federated_catalog_that_is_created_again_was_never_synchronised() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        store.delete_catalog(ACME, &name("far")).await.unwrap();
        create(store, &federated(2, "far")).await;
        assert_eq!(store.get_sync(ACME, &name("far")).await.unwrap(), None);
    });
}

#[test]
fn deleting_a_catalog_leaves_the_others() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        let before = Snapshot::of_tenant(store, ACME).await;
        for other in ["sale", "sales ", "sales2", "Sales"] {
            create(store, &catalog(9, other)).await;
            let ns = namespace(["ns"]);
            store.create_namespace(ACME, &name(other), &ns).await.unwrap();
            store.delete_catalog(ACME, &name(other)).await.unwrap();
            before.is_still(&Snapshot::of_tenant(store, ACME).await);
        }
    });
}

#[test]
fn deleting_a_catalog_leaves_the_one_of_that_name_of_another_tenant() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        one_of_everything(store, ACME, 1).await;
        one_of_everything(store, GLOBEX, 11).await;
        let before = Snapshot::of_tenant(store, GLOBEX).await;
        for catalog in ["sales", "far"] {
            store.delete_catalog(ACME, &name(catalog)).await.unwrap();
        }
        before.is_still(&Snapshot::of_tenant(store, GLOBEX).await);
    });
}

#[test]
fn deleting_a_missing_catalog_deletes_nothing() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        one_of_everything(store, ACME, 1).await;
        unchanged(store, async || {
            not_found(Entity::Catalog, store.delete_catalog(ACME, &name("nothing")).await);
            not_found(Entity::Catalog, store.delete_catalog(GLOBEX, &name("sales")).await);
        })
        .await;
    });
}

#[test]
fn an_update_moves_a_catalog_to_another_warehouse() {
    in_a_tenant(async |store| {
        for (number, called) in [(1, "lake"), (2, "sea")] {
            store.create_warehouse(ACME, &warehouse(number, called)).await.unwrap();
        }
        create(store, &Catalog { warehouse: Some(name("lake")), ..catalog(1, "sales") }).await;
        let change =
            CatalogUpdate { warehouse: Some(Some(name("sea"))), ..CatalogUpdate::default() };
        let moved = update(store, "sales", change).await.unwrap();
        assert_eq!(moved, Catalog { warehouse: Some(name("sea")), ..catalog(1, "sales") });
        assert_eq!(store.get_catalog(ACME, &name("sales")).await.unwrap(), Some(moved));
        store.delete_warehouse(ACME, &name("lake")).await.unwrap();
        conflict(ConflictReason::InUse, store.delete_warehouse(ACME, &name("sea")).await);
    });
}

#[test]
fn a_catalog_can_be_renamed_to_its_own_name() {
    in_a_tenant(async |store| {
        create(store, &catalog(1, "sales")).await;
        let same = CatalogUpdate { name: Some(name("sales")), ..CatalogUpdate::default() };
        assert_eq!(update(store, "sales", same).await.unwrap(), catalog(1, "sales"));
    });
}
