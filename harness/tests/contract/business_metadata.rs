//! Business metadata.

use pangolin_store::*;
use serde_json::json;

use super::checks::{not_found, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

/// `sales` with asset 1 `orders` on `main`.
fn with_an_asset(body: impl AsyncFn(&Store)) {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        body(store).await;
    });
}

async fn upsert(store: &Store, write: &MetadataWrite) -> BusinessMetadata {
    store.upsert_business_metadata(ACME, id(1), write).await.unwrap()
}

async fn get(store: &Store) -> Option<BusinessMetadata> {
    store.get_business_metadata(ACME, id(1)).await.unwrap()
}

fn full() -> MetadataWrite {
    MetadataWrite {
        description: Some(text("all orders")),
        tags: set(["pii", "gold", "%", "é"].map(name)),
        properties: super::fixtures::json(json!({ "a.b": { "$c": [1, 1.0, null, "x"] } })),
        discoverable: true,
        by: id(7),
        at: at(70),
    }
}

#[test]
fn metadata_come_back_as_they_were_written() {
    with_an_asset(async |store| {
        let expected = BusinessMetadata {
            asset: id(1),
            description: Some(text("all orders")),
            tags: set(["pii", "gold", "%", "é"].map(name)),
            properties: full().properties,
            discoverable: true,
            created_by: id(7),
            created_at: at(70),
            updated_by: id(7),
            updated_at: at(70),
        };
        assert_eq!(upsert(store, &full()).await, expected);
        assert_eq!(get(store).await, Some(expected));
    });
}

#[test]
fn empty_metadata_come_back_as_they_were_written() {
    with_an_asset(async |store| {
        for description in [None, Some(text(""))] {
            for properties in [json!(null), json!({}), json!([]), json!(0), json!("")] {
                let properties = super::fixtures::json(properties);
                let write = MetadataWrite {
                    description: description.clone(),
                    properties: properties.clone(),
                    ..metadata("")
                };
                upsert(store, &write).await;
                let now = get(store).await.unwrap();
                assert_eq!((&now.description, &now.properties), (&description, &properties));
                assert_eq!((now.tags, now.discoverable), (set([]), false));
            }
        }
    });
}

#[test]
fn a_second_write_replaces_all_but_the_first_author_and_time() {
    with_an_asset(async |store| {
        upsert(store, &full()).await;
        let second = MetadataWrite {
            description: None,
            tags: set([name("silver")]),
            properties: Json::default(),
            discoverable: false,
            by: id(8),
            at: at(60),
        };
        let expected = BusinessMetadata {
            asset: id(1),
            description: None,
            tags: set([name("silver")]),
            properties: Json::default(),
            discoverable: false,
            created_by: id(7),
            created_at: at(70),
            updated_by: id(8),
            updated_at: at(60),
        };
        assert_eq!(upsert(store, &second).await, expected);
        assert_eq!(get(store).await, Some(expected));
    });
}

#[test]
fn missing_metadata_are_none() {
    with_an_asset(async |store| {
        assert_eq!(get(store).await, None);
        upsert(store, &full()).await;
        for (tenant, asset) in [(ACME, 2), (NOBODY, 1)] {
            let found = store.get_business_metadata(tenant, id(asset)).await.unwrap();
            assert_eq!(found, None);
        }
    });
}

#[test]
fn a_write_checks_the_tenant_and_then_the_asset_on_any_branch() {
    with_an_asset(async |store| {
        branch_off(store, "dev").await;
        add(store, "dev", asset(2, ["ns"], "items")).await;
        unchanged(store, async || {
            let upsert = async |tenant, asset| {
                store.upsert_business_metadata(tenant, id(asset), &full()).await
            };
            not_found(Entity::Tenant, upsert(NOBODY, 1).await);
            not_found(Entity::Asset, upsert(ACME, 3).await);
        })
        .await;
        store.upsert_business_metadata(ACME, id(2), &full()).await.unwrap();
    });
}

#[test]
fn deleted_metadata_are_gone_and_their_asset_stays() {
    with_an_asset(async |store| {
        upsert(store, &full()).await;
        store.delete_business_metadata(ACME, id(1)).await.unwrap();
        assert_eq!(get(store).await, None);
        let twice = store.delete_business_metadata(ACME, id(1)).await;
        not_found(Entity::BusinessMetadata, twice);
        let elsewhere = store.delete_business_metadata(NOBODY, id(1)).await;
        not_found(Entity::Tenant, elsewhere);
        assert_eq!(names_on(store, "main").await, ["orders"]);
        let written = upsert(store, &metadata("again")).await;
        assert_eq!((written.created_by, written.created_at), (id(1), at(1)));
    });
}

#[test]
fn metadata_are_those_of_the_asset_on_every_branch_and_at_every_place() {
    with_an_asset(async |store| {
        branch_off(store, "dev").await;
        let written = upsert(store, &full()).await;
        rename(store, "main", "orders", "sold").await;
        relocate(store, "dev", "orders", "elsewhere").await;
        assert_eq!(get(store).await, Some(written));
    });
}

#[test]
fn the_metadata_of_one_asset_are_not_those_of_another() {
    with_an_asset(async |store| {
        add(store, "main", asset(2, ["ns"], "items")).await;
        let written = upsert(store, &full()).await;
        store.upsert_business_metadata(ACME, id(2), &metadata("items")).await.unwrap();
        store.delete_business_metadata(ACME, id(2)).await.unwrap();
        assert_eq!(get(store).await, Some(written));
    });
}
