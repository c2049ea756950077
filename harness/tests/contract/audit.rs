//! The audit log.

use pangolin_store::*;
use serde_json::json;
use strum::IntoEnumIterator;

use super::checks::{already_exists, not_found, unchanged};
use super::fixtures::*;
use super::scenes::in_a_tenant;
use super::stores::Store;

async fn log<const N: usize>(store: &Store, events: [AuditEvent; N]) {
    for event in events {
        store.log_audit_event(&event).await.unwrap();
    }
}

async fn get(store: &Store, event: u128) -> Option<AuditEvent> {
    store.get_audit_event(ACME, id(event)).await.unwrap()
}

/// The ids of the events that match, in the order of the list; the count agrees.
async fn matching(store: &Store, filter: AuditFilter) -> Vec<u128> {
    let events = store.list_audit_events(ACME, &filter, &all()).await.unwrap();
    let count = store.count_audit_events(ACME, &filter).await.unwrap();
    assert_eq!(count, events.len() as u64);
    events.into_iter().map(|event| event.id.uuid().as_u128()).collect()
}

fn full(number: u128) -> AuditEvent {
    AuditEvent {
        user: Some(id(404)),
        action: AuditAction::RotateApiKey,
        resource_type: ResourceType::ServiceUser,
        resource_id: Some(id(7)),
        resource_name: text("%"),
        ip_address: Some(text("::1")),
        user_agent: Some(text("")),
        result: AuditResult::Failure,
        error_message: Some(text("no")),
        metadata: Some(super::fixtures::json(json!({ "a.b": [1, 1.0, null], "$c": u64::MAX }))),
        ..event(number)
    }
}

#[test]
fn an_event_comes_back_as_it_was_logged() {
    in_a_tenant(async |store| {
        let blank = AuditEvent {
            username: text(""),
            resource_name: text(""),
            ip_address: Some(text("")),
            error_message: Some(text("")),
            ..event(3)
        };
        for logged in [event(1), full(2), blank] {
            log(store, [logged.clone()]).await;
            assert_eq!(get(store, logged.id.uuid().as_u128()).await, Some(logged.clone()));
            let all_of_them = AuditFilter::default();
            let listed = store.list_audit_events(ACME, &all_of_them, &all()).await.unwrap();
            assert_eq!(listed[0], logged);
        }
    });
}

#[test]
fn every_action_is_read_back_as_what_was_written_and_is_found_by_it() {
    in_a_tenant(async |store| {
        for (number, action) in (1..).zip(AuditAction::iter()) {
            log(store, [AuditEvent { action, ..event(number) }]).await;
            assert_eq!(get(store, number).await.unwrap().action, action);
        }
        for (number, action) in (1..).zip(AuditAction::iter()) {
            let filter = AuditFilter { action: Some(action), ..AuditFilter::default() };
            assert_eq!(matching(store, filter).await, [number], "{action}");
        }
    });
}

#[test]
fn every_type_of_resource_is_read_back_and_is_found_by_it() {
    in_a_tenant(async |store| {
        for (number, resource_type) in (1..).zip(ResourceType::iter()) {
            log(store, [AuditEvent { resource_type, ..event(number) }]).await;
            assert_eq!(get(store, number).await.unwrap().resource_type, resource_type);
            let filter =
                AuditFilter { resource_type: Some(resource_type), ..AuditFilter::default() };
            assert_eq!(matching(store, filter).await, [number], "{resource_type}");
        }
    });
}

#[test]
fn no_metadata_and_metadata_null_are_different() {
    in_a_tenant(async |store| {
        let metadata = [None, Some(Json::default()), Some(super::fixtures::json(json!({})))];
        for (number, metadata) in (1..).zip(metadata) {
            log(store, [AuditEvent { metadata: metadata.clone(), ..event(number) }]).await;
            assert_eq!(get(store, number).await.unwrap().metadata, metadata);
        }
    });
}

#[test]
fn reads_of_missing_rows_return_none() {
    in_a_tenant(async |store| {
        log(store, [event(1)]).await;
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        for (tenant, number) in [(ACME, 2), (GLOBEX, 1), (NOBODY, 1)] {
            let found = store.get_audit_event(tenant, id(number)).await.unwrap();
            assert_eq!(found, None);
        }
        for tenant in [GLOBEX, NOBODY] {
            let all_of_them = AuditFilter::default();
            let listed = store.list_audit_events(tenant, &all_of_them, &all()).await.unwrap();
            assert_eq!(listed, []);
            assert_eq!(store.count_audit_events(tenant, &all_of_them).await.unwrap(), 0);
        }
    });
}

#[test]
fn an_event_needs_its_tenant_and_an_id_of_its_own() {
    in_a_tenant(async |store| {
        let nowhere = AuditEvent { tenant: NOBODY, ..event(1) };
        not_found(Entity::Tenant, store.log_audit_event(&nowhere).await);
        log(store, [event(1)]).await;
        unchanged(store, async || {
            let again = AuditEvent { timestamp: at(99), ..event(1) };
            already_exists(Entity::AuditEvent, store.log_audit_event(&again).await);
        })
        .await;
    });
}

#[test]
fn the_user_and_the_resource_of_an_event_need_not_exist() {
    in_a_tenant(async |store| {
        log(store, [full(1)]).await;
        assert_eq!(get(store, 1).await, Some(full(1)));
    });
}

#[test]
fn events_are_listed_newest_first_and_by_id_from_the_highest() {
    in_a_tenant(async |store| {
        for (number, micros) in [(3, 5), (1, 7), (4, 5), (2, -1), (5, 6)] {
            log(store, [AuditEvent { timestamp: at(micros), ..event(number) }]).await;
        }
        assert_eq!(matching(store, AuditFilter::default()).await, [1, 5, 4, 3, 2]);
    });
}

#[test]
fn a_page_continues_after_its_key_in_descending_order() {
    in_a_tenant(async |store| {
        for number in 1..=5 {
            log(store, [AuditEvent { timestamp: at(0), ..event(number) }]).await;
        }
        let key = AuditKey { timestamp: at(0), id: id(4) };
        let page = Page::first(limit(2)).then(key);
        let filter = AuditFilter::default();
        let listed = store.list_audit_events(ACME, &filter, &page).await.unwrap();
        assert_eq!(listed.iter().map(|event| event.id).collect::<Vec<_>>(), [id(3), id(2)]);
    });
}

/// Events 1 to 6, each of which differs from [`full`] in one field, and event 7, which does not differ.
async fn log_nearly_alike(store: &Store) {
    log(
        store,
        [
            AuditEvent { user: None, ..full(1) },
            AuditEvent { action: AuditAction::UpdateServiceUser, ..full(2) },
            AuditEvent { resource_type: ResourceType::User, ..full(3) },
            AuditEvent { resource_id: Some(id(8)), ..full(4) },
            AuditEvent { result: AuditResult::Success, ..full(5) },
            AuditEvent { resource_id: None, user: Some(id(405)), ..full(6) },
            full(7),
        ],
    )
    .await;
}

#[test]
fn each_filter_alone_finds_what_matches_it() {
    in_a_tenant(async |store| {
        log_nearly_alike(store).await;
        let none = AuditFilter::default;
        let rotate = Some(AuditAction::RotateApiKey);
        let service_user = Some(ResourceType::ServiceUser);
        for (filter, expected) in [
            (none(), &[7, 6, 5, 4, 3, 2, 1][..]),
            (AuditFilter { user: Some(id(404)), ..none() }, &[7, 5, 4, 3, 2]),
            (AuditFilter { user: Some(id(1)), ..none() }, &[]),
            (AuditFilter { action: rotate, ..none() }, &[7, 6, 5, 4, 3, 1]),
            (AuditFilter { resource_type: service_user, ..none() }, &[7, 6, 5, 4, 2, 1]),
            (AuditFilter { resource_id: Some(id(7)), ..none() }, &[7, 5, 3, 2, 1]),
            (AuditFilter { result: Some(AuditResult::Success), ..none() }, &[5]),
            (AuditFilter { result: Some(AuditResult::Failure), ..none() }, &[7, 6, 4, 3, 2, 1]),
        ] {
            assert_eq!(matching(store, filter.clone()).await, expected, "{filter:?}");
        }
    });
}

#[test]
fn all_filters_together_find_what_matches_all_of_them() {
    in_a_tenant(async |store| {
        log_nearly_alike(store).await;
        let filter = AuditFilter {
            user: Some(id(404)),
            action: Some(AuditAction::RotateApiKey),
            resource_type: Some(ResourceType::ServiceUser),
            resource_id: Some(id(7)),
            from: Some(at(1)),
            to: Some(at(7)),
            result: Some(AuditResult::Failure),
        };
        assert_eq!(matching(store, filter.clone()).await, [7]);
        let earlier = AuditFilter { to: Some(at(6)), ..filter };
        assert_eq!(matching(store, earlier).await, []);
    });
}

#[test]
fn times_of_a_filter_are_inclusive_to_the_microsecond() {
    in_a_tenant(async |store| {
        for number in 1..=4 {
            log(store, [event(number)]).await;
        }
        let between = |from: Option<i64>, to: Option<i64>| AuditFilter {
            from: from.map(at),
            to: to.map(at),
            ..AuditFilter::default()
        };
        assert_eq!(matching(store, between(Some(2), None)).await, [4, 3, 2]);
        assert_eq!(matching(store, between(None, Some(3))).await, [3, 2, 1]);
        assert_eq!(matching(store, between(Some(2), Some(3))).await, [3, 2]);
        assert_eq!(matching(store, between(Some(2), Some(2))).await, [2]);
        assert_eq!(matching(store, between(Some(3), Some(2))).await, []);
    });
}

#[test]
fn a_page_of_filtered_events_is_full_when_more_follow() {
    in_a_tenant(async |store| {
        for number in 1..=9 {
            let result = if number % 3 == 0 { AuditResult::Failure } else { AuditResult::Success };
            log(store, [AuditEvent { result, ..event(number) }]).await;
        }
        let filter = AuditFilter { result: Some(AuditResult::Failure), ..AuditFilter::default() };
        let page = Page::first(limit(2));
        let first = store.list_audit_events(ACME, &filter, &page).await.unwrap();
        assert_eq!(first.iter().map(|event| event.id).collect::<Vec<_>>(), [id(9), id(6)]);
        let next = page.then(first[1].key());
        let second = store.list_audit_events(ACME, &filter, &next).await.unwrap();
        assert_eq!(second.iter().map(|event| event.id).collect::<Vec<_>>(), [id(3)]);
    });
}

#[test]
fn the_first_and_the_last_time_are_found() {
    in_a_tenant(async |store| {
        for (number, timestamp) in [(1, Timestamp::MIN), (2, Timestamp::MAX)] {
            log(store, [AuditEvent { timestamp, ..event(number) }]).await;
            let filter = AuditFilter {
                from: Some(timestamp),
                to: Some(timestamp),
                ..AuditFilter::default()
            };
            assert_eq!(matching(store, filter).await, [number]);
        }
    });
}
