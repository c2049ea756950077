//! A field that nobody knows is refused by name rather than dropped.

use pangolin_store::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::samples::{at, choices, conflict_kinds, delete, id, name, path, put, scopes, vendings};

/// `T` refuses `json` with a field too many; without it, it is read.
#[track_caller]
fn refuses_surprises<T: DeserializeOwned>(json: &Value) {
    assert!(serde_json::from_value::<T>(json.clone()).is_ok(), "{json}");
    let mut json = json.clone();
    json.as_object_mut().unwrap().insert("surprise".to_owned(), json!(1));
    let error = serde_json::from_value::<T>(json.clone()).err();
    let error = error.unwrap_or_else(|| panic!("{json} was read")).to_string();
    assert!(error.contains("unknown field `surprise`"), "{error}");
}

/// As [`refuses_surprises`], inside the variant of an enum.
#[track_caller]
fn refuses_surprises_inside<T: DeserializeOwned + Serialize>(variants: Vec<T>) {
    for variant in variants {
        let json = serde_json::to_value(variant).unwrap();
        let Value::Object(tagged) = &json else { continue };
        let (tag, inner) = tagged.iter().next().unwrap();
        let mut inner = inner.clone();
        inner.as_object_mut().unwrap().insert("surprise".to_owned(), json!(1));
        let error = serde_json::from_value::<T>(json!({ tag: inner })).err();
        let error = error.unwrap_or_else(|| panic!("{tag} was read")).to_string();
        assert!(error.contains("unknown field `surprise`"), "{error}");
    }
}

fn uuid() -> Value {
    json!(id::<TenantId>(1))
}

#[test]
fn updates_refuse_unknown_fields() {
    let (none, at) = (json!({}), json!({ "updated_at": at(0) }));
    refuses_surprises::<TenantUpdate>(&none);
    refuses_surprises::<WarehouseUpdate>(&none);
    refuses_surprises::<CatalogUpdate>(&none);
    refuses_surprises::<PropertyChanges>(&none);
    refuses_surprises::<AssetUpdate>(&none);
    refuses_surprises::<MetadataSwap>(&json!({ "new": "" }));
    refuses_surprises::<ServiceUserUpdate>(&none);
    refuses_surprises::<SettingsUpdate>(&none);
    refuses_surprises::<UserUpdate>(&at);
    refuses_surprises::<RoleUpdate>(&at);
}

#[test]
fn the_core_catalog_refuses_unknown_fields() {
    let named = json!({ "id": uuid(), "name": "n", "properties": {} });
    refuses_surprises::<Tenant>(&named);
    refuses_surprises::<Warehouse>(&json!({ "id": uuid(), "name": "n", "storage_config": {} }));
    let mut catalog = named.clone();
    catalog["kind"] = json!("local");
    refuses_surprises::<Catalog>(&catalog);
    refuses_surprises::<Namespace>(&json!({ "path": ["a"], "properties": {} }));
    let mut asset = named;
    asset["namespace"] = json!(["a"]);
    asset["kind"] = json!("VIEW");
    asset["location"] = json!("");
    refuses_surprises::<Asset>(&asset);
}

#[test]
fn places_refuse_unknown_fields() {
    let (namespace, asset) = (path(&["a"]), name("n"));
    let place = AssetPlace { namespace: namespace.clone(), name: asset.clone() };
    refuses_surprises::<AssetPlace>(&serde_json::to_value(place).unwrap());
    let on = BranchRef { catalog: name("c"), branch: name("b") };
    refuses_surprises::<BranchRef>(&serde_json::to_value(on).unwrap());
    let at = AssetRef { catalog: name("c"), branch: name("b"), namespace, name: asset };
    refuses_surprises::<AssetRef>(&serde_json::to_value(at).unwrap());
}

#[test]
fn branches_tags_and_commits_refuse_unknown_fields() {
    refuses_surprises::<Branch>(&serde_json::to_value(Branch::main()).unwrap());
    refuses_surprises::<NewBranch>(&json!({ "name": "d", "kind": "ingest", "parent": "main" }));
    refuses_surprises::<Tag>(&json!({ "name": "v1", "commit": uuid() }));
    let operations = [put(0), delete("a")];
    let commit = json!({
        "id": uuid(), "author": "", "message": "", "at": at(0), "operations": operations,
    });
    refuses_surprises::<NewCommit>(&commit);
    refuses_surprises::<Commit>(&commit);
    refuses_surprises_inside(operations.into());
}

#[test]
fn merges_refuse_unknown_fields() {
    let new = json!({
        "id": uuid(), "source": "d", "target": "main", "initiated_by": uuid(), "initiated_at": at(0),
    });
    refuses_surprises::<NewMerge>(&new);
    let mut merge = new;
    merge["status"] = json!("ready");
    refuses_surprises::<MergeOperation>(&merge);
    refuses_surprises::<MergeCommit>(
        &json!({ "id": uuid(), "author": "", "message": "", "at": at(0) }),
    );
    let overlap = json!({ "data_overlap": { "partitions": [] } });
    let conflict = json!({ "id": uuid(), "asset": uuid(), "kind": overlap });
    refuses_surprises::<NewConflict>(&conflict);
    refuses_surprises::<MergeConflict>(&conflict);
    let choice = "take_source";
    refuses_surprises::<Resolution>(
        &json!({ "choice": choice, "resolved_by": uuid(), "resolved_at": at(0) }),
    );
}

#[test]
fn the_variants_of_enums_refuse_unknown_fields() {
    refuses_surprises_inside(vendings());
    refuses_surprises_inside(scopes());
    refuses_surprises_inside(conflict_kinds());
    refuses_surprises_inside(choices());
    refuses_surprises_inside(vec![CatalogKind::Federated { properties: Properties::default() }]);
}

#[test]
fn people_refuse_unknown_fields() {
    refuses_surprises::<User>(&json!({
        "id": uuid(), "username": "ann", "email": "", "role": "root", "active": true,
        "created_at": at(0), "updated_at": at(0),
    }));
    refuses_surprises::<OAuthIdentity>(&json!({ "provider": "p", "subject": "s" }));
    refuses_surprises::<Role>(&json!({
        "id": uuid(), "name": "r", "grants": [], "created_by": uuid(),
        "created_at": at(0), "updated_at": at(0),
    }));
    let grant = json!({ "scope": "tenant", "actions": [] });
    refuses_surprises::<Grant>(&grant);
    refuses_surprises::<Permission>(&json!({
        "id": uuid(), "user": uuid(), "scope": "tenant", "actions": [],
        "granted_by": uuid(), "granted_at": at(0),
    }));
}

#[test]
fn machines_refuse_unknown_fields() {
    refuses_surprises::<ServiceUser>(&json!({
        "id": uuid(), "tenant": uuid(), "name": "etl", "api_key_hash": "h", "role": "root",
        "created_at": at(0), "created_by": uuid(), "active": true,
    }));
    refuses_surprises::<Token>(&json!({
        "id": uuid(), "tenant": uuid(), "user": uuid(), "created_at": at(0), "expires_at": at(0),
    }));
    refuses_surprises::<Revocation>(&json!({ "token": uuid(), "expires_at": at(0) }));
}

#[test]
fn the_running_of_the_place_refuses_unknown_fields() {
    refuses_surprises::<Settings>(&serde_json::to_value(Settings::default()).unwrap());
    refuses_surprises::<AuditFilter>(&json!({}));
    refuses_surprises::<AuditEvent>(&json!({
        "id": uuid(), "tenant": uuid(), "username": "", "action": "login", "resource_type": "user",
        "resource_name": "", "timestamp": at(0), "result": "success",
    }));
    refuses_surprises::<SyncStatus>(&json!({
        "last_synced_at": at(0), "status": "success", "tables_synced": 0, "namespaces_synced": 0,
    }));
}

#[test]
fn metadata_and_requests_refuse_unknown_fields() {
    refuses_surprises::<MetadataWrite>(&json!({
        "tags": [], "properties": null, "discoverable": true, "by": uuid(), "at": at(0),
    }));
    refuses_surprises::<BusinessMetadata>(&json!({
        "asset": uuid(), "tags": [], "properties": null, "discoverable": true,
        "created_by": uuid(), "created_at": at(0), "updated_by": uuid(), "updated_at": at(0),
    }));
    let new = json!({
        "id": uuid(), "tenant": uuid(), "user": uuid(), "asset": uuid(), "requested_at": at(0),
    });
    refuses_surprises::<NewAccessRequest>(&new);
    let mut request = new;
    request["status"] = json!("pending");
    refuses_surprises::<AccessRequest>(&request);
    refuses_surprises::<Review>(
        &json!({ "decision": "approved", "reviewed_by": uuid(), "reviewed_at": at(0) }),
    );
}

#[test]
fn searches_pages_and_keys_refuse_unknown_fields() {
    refuses_surprises::<AssetSearch>(&json!({}));
    refuses_surprises::<Page<Name>>(&json!({ "limit": 1 }));
    refuses_surprises::<AuditKey>(&json!({ "timestamp": at(0), "id": uuid() }));
    refuses_surprises::<MergeKey>(&json!({ "initiated_at": at(0), "id": uuid() }));
    refuses_surprises::<AccessRequestKey>(&json!({ "requested_at": at(0), "id": uuid() }));
    refuses_surprises::<AssetKey>(&json!({ "catalog": "c", "namespace": ["a"], "name": "n" }));
    refuses_surprises::<NamespaceKey>(&json!({ "catalog": "c", "path": ["a"] }));
}

#[test]
fn hits_refuse_unknown_fields() {
    let namespace = json!({ "path": ["a"], "properties": {} });
    refuses_surprises::<NamespaceHit>(&json!({ "catalog": "c", "namespace": namespace }));
    let branch = Branch::main();
    refuses_surprises::<BranchHit>(&json!({ "catalog": "c", "branch": branch }));
    let CommitOperation::Put { asset } = put(0) else { unreachable!("it is a put") };
    refuses_surprises::<AssetHit>(&json!({ "catalog": "c", "asset": asset }));
}
