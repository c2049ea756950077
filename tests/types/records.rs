//! Records about entities come back from JSON as they were: audit events, business metadata, hits of
//! a search, access requests, synchronisations.

use pangolin_store::*;
use serde_json::json;
use strum::IntoEnumIterator;

use super::checks::round_trips;
use super::samples::{asset, at, id, json, name, path, properties, set, text};

#[test]
fn audit_events_round_trip() {
    for (action, resource_type) in AuditAction::iter().zip(ResourceType::iter().cycle()) {
        let event = AuditEvent {
            id: id(1),
            tenant: id(2),
            user: None,
            username: text(""),
            action,
            resource_type,
            resource_id: None,
            resource_name: text(""),
            timestamp: at(1),
            ip_address: None,
            user_agent: None,
            result: AuditResult::Failure,
            error_message: None,
            metadata: None,
        };
        round_trips(&event);
        round_trips(&event.key());
        round_trips(&AuditEvent {
            user: Some(id(3)),
            resource_id: Some(id(4)),
            ip_address: Some(text("::1")),
            user_agent: Some(text("")),
            error_message: Some(text("no")),
            metadata: Some(json(json!({ "n": [1, 1.0] }))),
            ..event
        });
    }
}

#[test]
fn audit_filters_round_trip() {
    round_trips(&AuditFilter::default());
    round_trips(&AuditFilter {
        user: Some(id(1)),
        action: Some(AuditAction::Login),
        resource_type: Some(ResourceType::ServiceUser),
        resource_id: Some(id(2)),
        from: Some(at(1)),
        to: Some(at(2)),
        result: Some(AuditResult::Success),
    });
}

fn metadata() -> BusinessMetadata {
    BusinessMetadata {
        asset: id(1),
        description: Some(text("")),
        tags: set([name("pii"), name("gold")]),
        properties: json(json!({ "a": [1, 1.0, null] })),
        discoverable: true,
        created_by: id(2),
        created_at: at(1),
        updated_by: id(3),
        updated_at: at(2),
    }
}

#[test]
fn business_metadata_round_trips() {
    round_trips(&metadata());
    round_trips(&BusinessMetadata { description: None, tags: set([]), ..metadata() });
    round_trips(&MetadataWrite {
        description: None,
        tags: set([name("pii")]),
        properties: Json::default(),
        discoverable: false,
        by: id(1),
        at: at(1),
    });
}

#[test]
fn searches_and_their_hits_round_trip() {
    round_trips(&AssetSearch::default());
    round_trips(&AssetSearch {
        text: text("%"),
        tags: set([name("pii")]),
        kind: Some(AssetKind::View),
        discoverable: Some(false),
    });
    let hit = AssetHit { catalog: name("sales"), asset: asset(), metadata: Some(metadata()) };
    round_trips(&hit);
    round_trips(&hit.key());
    round_trips(&AssetHit { metadata: None, ..hit });
    let namespace = Namespace { path: path(&["a"]), properties: properties() };
    round_trips(&NamespaceHit { catalog: name("sales"), namespace });
    round_trips(&NamespaceKey { catalog: name("sales"), path: path(&["a"]) });
    round_trips(&BranchHit { catalog: name("sales"), branch: Branch::main() });
}

#[test]
fn access_requests_round_trip_in_every_status() {
    let new = NewAccessRequest {
        id: id(1),
        tenant: id(2),
        user: id(3),
        asset: id(4),
        reason: Some(text("")),
        requested_at: at(1),
    };
    round_trips(&new);
    round_trips(&NewAccessRequest { reason: None, ..new.clone() });
    let pending = AccessRequest::from(new);
    round_trips(&pending);
    round_trips(&pending.key());
    for decision in ReviewDecision::iter() {
        let review =
            Review { decision, reviewed_by: id(5), reviewed_at: at(2), comment: Some(text("")) };
        round_trips(&review);
        round_trips(&pending.clone().reviewed(&review));
    }
}

#[test]
fn sync_statuses_round_trip() {
    for status in SyncOutcome::iter() {
        for error in [None, Some(text("")), Some(text("timeout"))] {
            round_trips(&SyncStatus {
                last_synced_at: at(1),
                status,
                tables_synced: u32::MAX,
                namespaces_synced: 0,
                error,
            });
        }
    }
}
