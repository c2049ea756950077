//! Service users.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::checks::{already_exists, not_found, unchanged};
use super::fixtures::*;
use super::scenes::in_a_tenant;
use super::stores::Store;

async fn create(store: &Store, service_user: &ServiceUser) {
    store.create_service_user(service_user).await.unwrap();
}

async fn get(store: &Store) -> ServiceUser {
    store.get_service_user(ACME, id(1)).await.unwrap().unwrap()
}

async fn by_hash(store: &Store, of: &str) -> Option<ServiceUser> {
    store.get_service_user_by_api_key_hash(&hash(of)).await.unwrap()
}

fn full() -> ServiceUser {
    ServiceUser {
        description: Some(text("")),
        role: UserRole::TenantAdmin,
        last_used: Some(at(5)),
        expires_at: Some(at(9)),
        ..service_user(1, "etl")
    }
}

#[test]
fn a_service_user_comes_back_as_it_was_created() {
    in_a_tenant(async |store| {
        let bare = ServiceUser { active: false, ..service_user(2, "bare") };
        for created in [full(), bare] {
            create(store, &created).await;
            let found = store.get_service_user(ACME, created.id).await.unwrap();
            assert_eq!(found, Some(created.clone()));
            assert!(store.list_service_users(ACME, &all()).await.unwrap().contains(&created));
        }
    });
}

#[test]
fn every_role_comes_back() {
    in_a_tenant(async |store| {
        for (number, role) in (1..).zip(UserRole::iter()) {
            let called = role.to_string();
            create(store, &ServiceUser { role, ..service_user(number, &called) }).await;
            let found = store.get_service_user(ACME, id(number)).await.unwrap();
            assert_eq!(found.unwrap().role, role);
        }
    });
}

#[test]
fn a_hash_finds_its_service_user_also_when_it_is_inactive_or_expired() {
    in_a_tenant(async |store| {
        let inactive = ServiceUser { active: false, ..service_user(1, "inactive") };
        let expired =
            ServiceUser { expires_at: Some(Timestamp::MIN), ..service_user(2, "expired") };
        for created in [inactive, expired, service_user(3, "active")] {
            create(store, &created).await;
            let found = store.get_service_user_by_api_key_hash(&created.api_key_hash).await;
            assert_eq!(found.unwrap(), Some(created));
        }
        assert_eq!(by_hash(store, "HASH OF ACTIVE").await, None);
    });
}

#[test]
fn a_hash_finds_the_service_user_of_any_tenant() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        create(store, &service_user(1, "etl")).await;
        let other =
            ServiceUser { tenant: GLOBEX, api_key_hash: hash("other"), ..service_user(1, "etl") };
        create(store, &other).await;
        assert_eq!(by_hash(store, "other").await, Some(other));
        assert_eq!(by_hash(store, "hash of etl").await, Some(service_user(1, "etl")));
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_tenant(async |store| {
        for tenant in [ACME, NOBODY] {
            assert_eq!(store.get_service_user(tenant, id(1)).await.unwrap(), None);
            assert_eq!(store.list_service_users(tenant, &all()).await.unwrap(), []);
        }
        assert_eq!(by_hash(store, "none").await, None);
    });
}

#[test]
fn writes_check_the_tenant_and_then_the_service_user() {
    in_a_tenant(async |store| {
        let nowhere = ServiceUser { tenant: NOBODY, ..full() };
        not_found(Entity::Tenant, store.create_service_user(&nowhere).await);
        for (tenant, missing) in [(NOBODY, Entity::Tenant), (ACME, Entity::ServiceUser)] {
            let none = ServiceUserUpdate::default();
            not_found(missing, store.update_service_user(tenant, id(1), &none).await);
            not_found(missing, store.rotate_api_key(tenant, id(1), &hash("new")).await);
            not_found(missing, store.touch_service_user(tenant, id(1), at(1)).await);
            not_found(missing, store.delete_service_user(tenant, id(1)).await);
        }
    });
}

#[test]
fn an_id_and_a_name_are_taken_once_in_the_tenant_and_a_hash_everywhere() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        create(store, &service_user(1, "etl")).await;
        let (taken, entity) = (hash("hash of etl"), Entity::ServiceUser);
        unchanged(store, async || {
            let fresh = || ServiceUser { api_key_hash: hash("fresh"), ..service_user(2, "bi") };
            for taken in [
                ServiceUser { id: id(1), ..fresh() },
                ServiceUser { name: name("etl"), ..fresh() },
                ServiceUser { api_key_hash: taken.clone(), ..fresh() },
                ServiceUser { api_key_hash: taken.clone(), tenant: GLOBEX, ..fresh() },
            ] {
                already_exists(entity, store.create_service_user(&taken).await);
            }
        })
        .await;
        let namesake = ServiceUser { tenant: GLOBEX, api_key_hash: hash("x"), ..full() };
        create(store, &namesake).await;
    });
}

#[test]
fn service_users_are_listed_by_name_bytewise_active_or_not() {
    in_a_tenant(async |store| {
        for (number, called) in (1..).zip(scrambled()) {
            let active = number % 2 == 0;
            create(store, &ServiceUser { active, ..service_user(number, called) }).await;
        }
        let listed = store.list_service_users(ACME, &all()).await.unwrap();
        let names: Vec<_> = listed.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, BYTEWISE);
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let none = ServiceUserUpdate::default();
        assert_eq!(store.update_service_user(ACME, id(1), &none).await.unwrap(), full());
        let change = ServiceUserUpdate { active: Some(false), ..none };
        let now = store.update_service_user(ACME, id(1), &change).await.unwrap();
        assert_eq!(now, ServiceUser { active: false, ..full() });
        assert_eq!(get(store).await, now);
    });
}

#[test]
fn an_update_replaces_or_empties_what_it_names() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let change = ServiceUserUpdate {
            name: Some(name("bi")),
            description: Some(None),
            role: Some(UserRole::Root),
            expires_at: Some(None),
            active: Some(false),
        };
        let now = store.update_service_user(ACME, id(1), &change).await.unwrap();
        let expected = ServiceUser {
            name: name("bi"),
            description: None,
            role: UserRole::Root,
            expires_at: None,
            active: false,
            ..full()
        };
        assert_eq!(now, expected);
        assert_eq!(get(store).await, expected);
        assert_eq!(by_hash(store, "hash of etl").await, Some(expected));
    });
}

#[test]
fn an_update_that_fails_changes_no_field() {
    in_a_tenant(async |store| {
        create(store, &service_user(1, "etl")).await;
        create(store, &service_user(2, "bi")).await;
        unchanged(store, async || {
            let change = ServiceUserUpdate {
                name: Some(name("bi")),
                active: Some(false),
                ..ServiceUserUpdate::default()
            };
            let updated = store.update_service_user(ACME, id(1), &change).await;
            already_exists(Entity::ServiceUser, updated);
        })
        .await;
        let same = ServiceUserUpdate { name: Some(name("bi")), ..ServiceUserUpdate::default() };
        store.update_service_user(ACME, id(2), &same).await.unwrap();
    });
}

#[test]
fn after_a_rotation_the_new_hash_finds_it_and_the_old_one_does_not() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        store.rotate_api_key(ACME, id(1), &hash("new")).await.unwrap();
        let expected = ServiceUser { api_key_hash: hash("new"), ..full() };
        assert_eq!(by_hash(store, "new").await, Some(expected.clone()));
        assert_eq!(by_hash(store, "hash of etl").await, None);
        assert_eq!(get(store).await, expected);
        create(store, &service_user(2, "etl ")).await;
        store.rotate_api_key(ACME, id(2), &hash("hash of etl")).await.unwrap();
    });
}

#[test]
fn a_rotation_to_a_taken_hash_fails() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        create(store, &service_user(1, "etl")).await;
        create(store, &ServiceUser { tenant: GLOBEX, ..service_user(1, "bi") }).await;
        unchanged(store, async || {
            let rotated = store.rotate_api_key(ACME, id(1), &hash("hash of bi")).await;
            already_exists(Entity::ServiceUser, rotated);
        })
        .await;
        store.rotate_api_key(ACME, id(1), &hash("hash of etl")).await.unwrap();
        assert_eq!(get(store).await, service_user(1, "etl"));
    });
}

#[test]
fn last_used_only_ever_grows() {
    in_a_tenant(async |store| {
        create(store, &service_user(1, "etl")).await;
        for (touched, expected) in [(-5, -5), (3, 3), (3, 3), (2, 3), (1, 3), (4, 4)] {
            store.touch_service_user(ACME, id(1), at(touched)).await.unwrap();
            let last_used = Some(at(expected));
            assert_eq!(get(store).await, ServiceUser { last_used, ..service_user(1, "etl") });
        }
    });
}

#[test]
fn a_touch_changes_one_service_user() {
    in_a_tenant(async |store| {
        create(store, &service_user(1, "etl")).await;
        create(store, &service_user(2, "bi")).await;
        store.touch_service_user(ACME, id(2), at(3)).await.unwrap();
        assert_eq!(get(store).await.last_used, None);
    });
}

#[test]
fn a_deleted_service_user_releases_its_id_name_and_hash() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        store.delete_service_user(ACME, id(1)).await.unwrap();
        assert_eq!(store.get_service_user(ACME, id(1)).await.unwrap(), None);
        assert_eq!(by_hash(store, "hash of etl").await, None);
        not_found(Entity::ServiceUser, store.delete_service_user(ACME, id(1)).await);
        create(store, &service_user(1, "etl")).await;
        assert_eq!(get(store).await, service_user(1, "etl"));
    });
}
