//! Tenants.

use pangolin_store::*;

use super::checks::{already_exists, not_found, unchanged};
use super::fixtures::*;
use super::scenes::{in_a_tenant, one_of_everything};
use super::snapshot::Snapshot;
use super::stores::on_every_store;

#[test]
fn a_tenant_comes_back_as_it_was_created() {
    on_every_store(async |store| {
        let properties = properties([("a.b", ""), ("$set", "1"), ("ключ", "line\nline")]);
        let acme = Tenant { properties, ..tenant(1, "acme") };
        store.create_tenant(&acme).await.unwrap();
        assert_eq!(store.get_tenant(ACME).await.unwrap(), Some(acme.clone()));
        assert_eq!(store.list_tenants(&all()).await.unwrap(), [acme]);
    });
}

#[test]
fn an_empty_store_has_no_tenant() {
    on_every_store(async |store| {
        assert_eq!(store.get_tenant(ACME).await.unwrap(), None);
        assert_eq!(store.list_tenants(&all()).await.unwrap(), []);
    });
}

#[test]
fn an_id_and_a_name_are_taken_once() {
    in_a_tenant(async |store| {
        unchanged(store, async || {
            for taken in [tenant(1, "other"), tenant(2, "acme"), tenant(1, "acme")] {
                already_exists(Entity::Tenant, store.create_tenant(&taken).await);
            }
        })
        .await;
    });
}

#[test]
fn tenants_are_listed_by_name_bytewise() {
    on_every_store(async |store| {
        for (number, called) in (1..).zip(scrambled()) {
            store.create_tenant(&tenant(number, called)).await.unwrap();
        }
        let listed = store.list_tenants(&all()).await.unwrap();
        let names: Vec<_> = listed.iter().map(|tenant| tenant.name.as_str()).collect();
        assert_eq!(names, BYTEWISE);
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    on_every_store(async |store| {
        let before = Tenant { properties: properties([("a", "1")]), ..tenant(1, "acme") };
        store.create_tenant(&before).await.unwrap();
        let same = store.update_tenant(ACME, &TenantUpdate::default()).await.unwrap();
        assert_eq!(same, before);
        let update = TenantUpdate { name: Some(name("ajax")), properties: None };
        let renamed = store.update_tenant(ACME, &update).await.unwrap();
        assert_eq!(renamed, Tenant { name: name("ajax"), ..before });
        assert_eq!(store.get_tenant(ACME).await.unwrap(), Some(renamed));
    });
}

#[test]
fn an_update_replaces_all_properties() {
    on_every_store(async |store| {
        let before = Tenant { properties: properties([("a", "1")]), ..tenant(1, "acme") };
        store.create_tenant(&before).await.unwrap();
        for properties in [properties([("b", "2")]), properties([])] {
            let update = TenantUpdate { properties: Some(properties.clone()), name: None };
            store.update_tenant(ACME, &update).await.unwrap();
            let now = store.get_tenant(ACME).await.unwrap().unwrap();
            assert_eq!(now, Tenant { properties, ..tenant(1, "acme") });
        }
    });
}

#[test]
fn a_tenant_can_be_renamed_to_its_own_name() {
    in_a_tenant(async |store| {
        let update = TenantUpdate { name: Some(name("acme")), properties: None };
        assert_eq!(store.update_tenant(ACME, &update).await.unwrap(), tenant(1, "acme"));
    });
}

#[test]
fn a_released_name_is_free() {
    in_a_tenant(async |store| {
        let update = TenantUpdate { name: Some(name("ajax")), properties: None };
        store.update_tenant(ACME, &update).await.unwrap();
        store.create_tenant(&tenant(2, "acme")).await.unwrap();
        already_exists(Entity::Tenant, store.create_tenant(&tenant(3, "ajax")).await);
    });
}

#[test]
fn an_update_that_fails_changes_no_field() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        unchanged(store, async || {
            let update = TenantUpdate {
                name: Some(name("globex")),
                properties: Some(properties([("a", "1")])),
            };
            already_exists(Entity::Tenant, store.update_tenant(ACME, &update).await);
            not_found(Entity::Tenant, store.update_tenant(NOBODY, &update).await);
        })
        .await;
    });
}

#[test]
fn a_missing_tenant_cannot_be_deleted() {
    in_a_tenant(async |store| {
        not_found(Entity::Tenant, store.delete_tenant(NOBODY).await);
        store.delete_tenant(ACME).await.unwrap();
        not_found(Entity::Tenant, store.delete_tenant(ACME).await);
        assert_eq!(store.list_tenants(&all()).await.unwrap(), []);
    });
}

#[test]
fn deleting_a_tenant_deletes_all_that_is_in_it() {
    in_a_tenant(async |store| {
        let empty = Snapshot::of_tenant(store, ACME).await;
        one_of_everything(store, ACME, 1).await;
        assert_ne!(Snapshot::of_tenant(store, ACME).await, empty);
        store.delete_tenant(ACME).await.unwrap();
        empty.is_still(&Snapshot::of_tenant(store, ACME).await);
        assert_eq!(store.get_user(id(1)).await.unwrap(), None);
        assert_eq!(store.list_users(None, &all()).await.unwrap(), []);
    });
}

#[test]
fn a_tenant_that_is_created_again_is_empty() {
    in_a_tenant(async |store| {
        let empty = Snapshot::of(store).await;
        one_of_everything(store, ACME, 1).await;
        store.delete_tenant(ACME).await.unwrap();
        store.create_tenant(&tenant(1, "acme")).await.unwrap();
        empty.is_still(&Snapshot::of(store).await);
    });
}

#[test]
fn globally_unique_values_are_free_again_when_their_tenant_is_deleted() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        store.delete_tenant(ACME).await.unwrap();
        store.create_tenant(&tenant(2, "acme")).await.unwrap();
        one_of_everything(store, GLOBEX, 1).await;
        let found = store.get_service_user_by_api_key_hash(&hash("hash 1")).await.unwrap();
        assert_eq!(found.unwrap().tenant, GLOBEX);
    });
}

#[test]
fn deleting_a_tenant_leaves_the_others() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        one_of_everything(store, GLOBEX, 11).await;
        let before = Snapshot::of_tenant(store, GLOBEX).await;
        one_of_everything(store, ACME, 1).await;
        store.delete_tenant(ACME).await.unwrap();
        before.is_still(&Snapshot::of_tenant(store, GLOBEX).await);
    });
}
