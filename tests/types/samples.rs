//! One of everything, with every field filled and with every field that may be empty empty.

use std::collections::BTreeSet;

use pangolin_store::{
    Asset, AssetField, AssetKind, CommitOperation, ConflictKind, Json, Name, NamespacePath,
    Properties, ResolutionChoice, Scope, Secret, SmallSet, Text, Timestamp, Vending,
};
use strum::IntoEnumIterator;
use uuid::Uuid;

/// What no error and no `Debug` may show.
pub(crate) const HIDDEN: &str = "hunter2";

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn id<I: From<Uuid>>(number: u128) -> I {
    I::from(uuid(number))
}

pub(crate) fn name(name: &str) -> Name {
    name.parse().unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    text.parse().unwrap()
}

pub(crate) fn path(names: &[&str]) -> NamespacePath {
    NamespacePath::new(names.iter().map(|&part| name(part)).collect::<Vec<_>>()).unwrap()
}

pub(crate) fn properties() -> Properties {
    Properties::from_pairs([("a.b", ""), ("$ключ", "väl\nue")]).unwrap()
}

pub(crate) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> SmallSet<T> {
    SmallSet::new(items).unwrap()
}

pub(crate) fn json(value: serde_json::Value) -> Json {
    Json::new(value).unwrap()
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

pub(crate) fn secret() -> Secret {
    Secret::new(HIDDEN).unwrap()
}

pub(crate) fn asset() -> Asset {
    Asset {
        id: id(1),
        namespace: path(&["a.b", "c"]),
        name: name("orders"),
        kind: AssetKind::MlModel,
        location: text("s3://bucket/orders"),
        metadata_location: Some(text("")),
        properties: properties(),
    }
}

/// A put of two bytes of names and so many of location.
pub(crate) fn put(location: usize) -> CommitOperation {
    let asset = Asset {
        namespace: path(&["n"]),
        name: name("a"),
        location: Text::new("l".repeat(location)).unwrap(),
        metadata_location: None,
        properties: Properties::default(),
        ..asset()
    };
    CommitOperation::Put { asset }
}

pub(crate) fn delete(asset: &str) -> CommitOperation {
    CommitOperation::Delete { namespace: path(&["n"]), name: name(asset) }
}

pub(crate) fn vendings() -> Vec<Vending> {
    vec![
        Vending::AwsSts { role_arn: text("arn:aws"), external_id: Some(text("")) },
        Vending::AwsSts { role_arn: text(""), external_id: None },
        Vending::AwsStatic { access_key_id: text("key"), secret_access_key: secret() },
        Vending::AzureSas { account_name: text("account"), account_key: secret() },
        Vending::GcpDownscoped { service_account_email: text("a@b"), private_key: secret() },
    ]
}

pub(crate) fn scopes() -> Vec<Scope> {
    vec![
        Scope::Tenant,
        Scope::Catalog { catalog: id(1) },
        Scope::Namespace { catalog: id(1), namespace: path(&["a", "b"]) },
        Scope::Asset { asset: id(2) },
        Scope::Tag { tag: name("pii") },
    ]
}

pub(crate) fn conflict_kinds() -> Vec<ConflictKind> {
    vec![
        ConflictKind::ModifiedInBoth { fields: AssetField::iter().collect() },
        ConflictKind::ModifiedInBoth { fields: BTreeSet::new() },
        ConflictKind::DeletedInSource,
        ConflictKind::DeletedInTarget,
        ConflictKind::NameTaken { by: id(3) },
        ConflictKind::SchemaChange { source_schema: text("{}"), target_schema: text("") },
        ConflictKind::DataOverlap { partitions: set([text("day=1"), text("")]) },
    ]
}

pub(crate) fn choices() -> Vec<ResolutionChoice> {
    vec![
        ResolutionChoice::TakeSource,
        ResolutionChoice::TakeTarget,
        ResolutionChoice::Manual { asset: asset() },
    ]
}
