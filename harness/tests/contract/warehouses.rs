//! Warehouses.

use pangolin_store::*;

use super::checks::{already_exists, conflict, not_found, unchanged};
use super::fixtures::*;
use super::scenes::in_a_tenant;
use super::stores::Store;

fn vendings() -> [Option<Vending>; 7] {
    let role_arn = text("arn:aws:iam::1:role/r");
    [
        None,
        Some(Vending::AwsSts { role_arn: role_arn.clone(), external_id: None }),
        Some(Vending::AwsSts { role_arn: role_arn.clone(), external_id: Some(text("")) }),
        Some(Vending::AwsSts { role_arn, external_id: Some(text("x")) }),
        Some(Vending::AwsStatic {
            access_key_id: text("AKIA"),
            secret_access_key: secret("wJalr/…"),
        }),
        Some(Vending::AzureSas { account_name: text(""), account_key: secret("==") }),
        Some(Vending::GcpDownscoped {
            service_account_email: text("a@b"),
            private_key: secret("-----BEGIN\n"),
        }),
    ]
}

async fn create(store: &Store, warehouse: &Warehouse) {
    store.create_warehouse(ACME, warehouse).await.unwrap();
}

async fn update(store: &Store, of: &str, update: WarehouseUpdate) -> Result<Warehouse> {
    store.update_warehouse(ACME, &name(of), &update).await
}

#[test]
fn a_warehouse_comes_back_with_its_vending() {
    in_a_tenant(async |store| {
        for (number, vending) in (0..).zip(vendings()) {
            let created = Warehouse { vending, ..warehouse(number, &format!("w{number}")) };
            create(store, &created).await;
            let found = store.get_warehouse(ACME, &created.name).await.unwrap();
            assert_eq!(found, Some(created.clone()));
            assert_eq!(store.list_warehouses(ACME, &all()).await.unwrap().last(), Some(&created));
        }
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_tenant(async |store| {
        for tenant in [ACME, NOBODY] {
            assert_eq!(store.get_warehouse(tenant, &name("lake")).await.unwrap(), None);
            assert_eq!(store.list_warehouses(tenant, &all()).await.unwrap(), []);
        }
    });
}

#[test]
fn writes_check_the_tenant_and_then_the_warehouse() {
    in_a_tenant(async |store| {
        let (lake, none) = (name("lake"), WarehouseUpdate::default());
        not_found(Entity::Tenant, store.create_warehouse(NOBODY, &warehouse(1, "lake")).await);
        for (tenant, missing) in [(NOBODY, Entity::Tenant), (ACME, Entity::Warehouse)] {
            not_found(missing, store.update_warehouse(tenant, &lake, &none).await);
            not_found(missing, store.delete_warehouse(tenant, &lake).await);
        }
    });
}

#[test]
fn an_id_and_a_name_are_taken_once() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        unchanged(store, async || {
            for taken in [warehouse(1, "pond"), warehouse(2, "lake")] {
                already_exists(Entity::Warehouse, store.create_warehouse(ACME, &taken).await);
            }
        })
        .await;
    });
}

#[test]
fn warehouses_are_listed_by_name_bytewise() {
    in_a_tenant(async |store| {
        for (number, called) in (1..).zip(scrambled()) {
            create(store, &warehouse(number, called)).await;
        }
        let listed = store.list_warehouses(ACME, &all()).await.unwrap();
        let names: Vec<_> = listed.iter().map(|warehouse| warehouse.name.as_str()).collect();
        assert_eq!(names, BYTEWISE);
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    in_a_tenant(async |store| {
        let [.., vending] = vendings();
        let before = Warehouse { vending, ..warehouse(1, "lake") };
        create(store, &before).await;
        assert_eq!(update(store, "lake", WarehouseUpdate::default()).await.unwrap(), before);
        let rename = WarehouseUpdate { name: Some(name("pond")), ..WarehouseUpdate::default() };
        let renamed = update(store, "lake", rename).await.unwrap();
        assert_eq!(renamed, Warehouse { name: name("pond"), ..before });
        assert_eq!(store.get_warehouse(ACME, &name("pond")).await.unwrap(), Some(renamed));
        assert_eq!(store.get_warehouse(ACME, &name("lake")).await.unwrap(), None);
    });
}

#[test]
fn an_update_replaces_the_whole_storage_configuration() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        let storage_config = Some(properties([("region", "eu")]));
        let now = WarehouseUpdate { storage_config, ..WarehouseUpdate::default() };
        let now = update(store, "lake", now).await.unwrap();
        assert_eq!(now.storage_config, properties([("region", "eu")]));
        assert_eq!(store.get_warehouse(ACME, &name("lake")).await.unwrap(), Some(now));
    });
}

#[test]
fn an_update_replaces_or_empties_the_vending() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        for vending in vendings().into_iter().rev() {
            let change =
                WarehouseUpdate { vending: Some(vending.clone()), ..WarehouseUpdate::default() };
            assert_eq!(update(store, "lake", change).await.unwrap().vending, vending);
            let now = store.get_warehouse(ACME, &name("lake")).await.unwrap().unwrap();
            assert_eq!(now, Warehouse { vending, ..warehouse(1, "lake") });
        }
    });
}

#[test]
fn an_update_that_fails_changes_no_field() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        create(store, &warehouse(2, "pond")).await;
        unchanged(store, async || {
            let change = WarehouseUpdate {
                name: Some(name("pond")),
                storage_config: Some(properties([])),
                vending: None,
            };
            already_exists(Entity::Warehouse, update(store, "lake", change.clone()).await);
            not_found(Entity::Warehouse, update(store, "sea", change).await);
        })
        .await;
    });
}

#[test]
fn a_warehouse_can_be_renamed_to_its_own_name() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        let same = WarehouseUpdate { name: Some(name("lake")), ..WarehouseUpdate::default() };
        assert_eq!(update(store, "lake", same).await.unwrap(), warehouse(1, "lake"));
    });
}

#[test]
fn renaming_a_warehouse_renames_it_in_its_catalogs() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        create(store, &warehouse(2, "sea")).await;
        for (number, on) in [(1, Some("lake")), (2, Some("sea")), (3, Some("lake")), (4, None)] {
            let warehouse = on.map(name);
            let catalog = Catalog { warehouse, ..catalog(number, &format!("c{number}")) };
            store.create_catalog(ACME, &catalog).await.unwrap();
        }
        let rename = WarehouseUpdate { name: Some(name("pond")), ..WarehouseUpdate::default() };
        update(store, "lake", rename).await.unwrap();
        let catalogs = store.list_catalogs(ACME, &all()).await.unwrap();
        let named: Vec<_> = catalogs.into_iter().map(|catalog| catalog.warehouse).collect();
        let pond = Some(name("pond"));
        assert_eq!(named, [pond.clone(), Some(name("sea")), pond, None]);
    });
}

#[test]
fn a_warehouse_is_in_use_while_a_catalog_names_it() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        let sales = Catalog { warehouse: Some(name("lake")), ..catalog(1, "sales") };
        store.create_catalog(ACME, &sales).await.unwrap();
        unchanged(store, async || {
            let deleted = store.delete_warehouse(ACME, &name("lake")).await;
            conflict(ConflictReason::InUse, deleted);
        })
        .await;
        store.delete_catalog(ACME, &name("sales")).await.unwrap();
        store.delete_warehouse(ACME, &name("lake")).await.unwrap();
        assert_eq!(store.list_warehouses(ACME, &all()).await.unwrap(), []);
    });
}

#[test]
fn a_warehouse_that_no_catalog_names_any_more_can_be_deleted() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        let sales = Catalog { warehouse: Some(name("lake")), ..catalog(1, "sales") };
        store.create_catalog(ACME, &sales).await.unwrap();
        let leave = CatalogUpdate { warehouse: Some(None), ..CatalogUpdate::default() };
        store.update_catalog(ACME, &name("sales"), &leave).await.unwrap();
        store.delete_warehouse(ACME, &name("lake")).await.unwrap();
    });
}

#[test]
fn a_warehouse_is_still_in_use_under_its_new_name() {
    in_a_tenant(async |store| {
        create(store, &warehouse(1, "lake")).await;
        let sales = Catalog { warehouse: Some(name("lake")), ..catalog(1, "sales") };
        store.create_catalog(ACME, &sales).await.unwrap();
        let rename = WarehouseUpdate { name: Some(name("pond")), ..WarehouseUpdate::default() };
        update(store, "lake", rename).await.unwrap();
        create(store, &warehouse(2, "lake")).await;
        store.delete_warehouse(ACME, &name("lake")).await.unwrap();
        conflict(ConflictReason::InUse, store.delete_warehouse(ACME, &name("pond")).await);
    });
}
