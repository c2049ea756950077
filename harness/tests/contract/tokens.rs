//! Tokens handed out and tokens revoked.

use pangolin_store::*;

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

async fn hand_out<const N: usize>(store: &Store, tokens: [Token; N]) {
    for token in tokens {
        store.store_token(&token).await.unwrap();
    }
}

async fn revoke(store: &Store, revocation: Revocation) {
    store.revoke_token(ACME, &revocation).await.unwrap();
}

async fn active(store: &Store, user: Option<u128>, now: i64) -> Vec<u128> {
    let user = user.map(id);
    let tokens = store.list_active_tokens(ACME, user, at(now), &all()).await.unwrap();
    tokens.into_iter().map(|token| token.id.uuid().as_u128()).collect()
}

async fn is_revoked(store: &Store, token: u128) -> bool {
    store.is_token_revoked(ACME, id(token)).await.unwrap()
}

#[test]
fn a_token_comes_back_as_it_was_stored() {
    with_users(async |store| {
        hand_out(store, [token(1, 10)]).await;
        let listed = store.list_active_tokens(ACME, None, at(0), &all()).await.unwrap();
        assert_eq!(listed, [token(1, 10)]);
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    with_users(async |store| {
        assert_eq!(active(store, None, 0).await, []);
        assert!(!is_revoked(store, 1).await);
        assert_eq!(store.get_revocation(ACME, id(1)).await.unwrap(), None);
        assert!(!store.is_token_revoked(NOBODY, id(1)).await.unwrap());
        let of_nobody = store.list_active_tokens(NOBODY, None, at(0), &all()).await.unwrap();
        assert_eq!(of_nobody, []);
    });
}

#[test]
fn a_token_checks_its_tenant_then_its_id_then_its_user() {
    with_users(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        store.create_user(&User { tenant: Some(GLOBEX), ..user(3, "cyd") }).await.unwrap();
        let nowhere = Token { tenant: NOBODY, ..token(1, 10) };
        not_found(Entity::Tenant, store.store_token(&nowhere).await);
        for stranger in [3, 9] {
            let token = Token { user: id(stranger), ..token(1, 10) };
            not_found(Entity::User, store.store_token(&token).await);
        }
        hand_out(store, [token(1, 10)]).await;
        unchanged(store, async || {
            let again = Token { user: id(9), ..token(1, 99) };
            already_exists(Entity::Token, store.store_token(&again).await);
        })
        .await;
        let revoked = store.revoke_token(NOBODY, &revocation(1, 10)).await;
        not_found(Entity::Tenant, revoked);
        not_found(Entity::Tenant, store.cleanup_expired_tokens(NOBODY, at(0)).await);
    });
}

#[test]
fn active_tokens_are_listed_by_id_for_a_user_or_for_all() {
    with_users(async |store| {
        let of_bob = |number| Token { user: id(2), ..token(number, 10) };
        hand_out(store, [token(3, 10), of_bob(1), token(2, 10), of_bob(4)]).await;
        assert_eq!(active(store, None, 0).await, [1, 2, 3, 4]);
        assert_eq!(active(store, Some(1), 0).await, [2, 3]);
        assert_eq!(active(store, Some(2), 0).await, [1, 4]);
        assert_eq!(active(store, Some(9), 0).await, []);
    });
}

#[test]
fn a_token_is_active_until_the_microsecond_of_its_expiry() {
    with_users(async |store| {
        hand_out(store, [token(1, 10), token(2, 11), token(3, -10)]).await;
        for (now, expected) in
            [(-11, &[1, 2, 3][..]), (-10, &[1, 2]), (9, &[1, 2]), (10, &[2]), (11, &[])]
        {
            assert_eq!(active(store, None, now).await, expected, "at {now}");
        }
    });
}

#[test]
fn a_revoked_token_is_not_active() {
    with_users(async |store| {
        hand_out(store, [token(1, 10), token(2, 10)]).await;
        revoke(store, revocation(1, 10)).await;
        assert_eq!(active(store, None, 0).await, [2]);
        assert_eq!(active(store, Some(1), 0).await, [2]);
        assert!(is_revoked(store, 1).await);
        assert!(!is_revoked(store, 2).await);
    });
}

#[test]
fn a_page_of_active_tokens_is_full_when_more_follow() {
    with_users(async |store| {
        for number in 1..=9 {
            let expires_at = if number % 3 == 0 { 10 } else { 1 };
            hand_out(store, [token(number, expires_at)]).await;
        }
        hand_out(store, [token(10, 10)]).await;
        revoke(store, revocation(3, 10)).await;
        let page = Page::first(limit(2));
        let first = store.list_active_tokens(ACME, None, at(5), &page).await.unwrap();
        assert_eq!(first, [token(6, 10), token(9, 10)]);
        let next = page.then(id(9));
        let second = store.list_active_tokens(ACME, None, at(5), &next).await.unwrap();
        assert_eq!(second, [token(10, 10)]);
    });
}

#[test]
fn any_id_can_be_revoked_known_or_not() {
    with_users(async |store| {
        revoke(store, revocation(7, 10)).await;
        assert!(is_revoked(store, 7).await);
        hand_out(store, [token(7, 10), token(8, 10)]).await;
        assert_eq!(active(store, None, 0).await, [8]);
    });
}

#[test]
fn the_first_revocation_stays_as_it_was() {
    with_users(async |store| {
        for reason in [None, Some(text("")), Some(text("lost"))] {
            let first = Revocation { reason, ..revocation(1, 10) };
            revoke(store, first.clone()).await;
            revoke(store, Revocation { reason: Some(text("again")), ..revocation(1, 99) }).await;
            revoke(store, Revocation { reason: None, ..revocation(1, 1) }).await;
            assert_eq!(store.get_revocation(ACME, id(1)).await.unwrap(), Some(first));
            assert_eq!(store.cleanup_expired_tokens(ACME, at(10)).await.unwrap(), 1);
        }
    });
}

#[test]
fn an_expired_revocation_counts_until_it_is_cleaned_up() {
    with_users(async |store| {
        hand_out(store, [token(1, 100)]).await;
        revoke(store, revocation(1, 10)).await;
        assert_eq!(active(store, None, 50).await, []);
        assert!(is_revoked(store, 1).await);
        assert_eq!(store.cleanup_expired_tokens(ACME, at(50)).await.unwrap(), 1);
        assert!(!is_revoked(store, 1).await);
        assert_eq!(active(store, None, 50).await, [1]);
    });
}

#[test]
fn cleaning_up_removes_what_has_expired_and_counts_revocations() {
    with_users(async |store| {
        hand_out(store, [token(1, 9), token(2, 10), token(3, 11)]).await;
        for (token, expires_at) in [(1, 9), (7, 10), (3, 11)] {
            revoke(store, revocation(token, expires_at)).await;
        }
        assert_eq!(store.cleanup_expired_tokens(ACME, at(10)).await.unwrap(), 2);
        assert_eq!(store.cleanup_expired_tokens(ACME, at(10)).await.unwrap(), 0);
        assert_eq!(active(store, None, -99).await, []);
        assert!(is_revoked(store, 3).await);
        assert!(!is_revoked(store, 1).await && !is_revoked(store, 7).await);
        hand_out(store, [token(1, 20), token(2, 20)]).await;
        already_exists(Entity::Token, store.store_token(&token(3, 20)).await);
    });
}

#[test]
fn cleaning_up_tokens_alone_counts_nothing() {
    with_users(async |store| {
        hand_out(store, [token(1, 9), token(2, 9)]).await;
        assert_eq!(store.cleanup_expired_tokens(ACME, at(9)).await.unwrap(), 0);
        assert_eq!(active(store, None, 0).await, []);
    });
}

#[test]
fn the_revocation_of_one_tenant_is_not_that_of_another() {
    with_users(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        store.create_user(&User { tenant: Some(GLOBEX), ..user(3, "cyd") }).await.unwrap();
        let other = Token { tenant: GLOBEX, user: id(3), ..token(1, 10) };
        hand_out(store, [token(1, 10), other.clone()]).await;
        revoke(store, revocation(1, 10)).await;
        assert!(!store.is_token_revoked(GLOBEX, id(1)).await.unwrap());
        let kept = store.list_active_tokens(GLOBEX, None, at(0), &all()).await.unwrap();
        assert_eq!(kept, [other]);
        assert_eq!(store.cleanup_expired_tokens(GLOBEX, at(99)).await.unwrap(), 0);
        assert!(is_revoked(store, 1).await);
    });
}
