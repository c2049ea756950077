//! Every variant of every enum has one spelling, by which it comes back.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use pangolin_store::{
    Action, AssetField, AssetKind, AuditAction, AuditResult, BranchKind, ConflictReason, Entity,
    MergeStatus, RequestStatus, ResourceType, ReviewDecision, SyncOutcome, UserRole,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use strum::IntoEnumIterator;

use super::checks::round_trips;

/// How serde writes each variant, in order; no two alike.
fn spellings<E>() -> Vec<String>
where
    E: IntoEnumIterator + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let written = |variant| {
        round_trips(&variant);
        serde_json::from_value::<String>(serde_json::to_value(&variant).unwrap()).unwrap()
    };
    let spellings: Vec<_> = E::iter().map(written).collect();
    assert_eq!(spellings.iter().collect::<BTreeSet<_>>().len(), spellings.len());
    spellings
}

/// Strum writes and reads each variant as serde does.
fn strum_agrees<E>()
where
    E: IntoEnumIterator + Serialize + DeserializeOwned + PartialEq + Debug + Display + FromStr,
    E: Into<&'static str> + Copy,
{
    for (variant, spelling) in E::iter().zip(spellings::<E>()) {
        assert_eq!(variant.to_string(), spelling);
        assert_eq!(Into::<&'static str>::into(variant), spelling);
        assert!(E::from_str(&spelling).is_ok_and(|read| read == variant), "{spelling}");
    }
}

#[test]
fn there_are_17_kinds_of_assets() {
    let kinds = [
        "ICEBERG_TABLE",
        "DELTA_TABLE",
        "HUDI_TABLE",
        "PARQUET_TABLE",
        "CSV_TABLE",
        "JSON_TABLE",
        "VIEW",
        "ML_MODEL",
        "APACHE_PAIMON",
        "VORTEX",
        "LANCE",
        "NIMBLE",
        "DIRECTORY",
        "VIDEO_FILE",
        "IMAGE_FILE",
        "DB_CONN_STRING",
        "OTHER",
    ];
    assert_eq!(spellings::<AssetKind>(), kinds);
    strum_agrees::<AssetKind>();
}

#[test]
fn audit_actions_are_read_back_as_what_was_written() {
    strum_agrees::<AuditAction>();
    assert!(spellings::<AuditAction>().contains(&"rotate_api_key".to_owned()));
}

#[test]
fn every_type_of_resource_has_an_audit_action() {
    let actions = spellings::<AuditAction>();
    for resource in spellings::<ResourceType>() {
        assert!(
            actions.iter().any(|action| action.ends_with(&resource)),
            "no action is about a {resource}"
        );
    }
}

#[test]
fn resource_types_and_audit_results_have_one_spelling() {
    strum_agrees::<ResourceType>();
    strum_agrees::<AuditResult>();
    assert_eq!(spellings::<AuditResult>(), ["success", "failure"]);
}

#[test]
fn branch_kinds_have_one_spelling() {
    strum_agrees::<BranchKind>();
    assert_eq!(spellings::<BranchKind>(), ["main", "ingest", "experimental"]);
}

#[test]
fn merge_statuses_have_one_spelling_and_two_are_open() {
    strum_agrees::<MergeStatus>();
    assert_eq!(spellings::<MergeStatus>(), ["conflicted", "ready", "completed", "aborted"]);
    let open: Vec<_> = MergeStatus::iter().filter(|status| status.is_open()).collect();
    assert_eq!(open, [MergeStatus::Conflicted, MergeStatus::Ready]);
}

#[test]
fn actions_have_one_spelling() {
    strum_agrees::<Action>();
    assert_eq!(spellings::<Action>().len(), 10);
}

#[test]
fn user_roles_have_one_spelling() {
    strum_agrees::<UserRole>();
    assert_eq!(spellings::<UserRole>(), ["root", "tenant_admin", "tenant_user"]);
}

#[test]
fn request_statuses_and_decisions_have_one_spelling() {
    strum_agrees::<RequestStatus>();
    assert_eq!(spellings::<RequestStatus>(), ["pending", "approved", "rejected"]);
    assert_eq!(spellings::<ReviewDecision>(), ["approved", "rejected"]);
}

#[test]
fn a_decision_becomes_the_status_of_its_name() {
    for decision in ReviewDecision::iter() {
        let status = RequestStatus::from(decision);
        assert_eq!(serde_json::to_value(status).unwrap(), serde_json::to_value(decision).unwrap());
    }
}

#[test]
fn sync_outcomes_have_one_spelling() {
    strum_agrees::<SyncOutcome>();
    assert_eq!(spellings::<SyncOutcome>(), ["success", "failed", "syncing"]);
}

#[test]
fn asset_fields_have_one_spelling() {
    let fields = ["namespace", "name", "kind", "location", "metadata_location", "properties"];
    assert_eq!(spellings::<AssetField>(), fields);
}

#[test]
fn the_entities_of_errors_have_one_spelling() {
    for (entity, spelling) in Entity::iter().zip(spellings::<Entity>()) {
        assert_eq!(entity.to_string(), spelling);
        assert_eq!(Into::<&'static str>::into(entity), spelling);
    }
}

#[test]
fn the_reasons_of_conflicts_have_one_spelling_and_a_sentence() {
    let reasons = [
        "stale",
        "in_use",
        "not_empty",
        "illegal_state",
        "unresolved",
        "not_mergeable",
        "protected",
        "not_federated",
    ];
    assert_eq!(spellings::<ConflictReason>(), reasons);
    for (reason, spelling) in ConflictReason::iter().zip(reasons) {
        assert_eq!(Into::<&'static str>::into(reason), spelling);
        assert!(reason.to_string().contains(' '), "{reason}");
    }
}

#[test]
fn an_unknown_variant_is_refused_by_name() {
    let error = serde_json::from_str::<AssetKind>("\"iceberg_table\"").unwrap_err();
    assert!(error.to_string().contains("unknown variant `iceberg_table`"), "{error}");
    assert!("iceberg_table".parse::<AssetKind>().is_err());
    assert!(serde_json::from_str::<AuditAction>("\"CreateTenant\"").is_err());
}
