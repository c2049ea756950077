//! Access requests.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::checks::{already_exists, conflict, not_found, unchanged};
use super::fixtures::*;
use super::scenes::*;
use super::stores::Store;

/// `sales` with asset 1 `orders` on `main`, and the user 1 `ann`.
fn with_an_asset(body: impl AsyncFn(&Store)) {
    in_a_catalog(async |store| {
        add(store, "main", asset(1, ["ns"], "orders")).await;
        store.create_user(&user(1, "ann")).await.unwrap();
        body(store).await;
    });
}

async fn ask<const N: usize>(store: &Store, requests: [NewAccessRequest; N]) {
    for request in requests {
        store.create_access_request(&request).await.unwrap();
    }
}

async fn decide(store: &Store, request: u128, review: &Review) -> Result<AccessRequest> {
    store.review_access_request(ACME, id(request), review).await
}

async fn listed(store: &Store, status: Option<RequestStatus>) -> Vec<u128> {
    let requests = store.list_access_requests(ACME, status, &all()).await.unwrap();
    requests.into_iter().map(|request| request.id.uuid().as_u128()).collect()
}

#[test]
fn a_request_comes_back_pending() {
    with_an_asset(async |store| {
        for (number, reason) in (1..).zip([None, Some(text("")), Some(text("audit"))]) {
            let new = NewAccessRequest { reason: reason.clone(), ..request(number) };
            ask(store, [new]).await;
            let expected = AccessRequest {
                id: id(number),
                tenant: ACME,
                user: id(1),
                asset: id(1),
                reason,
                requested_at: at(i64::try_from(number).unwrap()),
                status: RequestStatus::Pending,
                reviewed_by: None,
                reviewed_at: None,
                comment: None,
            };
            let found = store.get_access_request(ACME, id(number)).await.unwrap();
            assert_eq!(found, Some(expected));
        }
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    with_an_asset(async |store| {
        ask(store, [request(1)]).await;
        for (tenant, number) in [(ACME, 2), (NOBODY, 1)] {
            let found = store.get_access_request(tenant, id(number)).await.unwrap();
            assert_eq!(found, None);
        }
        assert_eq!(store.list_access_requests(NOBODY, None, &all()).await.unwrap(), []);
    });
}

#[test]
fn a_request_checks_its_tenant_its_id_its_user_and_its_asset_in_this_order() {
    with_an_asset(async |store| {
        let wrong = NewAccessRequest { user: id(9), asset: id(9), ..request(1) };
        let nowhere = NewAccessRequest { tenant: NOBODY, ..wrong.clone() };
        not_found(Entity::Tenant, store.create_access_request(&nowhere).await);
        not_found(Entity::User, store.create_access_request(&wrong).await);
        let no_asset = NewAccessRequest { asset: id(9), ..request(1) };
        not_found(Entity::Asset, store.create_access_request(&no_asset).await);
        ask(store, [request(1)]).await;
        unchanged(store, async || {
            already_exists(Entity::AccessRequest, store.create_access_request(&wrong).await);
        })
        .await;
    });
}

#[test]
fn users_of_another_tenant_and_of_none_cannot_ask() {
    with_an_asset(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        store.create_user(&User { tenant: Some(GLOBEX), ..user(2, "bob") }).await.unwrap();
        store.create_user(&User { tenant: None, ..user(3, "root") }).await.unwrap();
        for stranger in [2, 3] {
            let request = NewAccessRequest { user: id(stranger), ..request(1) };
            not_found(Entity::User, store.create_access_request(&request).await);
        }
    });
}

#[test]
fn an_asset_of_any_branch_can_be_asked_for_more_than_once() {
    with_an_asset(async |store| {
        branch_off(store, "dev").await;
        add(store, "dev", asset(2, ["ns"], "items")).await;
        let of_dev = |number| NewAccessRequest { asset: id(2), ..request(number) };
        ask(store, [request(1), of_dev(2), of_dev(3), request(4)]).await;
        assert_eq!(listed(store, None).await, [1, 2, 3, 4]);
    });
}

#[test]
fn a_decision_is_kept_with_who_when_and_why() {
    with_an_asset(async |store| {
        for (number, decision) in (1..).zip(ReviewDecision::iter()) {
            ask(store, [request(number)]).await;
            let review = Review { comment: Some(text("")), ..review(decision) };
            let now = decide(store, number, &review).await.unwrap();
            let expected = AccessRequest {
                status: decision.into(),
                reviewed_by: Some(id(9)),
                reviewed_at: Some(at(50)),
                comment: Some(text("")),
                ..request(number).into()
            };
            assert_eq!(now, expected);
            let found = store.get_access_request(ACME, id(number)).await.unwrap();
            assert_eq!(found, Some(expected));
        }
    });
}

#[test]
fn a_request_is_decided_once() {
    with_an_asset(async |store| {
        for (number, first) in (1..).zip(ReviewDecision::iter()) {
            ask(store, [request(number)]).await;
            decide(store, number, &review(first)).await.unwrap();
            unchanged(store, async || {
                for second in ReviewDecision::iter() {
                    let decided = decide(store, number, &review(second)).await;
                    conflict(ConflictReason::IllegalState, decided);
                }
            })
            .await;
        }
    });
}

#[test]
fn a_review_checks_the_tenant_and_then_the_request() {
    with_an_asset(async |store| {
        let approve = review(ReviewDecision::Approved);
        let nowhere = store.review_access_request(NOBODY, id(1), &approve).await;
        not_found(Entity::Tenant, nowhere);
        not_found(Entity::AccessRequest, decide(store, 1, &approve).await);
    });
}

#[test]
fn requests_are_listed_by_time_then_id() {
    with_an_asset(async |store| {
        let asked =
            |number, micros| NewAccessRequest { requested_at: at(micros), ..request(number) };
        ask(store, [asked(3, 5), asked(1, 7), asked(2, 5), asked(4, -1)]).await;
        assert_eq!(listed(store, None).await, [4, 2, 3, 1]);
    });
}

#[test]
fn requests_are_listed_by_status() {
    with_an_asset(async |store| {
        ask(store, [request(1), request(2), request(3), request(4)]).await;
        decide(store, 2, &review(ReviewDecision::Approved)).await.unwrap();
        decide(store, 3, &review(ReviewDecision::Rejected)).await.unwrap();
        assert_eq!(listed(store, Some(RequestStatus::Pending)).await, [1, 4]);
        assert_eq!(listed(store, Some(RequestStatus::Approved)).await, [2]);
        assert_eq!(listed(store, Some(RequestStatus::Rejected)).await, [3]);
        assert_eq!(listed(store, None).await, [1, 2, 3, 4]);
    });
}
