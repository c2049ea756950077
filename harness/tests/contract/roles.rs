//! Roles and their assignments.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::checks::{already_exists, not_found, unchanged};
use super::fixtures::*;
use super::scenes::in_a_tenant;
use super::stores::Store;

/// [`ACME`] with the users 1 `ann` and 2 `bob`.
fn with_users(body: impl AsyncFn(&Store)) {
    in_a_tenant(async |store| {
        store.create_user(&user(1, "ann")).await.unwrap();
        store.create_user(&user(2, "bob")).await.unwrap();
        body(store).await;
    });
}

async fn create(store: &Store, role: &Role) {
    store.create_role(ACME, role).await.unwrap();
}

async fn roles_of(store: &Store, user: u128) -> Vec<u128> {
    let roles = store.list_user_roles(ACME, id(user), &all()).await.unwrap();
    roles.into_iter().map(|role| role.id.uuid().as_u128()).collect()
}

fn update() -> RoleUpdate {
    RoleUpdate { name: None, description: None, grants: None, updated_at: at(2) }
}

fn full() -> Role {
    let scopes = [
        Scope::Tenant,
        Scope::Catalog { catalog: id(1) },
        Scope::Namespace { catalog: id(1), namespace: path(["a.b", "c"]) },
        Scope::Asset { asset: id(2) },
        Scope::Tag { tag: name("%") },
    ];
    let grant = |scope| Grant { scope, actions: set(Action::iter()) };
    let nothing = Grant { scope: Scope::Tenant, actions: set([]) };
    Role {
        description: Some(text("")),
        grants: set(scopes.map(grant).into_iter().chain([nothing])),
        ..role(1, "reader")
    }
}

#[test]
fn a_role_comes_back_with_every_scope_and_action() {
    in_a_tenant(async |store| {
        let bare = Role { grants: set([]), ..role(2, "bare") };
        for created in [full(), bare] {
            create(store, &created).await;
            assert_eq!(store.get_role(ACME, created.id).await.unwrap(), Some(created.clone()));
            assert!(store.list_roles(ACME, &all()).await.unwrap().contains(&created));
        }
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_tenant(async |store| {
        for tenant in [ACME, NOBODY] {
            assert_eq!(store.get_role(tenant, id(1)).await.unwrap(), None);
            assert_eq!(store.list_roles(tenant, &all()).await.unwrap(), []);
            assert_eq!(store.list_user_roles(tenant, id(1), &all()).await.unwrap(), []);
        }
    });
}

#[test]
fn writes_check_the_tenant_and_then_the_role() {
    in_a_tenant(async |store| {
        not_found(Entity::Tenant, store.create_role(NOBODY, &role(1, "reader")).await);
        for (tenant, missing) in [(NOBODY, Entity::Tenant), (ACME, Entity::Role)] {
            not_found(missing, store.update_role(tenant, id(1), &update()).await);
            not_found(missing, store.delete_role(tenant, id(1)).await);
        }
        not_found(Entity::Tenant, store.assign_role(NOBODY, id(1), id(1)).await);
        not_found(Entity::Tenant, store.revoke_role(NOBODY, id(1), id(1)).await);
    });
}

#[test]
fn an_id_and_a_name_are_taken_once() {
    in_a_tenant(async |store| {
        create(store, &role(1, "reader")).await;
        unchanged(store, async || {
            for taken in [role(1, "writer"), role(2, "reader")] {
                already_exists(Entity::Role, store.create_role(ACME, &taken).await);
            }
        })
        .await;
    });
}

#[test]
fn roles_are_listed_by_name_bytewise() {
    in_a_tenant(async |store| {
        for (number, called) in (1..).zip(scrambled()) {
            create(store, &role(number, called)).await;
        }
        let listed = store.list_roles(ACME, &all()).await.unwrap();
        let names: Vec<_> = listed.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, BYTEWISE);
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let now = store.update_role(ACME, id(1), &update()).await.unwrap();
        assert_eq!(now, Role { updated_at: at(2), ..full() });
        assert_eq!(store.get_role(ACME, id(1)).await.unwrap(), Some(now));
    });
}

#[test]
fn an_update_replaces_the_fields_that_it_names() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let grants = set([grant(Scope::Tenant, [Action::List])]);
        let change = RoleUpdate {
            name: Some(name("lister")),
            description: Some(None),
            grants: Some(grants.clone()),
            updated_at: at(3),
        };
        let now = store.update_role(ACME, id(1), &change).await.unwrap();
        let expected = Role { grants, updated_at: at(3), ..role(1, "lister") };
        assert_eq!(now, expected);
        assert_eq!(store.list_roles(ACME, &all()).await.unwrap(), [expected]);
    });
}

#[test]
fn an_update_that_fails_changes_no_field() {
    in_a_tenant(async |store| {
        create(store, &role(1, "reader")).await;
        create(store, &role(2, "writer")).await;
        unchanged(store, async || {
            let change = RoleUpdate {
                name: Some(name("writer")),
                description: Some(Some(text("new"))),
                ..update()
            };
            already_exists(Entity::Role, store.update_role(ACME, id(1), &change).await);
            not_found(Entity::Role, store.update_role(ACME, id(3), &change).await);
        })
        .await;
        let same = RoleUpdate { name: Some(name("writer")), ..update() };
        store.update_role(ACME, id(2), &same).await.unwrap();
    });
}

#[test]
fn the_roles_of_a_user_are_listed_by_role_id() {
    with_users(async |store| {
        for (number, called) in [(3, "a"), (1, "c"), (2, "b"), (4, "d")] {
            create(store, &role(number, called)).await;
        }
        for role in [2, 3, 1] {
            store.assign_role(ACME, id(1), id(role)).await.unwrap();
        }
        store.assign_role(ACME, id(2), id(4)).await.unwrap();
        assert_eq!(roles_of(store, 1).await, [1, 2, 3]);
        let listed = store.list_user_roles(ACME, id(2), &all()).await.unwrap();
        assert_eq!(listed, [role(4, "d")]);
    });
}

#[test]
fn an_assigned_role_is_read_as_it_is_now() {
    with_users(async |store| {
        create(store, &role(1, "reader")).await;
        store.assign_role(ACME, id(1), id(1)).await.unwrap();
        let now = store.update_role(ACME, id(1), &update()).await.unwrap();
        assert_eq!(store.list_user_roles(ACME, id(1), &all()).await.unwrap(), [now]);
    });
}

#[test]
fn a_role_is_assigned_once() {
    with_users(async |store| {
        create(store, &role(1, "reader")).await;
        store.assign_role(ACME, id(1), id(1)).await.unwrap();
        unchanged(store, async || {
            let twice = store.assign_role(ACME, id(1), id(1)).await;
            already_exists(Entity::RoleAssignment, twice);
        })
        .await;
    });
}

#[test]
fn an_assignment_needs_a_user_and_then_a_role_of_the_tenant() {
    with_users(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        store.create_user(&User { tenant: Some(GLOBEX), ..user(3, "cyd") }).await.unwrap();
        store.create_user(&User { tenant: None, ..user(4, "root") }).await.unwrap();
        store.create_role(GLOBEX, &role(2, "other")).await.unwrap();
        create(store, &role(1, "reader")).await;
        unchanged(store, async || {
            for stranger in [3, 4, 9] {
                for role in [1, 9] {
                    let assigned = store.assign_role(ACME, id(stranger), id(role)).await;
                    not_found(Entity::User, assigned);
                }
            }
            for role in [2, 9] {
                not_found(Entity::Role, store.assign_role(ACME, id(1), id(role)).await);
            }
        })
        .await;
    });
}

#[test]
fn a_revoked_role_is_gone_and_can_be_assigned_again() {
    with_users(async |store| {
        create(store, &role(1, "reader")).await;
        for user in [1, 2] {
            store.assign_role(ACME, id(user), id(1)).await.unwrap();
        }
        store.revoke_role(ACME, id(1), id(1)).await.unwrap();
        assert_eq!(roles_of(store, 1).await, []);
        assert_eq!(roles_of(store, 2).await, [1]);
        not_found(Entity::RoleAssignment, store.revoke_role(ACME, id(1), id(1)).await);
        store.assign_role(ACME, id(1), id(1)).await.unwrap();
    });
}

#[test]
fn what_was_never_assigned_cannot_be_revoked() {
    with_users(async |store| {
        create(store, &role(1, "reader")).await;
        for (user, role) in [(1, 1), (1, 9), (9, 1)] {
            let revoked = store.revoke_role(ACME, id(user), id(role)).await;
            not_found(Entity::RoleAssignment, revoked);
        }
    });
}

#[test]
fn deleting_a_role_deletes_its_assignments() {
    with_users(async |store| {
        create(store, &role(1, "reader")).await;
        create(store, &role(2, "writer")).await;
        for role in [1, 2] {
            store.assign_role(ACME, id(1), id(role)).await.unwrap();
        }
        store.delete_role(ACME, id(1)).await.unwrap();
        assert_eq!(roles_of(store, 1).await, [2]);
        not_found(Entity::RoleAssignment, store.revoke_role(ACME, id(1), id(1)).await);
        not_found(Entity::Role, store.delete_role(ACME, id(1)).await);
    });
}

#[test]
fn a_role_that_is_created_again_is_assigned_to_nobody() {
    with_users(async |store| {
        create(store, &role(1, "reader")).await;
        store.assign_role(ACME, id(1), id(1)).await.unwrap();
        store.delete_role(ACME, id(1)).await.unwrap();
        create(store, &role(1, "reader")).await;
        assert_eq!(roles_of(store, 1).await, []);
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), []);
        store.assign_role(ACME, id(1), id(1)).await.unwrap();
    });
}
