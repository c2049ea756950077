//! Where a field may be absent, empty or filled, the three are kept apart.

use std::fmt::Debug;

use pangolin_store::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::checks::round_trips;
use super::samples::{at, id, json, name, secret, text, vendings};

/// `field` reads absent, null and `filled` as `None`, `Some(None)` and `Some(Some(_))`, and writes
/// them so; `rest` is the rest of the update.
#[track_caller]
fn keeps_apart<U, T>(rest: &Value, field: &str, get: impl Fn(&U) -> &Option<Option<T>>, filled: T)
where
    U: DeserializeOwned + Serialize + PartialEq + Debug,
    T: Serialize + PartialEq + Debug,
{
    let read = |value: Option<Value>| -> U {
        let mut json = rest.clone();
        if let Some(value) = value {
            json.as_object_mut().unwrap().insert(field.to_owned(), value);
        }
        let update = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&update).unwrap(), json);
        round_trips(&update);
        update
    };
    let value = serde_json::to_value(&filled).unwrap();
    assert_eq!(get(&read(None)), &None, "absent {field}");
    assert_eq!(get(&read(Some(Value::Null))), &Some(None), "null {field}");
    assert_eq!(get(&read(Some(value))), &Some(Some(filled)), "filled {field}");
}

#[test]
fn warehouse_updates_leave_empty_or_replace_vending() {
    for vending in vendings() {
        keeps_apart::<WarehouseUpdate, _>(&json!({}), "vending", |u| &u.vending, vending);
    }
}

#[test]
fn catalog_updates_leave_empty_or_replace_warehouse_and_location() {
    let none = &json!({});
    keeps_apart::<CatalogUpdate, _>(none, "warehouse", |u| &u.warehouse, name("lake"));
    keeps_apart::<CatalogUpdate, _>(none, "storage_location", |u| &u.storage_location, text(""));
}

#[test]
fn asset_updates_leave_empty_or_replace_the_metadata_location() {
    let field = "metadata_location";
    keeps_apart::<AssetUpdate, _>(&json!({}), field, |u| &u.metadata_location, text(""));
}

#[test]
fn user_updates_leave_empty_or_replace_hash_identity_and_last_login() {
    let rest = &json!({ "updated_at": at(1) });
    let identity = OAuthIdentity { provider: name("google"), subject: name("1") };
    keeps_apart::<UserUpdate, _>(rest, "password_hash", |u| &u.password_hash, secret());
    keeps_apart::<UserUpdate, _>(rest, "oauth", |u| &u.oauth, identity);
    keeps_apart::<UserUpdate, _>(rest, "last_login", |u| &u.last_login, at(0));
}

#[test]
fn role_updates_leave_empty_or_replace_the_description() {
    let rest = &json!({ "updated_at": at(1) });
    keeps_apart::<RoleUpdate, _>(rest, "description", |u| &u.description, text(""));
}

#[test]
fn service_user_updates_leave_empty_or_replace_description_and_expiry() {
    let none = &json!({});
    keeps_apart::<ServiceUserUpdate, _>(none, "description", |u| &u.description, text(""));
    keeps_apart::<ServiceUserUpdate, _>(none, "expires_at", |u| &u.expires_at, at(0));
}

#[test]
fn settings_updates_leave_empty_or_replace_what_may_be_empty() {
    type Update = SettingsUpdate;
    let none = &json!({});
    let bucket = "default_warehouse_bucket";
    keeps_apart::<Update, _>(none, bucket, |u| &u.default_warehouse_bucket, text(""));
    keeps_apart::<Update, _>(none, "smtp_host", |u| &u.smtp_host, text(""));
    keeps_apart::<Update, _>(none, "smtp_port", |u| &u.smtp_port, 0);
    keeps_apart::<Update, _>(none, "smtp_user", |u| &u.smtp_user, text(""));
    keeps_apart::<Update, _>(none, "smtp_password", |u| &u.smtp_password, secret());
}

#[test]
fn an_empty_update_leaves_every_field() {
    fn is_empty_object<T: Serialize + DeserializeOwned + Default + PartialEq + Debug>() {
        assert_eq!(serde_json::to_value(T::default()).unwrap(), json!({}));
        assert_eq!(serde_json::from_value::<T>(json!({})).unwrap(), T::default());
    }
    is_empty_object::<TenantUpdate>();
    is_empty_object::<WarehouseUpdate>();
    is_empty_object::<CatalogUpdate>();
    is_empty_object::<AssetUpdate>();
    is_empty_object::<ServiceUserUpdate>();
    is_empty_object::<SettingsUpdate>();
    is_empty_object::<AuditFilter>();
}

#[test]
fn no_metadata_and_metadata_null_are_two_things() {
    let event = |metadata| AuditEvent {
        id: id(1),
        tenant: id(2),
        user: None,
        username: text(""),
        action: AuditAction::Login,
        resource_type: ResourceType::User,
        resource_id: None,
        resource_name: text(""),
        timestamp: at(0),
        ip_address: None,
        user_agent: None,
        result: AuditResult::Success,
        error_message: None,
        metadata,
    };
    let (none, null) = (event(None), event(Some(Json::default())));
    assert_ne!(none, null);
    round_trips(&none);
    round_trips(&null);
    round_trips(&event(Some(json(json!({})))));
}

#[test]
fn all_assets_and_none_of_them_are_two_ways_to_copy() {
    let branch = |namespaces| NewBranch {
        name: name("dev"),
        kind: BranchKind::Ingest,
        parent: name("main"),
        namespaces,
    };
    let (all, none) = (branch(None), branch(Some(SmallSet::default())));
    assert_ne!(serde_json::to_value(&all).unwrap(), serde_json::to_value(&none).unwrap());
    round_trips(&all);
    round_trips(&none);
}
