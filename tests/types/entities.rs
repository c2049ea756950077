//! Every entity, and every struct that a call takes, comes back from JSON as it was.

use pangolin_store::*;
use strum::IntoEnumIterator;

use super::checks::round_trips;
use super::samples::{
    asset, at, choices, conflict_kinds, delete, id, name, path, properties, put, scopes, secret,
    set, text, vendings,
};

#[test]
fn tenants_round_trip() {
    round_trips(&Tenant { id: id(1), name: name("acme"), properties: properties() });
    round_trips(&TenantUpdate::default());
    round_trips(&TenantUpdate { name: Some(name("a")), properties: Some(properties()) });
}

#[test]
fn warehouses_round_trip_with_every_way_of_vending() {
    for vending in vendings().into_iter().map(Some).chain([None]) {
        round_trips(&Warehouse {
            id: id(1),
            name: name("lake"),
            storage_config: properties(),
            vending: vending.clone(),
        });
        round_trips(&WarehouseUpdate {
            name: None,
            storage_config: Some(properties()),
            vending: Some(vending),
        });
    }
}

#[test]
fn catalogs_round_trip_local_and_federated() {
    let local = Catalog {
        id: id(1),
        name: name("sales"),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Properties::default(),
    };
    round_trips(&local);
    round_trips(&Catalog {
        kind: CatalogKind::Federated { properties: properties() },
        warehouse: Some(name("lake")),
        storage_location: Some(text("")),
        properties: properties(),
        ..local
    });
}

#[test]
fn namespaces_round_trip() {
    round_trips(&Namespace { path: path(&["a.b", "c"]), properties: properties() });
}

#[test]
fn assets_round_trip_whatever_they_are() {
    for kind in AssetKind::iter() {
        round_trips(&Asset { kind, ..asset() });
        round_trips(&Asset { kind, metadata_location: None, ..asset() });
        round_trips(&AssetUpdate { kind: Some(kind), ..AssetUpdate::default() });
    }
}

#[test]
fn places_and_swaps_of_assets_round_trip() {
    let (namespace, asset) = (path(&["a.b"]), name("orders"));
    round_trips(&BranchRef { catalog: name("sales"), branch: name("main") });
    round_trips(&AssetPlace { namespace: namespace.clone(), name: asset.clone() });
    round_trips(&AssetRef { catalog: name("sales"), branch: name("main"), namespace, name: asset });
    round_trips(&MetadataSwap { expected: None, new: text("") });
    round_trips(&MetadataSwap { expected: Some(text("")), new: text("v1") });
}

#[test]
fn branches_round_trip_whatever_they_are_for() {
    round_trips(&Branch::main());
    for kind in BranchKind::iter() {
        round_trips(&Branch {
            name: name("dev"),
            kind,
            parent: Some(name("main")),
            head: Some(id(1)),
        });
        let copied = [None, Some(set([])), Some(set([path(&["a"]), path(&["a", "b"])]))];
        for namespaces in copied {
            round_trips(&NewBranch { name: name("dev"), kind, parent: name("main"), namespaces });
        }
    }
}

#[test]
fn tags_round_trip() {
    round_trips(&Tag { name: name("v1"), commit: id(1) });
}

#[test]
fn commits_round_trip_with_both_operations() {
    let new = NewCommit {
        id: id(2),
        parent: Some(id(1)),
        author: text("ann"),
        message: text(""),
        at: at(-1),
        operations: Operations::new([put(3), delete("a")]).unwrap(),
    };
    round_trips(&new);
    round_trips(&NewCommit { parent: None, ..new.clone() });
    round_trips(&Commit::from(new.clone()));
    round_trips(&Commit { operations: [].into(), ..Commit::from(new) });
}

#[test]
fn starts_of_a_history_round_trip() {
    round_trips(&HistoryStart::Branch(name("main")));
    round_trips(&HistoryStart::Commit(id(1)));
}

#[test]
fn merges_round_trip_in_every_status() {
    for status in MergeStatus::iter() {
        let merge = MergeOperation {
            id: id(1),
            source: name("dev"),
            target: name("main"),
            initiated_by: id(2),
            initiated_at: at(1),
            status,
            completed_at: None,
            result_commit: None,
            source_head: None,
            target_head: None,
        };
        round_trips(&merge);
        round_trips(&merge.key());
        round_trips(&MergeOperation {
            completed_at: Some(at(2)),
            result_commit: Some(id(3)),
            source_head: Some(id(4)),
            target_head: Some(id(5)),
            ..merge
        });
    }
}

#[test]
fn what_begins_and_ends_a_merge_round_trips() {
    round_trips(&NewMerge {
        id: id(1),
        source: name("dev"),
        target: name("main"),
        initiated_by: id(2),
        initiated_at: at(1),
    });
    round_trips(&MergeCommit { id: id(1), author: text(""), message: text("m"), at: at(1) });
}

#[test]
fn conflicts_round_trip_of_every_kind_and_with_every_choice() {
    for kind in conflict_kinds() {
        let conflict = MergeConflict { id: id(1), asset: id(2), kind, resolution: None };
        round_trips(&conflict);
        for choice in choices() {
            let resolution = Resolution { choice, resolved_by: id(3), resolved_at: at(1) };
            round_trips(&resolution);
            round_trips(&MergeConflict { resolution: Some(resolution), ..conflict.clone() });
        }
    }
}

#[test]
fn users_round_trip_in_every_role() {
    for role in UserRole::iter() {
        let root = User {
            id: id(1),
            tenant: None,
            username: name("root"),
            email: text(""),
            password_hash: None,
            oauth: None,
            role,
            active: false,
            created_at: Timestamp::MIN,
            updated_at: Timestamp::MAX,
            last_login: None,
        };
        round_trips(&root);
        round_trips(&User {
            tenant: Some(id(2)),
            password_hash: Some(secret()),
            oauth: Some(OAuthIdentity { provider: name("google"), subject: name("1") }),
            active: true,
            last_login: Some(at(1)),
            ..root
        });
    }
}

#[test]
fn roles_and_permissions_round_trip_with_every_scope_and_action() {
    for scope in scopes() {
        let grant = Grant { scope: scope.clone(), actions: set(Action::iter()) };
        round_trips(&grant);
        round_trips(&Role {
            id: id(1),
            name: name("reader"),
            description: Some(text("")),
            grants: set([grant, Grant { scope: scope.clone(), actions: set([]) }]),
            created_by: id(2),
            created_at: at(1),
            updated_at: at(2),
        });
        round_trips(&Permission {
            id: id(1),
            user: id(2),
            scope,
            actions: set(Action::iter()),
            granted_by: id(3),
            granted_at: at(1),
        });
    }
}

#[test]
fn service_users_round_trip() {
    let bare = ServiceUser {
        id: id(1),
        tenant: id(2),
        name: name("etl"),
        description: None,
        api_key_hash: ApiKeyHash::new("hash").unwrap(),
        role: UserRole::TenantUser,
        created_at: at(1),
        created_by: id(3),
        last_used: None,
        expires_at: None,
        active: false,
    };
    round_trips(&bare);
    round_trips(&ServiceUser {
        description: Some(text("")),
        last_used: Some(at(2)),
        expires_at: Some(Timestamp::MAX),
        active: true,
        ..bare
    });
}

#[test]
fn tokens_and_revocations_round_trip() {
    round_trips(&Token {
        id: id(1),
        tenant: id(2),
        user: id(3),
        created_at: at(1),
        expires_at: at(2),
    });
    for reason in [None, Some(text("")), Some(text("lost"))] {
        round_trips(&Revocation { token: id(1), reason, expires_at: at(1) });
    }
}

#[test]
fn settings_round_trip() {
    round_trips(&Settings::default());
    round_trips(&Settings {
        allow_public_signup: true,
        default_warehouse_bucket: Some(text("")),
        default_retention_days: u32::MAX,
        smtp_host: Some(text("mail")),
        smtp_port: Some(u16::MAX),
        smtp_user: Some(text("ann")),
        smtp_password: Some(secret()),
    });
}
