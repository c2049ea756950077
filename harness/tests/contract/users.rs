//! Users.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::checks::{already_exists, not_found, unchanged};
use super::fixtures::*;
use super::scenes::{in_a_tenant, one_of_everything};
use super::stores::Store;

async fn create(store: &Store, user: &User) {
    store.create_user(user).await.unwrap();
}

async fn names(store: &Store, tenant: Option<TenantId>) -> Vec<String> {
    let users = store.list_users(tenant, &all()).await.unwrap();
    users.into_iter().map(|user| user.username.to_string()).collect()
}

fn full() -> User {
    User {
        password_hash: Some(secret("$argon2id$…")),
        oauth: Some(oauth("google", "42")),
        role: UserRole::TenantAdmin,
        last_login: Some(at(3)),
        ..user(1, "ann")
    }
}

#[test]
fn a_user_comes_back_as_it_was_created() {
    in_a_tenant(async |store| {
        let root = User {
            tenant: None,
            role: UserRole::Root,
            active: false,
            email: text(""),
            ..user(2, "root")
        };
        for created in [full(), root] {
            create(store, &created).await;
            assert_eq!(store.get_user(created.id).await.unwrap(), Some(created.clone()));
            let named = store.get_user_by_username(&created.username).await.unwrap();
            assert_eq!(named, Some(created.clone()));
            assert!(store.list_users(None, &all()).await.unwrap().contains(&created));
        }
    });
}

#[test]
fn every_role_comes_back() {
    in_a_tenant(async |store| {
        for (number, role) in (1..).zip(UserRole::iter()) {
            create(store, &User { role, ..user(number, &role.to_string()) }).await;
            assert_eq!(store.get_user(id(number)).await.unwrap().unwrap().role, role);
        }
    });
}

#[test]
fn a_user_is_found_by_its_identity_at_its_provider() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let other = User { oauth: Some(oauth("github", "42")), ..user(2, "bob") };
        create(store, &other).await;
        let by = async |provider, subject| {
            store.get_user_by_oauth(&oauth(provider, subject)).await.unwrap()
        };
        assert_eq!(by("google", "42").await, Some(full()));
        assert_eq!(by("github", "42").await, Some(other));
        assert_eq!(by("google", "43").await, None);
        assert_eq!(by("Google", "42").await, None);
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_tenant(async |store| {
        assert_eq!(store.get_user(id(1)).await.unwrap(), None);
        assert_eq!(store.get_user_by_username(&name("ann")).await.unwrap(), None);
        assert_eq!(store.get_user_by_oauth(&oauth("google", "1")).await.unwrap(), None);
        assert_eq!(names(store, Some(NOBODY)).await, Vec::<String>::new());
        assert_eq!(names(store, None).await, Vec::<String>::new());
    });
}

#[test]
fn the_tenant_of_a_user_must_exist() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        unchanged(store, async || {
            let homeless = User { tenant: Some(NOBODY), ..full() };
            not_found(Entity::Tenant, store.create_user(&homeless).await);
        })
        .await;
        create(store, &User { tenant: None, ..user(2, "root") }).await;
    });
}

#[test]
fn id_username_and_identity_are_taken_once_over_all_tenants() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        create(store, &full()).await;
        unchanged(store, async || {
            for tenant in [Some(ACME), Some(GLOBEX), None] {
                for taken in [
                    user(1, "bob"),
                    user(2, "ann"),
                    User { oauth: Some(oauth("google", "42")), ..user(2, "bob") },
                ] {
                    let taken = User { tenant, ..taken };
                    already_exists(Entity::User, store.create_user(&taken).await);
                }
            }
        })
        .await;
    });
}

#[test]
fn any_number_of_users_have_no_identity_and_the_same_address() {
    in_a_tenant(async |store| {
        for (number, called) in [(1, "ann"), (2, "bob")] {
            create(store, &User { email: text("same@x"), ..user(number, called) }).await;
        }
        assert_eq!(names(store, None).await, ["ann", "bob"]);
    });
}

#[test]
fn usernames_are_compared_bytewise() {
    in_a_tenant(async |store| {
        for (number, called) in (1..).zip(["ann", "Ann", "ann ", "e\u{301}", "é"]) {
            create(store, &user(number, called)).await;
        }
        let found = store.get_user_by_username(&name("Ann")).await.unwrap();
        assert_eq!(found, Some(user(2, "Ann")));
    });
}

#[test]
fn users_are_listed_by_username_bytewise() {
    in_a_tenant(async |store| {
        for (number, called) in (1..).zip(scrambled()) {
            create(store, &user(number, called)).await;
        }
        assert_eq!(names(store, Some(ACME)).await, BYTEWISE);
        assert_eq!(names(store, None).await, BYTEWISE);
    });
}

#[test]
fn a_list_holds_the_users_of_one_tenant_or_of_all_active_or_not() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        create(store, &user(1, "ann")).await;
        create(store, &User { tenant: Some(GLOBEX), ..user(2, "bob") }).await;
        create(store, &User { active: false, ..user(3, "cyd") }).await;
        create(store, &User { tenant: None, ..user(4, "root") }).await;
        assert_eq!(names(store, Some(ACME)).await, ["ann", "cyd"]);
        assert_eq!(names(store, Some(GLOBEX)).await, ["bob"]);
        assert_eq!(names(store, None).await, ["ann", "bob", "cyd", "root"]);
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let now = store.update_user(id(1), &user_update()).await.unwrap();
        assert_eq!(now, User { updated_at: at(2), ..full() });
        let update = UserUpdate { active: Some(false), updated_at: at(3), ..user_update() };
        let now = store.update_user(id(1), &update).await.unwrap();
        assert_eq!(now, User { active: false, updated_at: at(3), ..full() });
        assert_eq!(store.get_user(id(1)).await.unwrap(), Some(now));
    });
}

#[test]
fn an_update_replaces_what_it_names() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let update = UserUpdate {
            username: Some(name("bob")),
            email: Some(text("")),
            password_hash: Some(Some(secret("new"))),
            oauth: Some(Some(oauth("github", "1"))),
            role: Some(UserRole::Root),
            active: Some(false),
            last_login: Some(Some(at(9))),
            updated_at: at(10),
        };
        let now = store.update_user(id(1), &update).await.unwrap();
        let expected = User {
            email: text(""),
            password_hash: Some(secret("new")),
            oauth: Some(oauth("github", "1")),
            role: UserRole::Root,
            active: false,
            last_login: Some(at(9)),
            updated_at: at(10),
            ..user(1, "bob")
        };
        assert_eq!(now, expected);
        assert_eq!(store.get_user(id(1)).await.unwrap(), Some(expected));
    });
}

#[test]
fn an_update_empties_what_may_be_empty() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let update = UserUpdate {
            password_hash: Some(None),
            oauth: Some(None),
            last_login: Some(None),
            ..user_update()
        };
        let now = store.update_user(id(1), &update).await.unwrap();
        let expected = User { role: UserRole::TenantAdmin, updated_at: at(2), ..user(1, "ann") };
        assert_eq!(now, expected);
        assert_eq!(store.get_user(id(1)).await.unwrap(), Some(expected));
    });
}

#[test]
fn a_released_name_and_a_released_identity_are_free() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let update =
            UserUpdate { username: Some(name("anna")), oauth: Some(None), ..user_update() };
        store.update_user(id(1), &update).await.unwrap();
        assert_eq!(store.get_user_by_username(&name("ann")).await.unwrap(), None);
        assert_eq!(store.get_user_by_oauth(&oauth("google", "42")).await.unwrap(), None);
        create(store, &User { id: id(2), ..full() }).await;
    });
}

#[test]
fn a_user_can_be_given_its_own_name_and_identity() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        let update = UserUpdate {
            username: Some(name("ann")),
            oauth: Some(Some(oauth("google", "42"))),
            ..user_update()
        };
        let now = store.update_user(id(1), &update).await.unwrap();
        assert_eq!(now, User { updated_at: at(2), ..full() });
    });
}

#[test]
fn an_update_that_fails_changes_no_field() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        create(store, &user(2, "bob")).await;
        unchanged(store, async || {
            let name_taken = UserUpdate {
                username: Some(name("ann")),
                email: Some(text("new")),
                ..user_update()
            };
            let oauth_taken = UserUpdate {
                username: Some(name("new")),
                oauth: Some(Some(oauth("google", "42"))),
                ..user_update()
            };
            for update in [name_taken, oauth_taken] {
                already_exists(Entity::User, store.update_user(id(2), &update).await);
                not_found(Entity::User, store.update_user(id(3), &update).await);
            }
        })
        .await;
    });
}

#[test]
fn deleting_a_user_deletes_its_roles_permissions_and_tokens() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        store.delete_user(id(1)).await.unwrap();
        not_found(Entity::User, store.delete_user(id(1)).await);
        assert_eq!(names(store, Some(ACME)).await, ["bob1"]);
        assert_eq!(store.list_user_roles(ACME, id(1), &all()).await.unwrap(), []);
        assert_eq!(store.list_tenant_permissions(ACME, &all()).await.unwrap(), []);
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), []);
        let tokens = store.list_active_tokens(ACME, None, at(0), &all()).await.unwrap();
        assert_eq!(tokens, []);
    });
}

#[test]
fn a_user_that_is_created_again_has_no_roles_permissions_or_tokens() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        store.delete_user(id(1)).await.unwrap();
        create(store, &user(1, "ann")).await;
        assert_eq!(store.effective_permissions(ACME, id(1)).await.unwrap(), []);
        assert_eq!(store.list_user_roles(ACME, id(1), &all()).await.unwrap(), []);
        store.assign_role(ACME, id(1), id(1)).await.unwrap();
    });
}

#[test]
fn revocations_events_and_requests_outlive_their_user() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        let event = AuditEvent { user: Some(id(1)), ..event(2) };
        store.log_audit_event(&event).await.unwrap();
        store.delete_user(id(1)).await.unwrap();
        assert!(store.is_token_revoked(ACME, id(2)).await.unwrap());
        assert_eq!(store.get_audit_event(ACME, id(2)).await.unwrap(), Some(event));
        let request = store.get_access_request(ACME, id(1)).await.unwrap().unwrap();
        assert_eq!(request.user, id(1));
    });
}

#[test]
fn deleting_a_user_leaves_what_others_have() {
    in_a_tenant(async |store| {
        one_of_everything(store, ACME, 1).await;
        let permission = Permission { user: id(2), ..permission(2, Scope::Tenant, [Action::List]) };
        store.grant_permission(ACME, &permission).await.unwrap();
        store.assign_role(ACME, id(2), id(1)).await.unwrap();
        store.store_token(&Token { user: id(2), ..token(3, 1_000) }).await.unwrap();
        store.delete_user(id(1)).await.unwrap();
        let kept = store.list_tenant_permissions(ACME, &all()).await.unwrap();
        assert_eq!(kept, [permission]);
        assert_eq!(store.list_user_roles(ACME, id(2), &all()).await.unwrap().len(), 1);
        let kept = store.list_active_tokens(ACME, None, at(0), &all()).await.unwrap();
        assert_eq!(kept, [Token { user: id(2), ..token(3, 1_000) }]);
    });
}

#[test]
fn a_deleted_user_releases_its_id_name_and_identity() {
    in_a_tenant(async |store| {
        create(store, &full()).await;
        store.delete_user(id(1)).await.unwrap();
        assert_eq!(store.get_user_by_username(&name("ann")).await.unwrap(), None);
        assert_eq!(store.get_user_by_oauth(&oauth("google", "42")).await.unwrap(), None);
        create(store, &full()).await;
    });
}
