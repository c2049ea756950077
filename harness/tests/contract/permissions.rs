//! Permissions, and the effective permissions of users.

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

fn scopes() -> [Scope; 8] {
    let in_catalog = |namespace| Scope::Namespace { catalog: id(1), namespace };
    [
        Scope::Tenant,
        Scope::Catalog { catalog: id(1) },
        Scope::Catalog { catalog: id(2) },
        in_catalog(path(["a"])),
        in_catalog(path(["a", "b"])),
        in_catalog(path(["a.b"])),
        Scope::Asset { asset: id(1) },
        Scope::Tag { tag: name("pii") },
    ]
}

async fn grant_all(store: &Store, permissions: &[Permission]) {
    for permission in permissions {
        store.grant_permission(ACME, permission).await.unwrap();
    }
}

#[test]
fn a_permission_comes_back_with_every_scope_and_action() {
    with_users(async |store| {
        let granted: Vec<_> = (1..)
            .zip(scopes())
            .map(|(number, scope)| {
                let actions = set(Action::iter().take(usize::try_from(number).unwrap()));
                Permission { actions, ..permission(number, scope, []) }
            })
            .collect();
        grant_all(store, &granted).await;
        assert_eq!(store.list_tenant_permissions(ACME, &all()).await.unwrap(), granted);
        assert_eq!(store.list_user_permissions(ACME, id(1), &all()).await.unwrap(), granted);
    });
}

#[test]
fn a_permission_for_nothing_comes_back() {
    with_users(async |store| {
        let nothing = permission(1, Scope::Tenant, []);
        grant_all(store, std::slice::from_ref(&nothing)).await;
        assert_eq!(store.list_tenant_permissions(ACME, &all()).await.unwrap(), [nothing]);
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    with_users(async |store| {
        for tenant in [ACME, NOBODY] {
            assert_eq!(store.list_tenant_permissions(tenant, &all()).await.unwrap(), []);
            assert_eq!(store.list_user_permissions(tenant, id(9), &all()).await.unwrap(), []);
            assert_eq!(store.effective_permissions(tenant, id(9)).await.unwrap(), []);
        }
    });
}

#[test]
fn a_grant_checks_the_tenant_then_its_id_then_the_user() {
    with_users(async |store| {
        let read = permission(1, Scope::Tenant, [Action::Read]);
        let stranger = Permission { user: id(9), ..read.clone() };
        not_found(Entity::Tenant, store.grant_permission(NOBODY, &read).await);
        not_found(Entity::User, store.grant_permission(ACME, &stranger).await);
        grant_all(store, &[read]).await;
        unchanged(store, async || {
            already_exists(Entity::Permission, store.grant_permission(ACME, &stranger).await);
        })
        .await;
    });
}

#[test]
fn users_of_another_tenant_and_of_none_are_not_found() {
    with_users(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        store.create_user(&User { tenant: Some(GLOBEX), ..user(3, "cyd") }).await.unwrap();
        store.create_user(&User { tenant: None, ..user(4, "root") }).await.unwrap();
        unchanged(store, async || {
            for stranger in [3, 4] {
                let read = permission(1, Scope::Tenant, [Action::Read]);
                let read = Permission { user: id(stranger), ..read };
                not_found(Entity::User, store.grant_permission(ACME, &read).await);
            }
        })
        .await;
    });
}

#[test]
fn permissions_are_listed_by_id_for_a_user_and_for_the_tenant() {
    with_users(async |store| {
        let of = |number, user| Permission {
            user: id(user),
            ..permission(number, Scope::Tenant, [Action::Read])
        };
        grant_all(store, &[of(3, 1), of(1, 2), of(4, 2), of(2, 1)]).await;
        let listed = store.list_tenant_permissions(ACME, &all()).await.unwrap();
        assert_eq!(listed, [of(1, 2), of(2, 1), of(3, 1), of(4, 2)]);
        let listed = store.list_user_permissions(ACME, id(2), &all()).await.unwrap();
        assert_eq!(listed, [of(1, 2), of(4, 2)]);
    });
}

#[test]
fn a_revoked_permission_is_gone_and_its_id_is_free() {
    with_users(async |store| {
        let read = |number| permission(number, Scope::Tenant, [Action::Read]);
        grant_all(store, &[read(1), read(2)]).await;
        store.revoke_permission(ACME, id(1)).await.unwrap();
        assert_eq!(store.list_tenant_permissions(ACME, &all()).await.unwrap(), [read(2)]);
        not_found(Entity::Permission, store.revoke_permission(ACME, id(1)).await);
        not_found(Entity::Tenant, store.revoke_permission(NOBODY, id(2)).await);
        grant_all(store, &[read(1)]).await;
    });
}

#[test]
fn a_user_may_do_what_its_permissions_and_its_roles_allow_by_scope() {
    with_users(async |store| {
        let [tenant, catalog, ..] = scopes();
        let tag = Scope::Tag { tag: name("pii") };
        let of_role = set([
            grant(tag.clone(), [Action::Read]),
            grant(tenant.clone(), [Action::List, Action::Read]),
        ]);
        store.create_role(ACME, &Role { grants: of_role, ..role(1, "reader") }).await.unwrap();
        store.assign_role(ACME, id(1), id(1)).await.unwrap();
        grant_all(
            store,
            &[
                permission(1, tag.clone(), [Action::Write, Action::Read]),
                permission(2, catalog.clone(), [Action::All]),
                permission(3, tag.clone(), [Action::Delete]),
            ],
        )
        .await;
        let expected = [
            grant(tenant, [Action::Read, Action::List]),
            grant(catalog, [Action::All]),
            grant(tag, [Action::Read, Action::Write, Action::Delete]),
        ];
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), expected);
        assert_eq!(store.effective_permissions(ACME, id(2)).await.unwrap(), []);
    });
}

#[test]
fn what_a_user_may_do_is_in_the_order_of_scopes() {
    with_users(async |store| {
        for (number, scope) in (1..).zip(scopes().into_iter().rev()) {
            grant_all(store, &[permission(number, scope, [Action::Read])]).await;
        }
        let effective = store.effective_permissions(ACME, id(1)).await.unwrap();
        let in_order: Vec<_> = effective.into_iter().map(|grant| grant.scope).collect();
        assert_eq!(in_order, scopes());
    });
}

#[test]
fn several_roles_allow_all_that_each_of_them_allows() {
    with_users(async |store| {
        for (number, action) in [(1, Action::Read), (2, Action::Write), (3, Action::Delete)] {
            let grants = set([grant(Scope::Tenant, [action])]);
            let role = Role { grants, ..role(number, &format!("r{number}")) };
            store.create_role(ACME, &role).await.unwrap();
        }
        for role in [1, 2] {
            store.assign_role(ACME, id(1), id(role)).await.unwrap();
        }
        let expected = [grant(Scope::Tenant, [Action::Read, Action::Write])];
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), expected);
    });
}

#[test]
fn what_is_revoked_is_no_longer_allowed() {
    with_users(async |store| {
        store.create_role(ACME, &role(1, "reader")).await.unwrap();
        store.assign_role(ACME, id(1), id(1)).await.unwrap();
        grant_all(store, &[permission(1, Scope::Tenant, [Action::Write])]).await;
        store.revoke_permission(ACME, id(1)).await.unwrap();
        let read = [grant(Scope::Tenant, [Action::Read])];
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), read);
        store.revoke_role(ACME, id(1), id(1)).await.unwrap();
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), []);
    });
}

#[test]
fn a_scope_may_name_a_missing_row() {
    with_users(async |store| {
        let nowhere = Scope::Namespace { catalog: id(404), namespace: path(["gone"]) };
        grant_all(store, &[permission(1, nowhere.clone(), [Action::Read])]).await;
        let expected = [grant(nowhere, [Action::Read])];
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), expected);
    });
}
