//! Calls that wait while another transaction deletes what they name, or that run beside one.

use std::pin::Pin;

use pangolin_store::store::{
    AccessRequests, Assets, AuditLog, Branches, BusinessMetadataStore, Catalogs, Commits,
    Namespaces, Permissions, Roles, ServiceUsers, Tags, Tenants, Tokens, Users, Warehouses,
};
use pangolin_store::*;
use uuid::Uuid;

use super::fixture::*;

type Call = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// The number of sessions that wait for a lock.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";

const ID: Uuid = Uuid::from_u128(7);

fn user() -> User {
    User {
        id: UserId::new(ID),
        tenant: Some(ACME),
        username: name("ann"),
        email: text("ann@example.org"),
        password_hash: None,
        oauth: None,
        role: UserRole::TenantUser,
        active: true,
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
        last_login: None,
    }
}

fn warehouse() -> Warehouse {
    let id = WarehouseId::new(ID);
    Warehouse { id, name: name("cold"), storage_config: Default::default(), vending: None }
}

fn catalog() -> Catalog {
    Catalog {
        id: CatalogId::new(ID),
        name: name("pond"),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Default::default(),
    }
}

fn namespace() -> Namespace {
    Namespace { path: "sales".parse().unwrap(), properties: Default::default() }
}

fn commit() -> NewCommit {
    NewCommit {
        id: CommitId::new(ID),
        parent: None,
        author: text("ann"),
        message: text("first"),
        at: Timestamp::EPOCH,
        operations: Operations::new([CommitOperation::Put { asset: asset(1) }]).unwrap(),
    }
}

fn tag() -> Tag {
    Tag { name: name("v1"), commit: commit().id }
}

fn role() -> Role {
    Role {
        id: RoleId::new(ID),
        name: name("reader"),
        description: None,
        grants: SmallSet::new([]).unwrap(),
        created_by: UserId::new(ID),
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
    }
}

fn permission() -> Permission {
    Permission {
        id: PermissionId::new(ID),
        user: user().id,
        scope: Scope::Tenant,
        actions: SmallSet::new([Action::Read]).unwrap(),
        granted_by: user().id,
        granted_at: Timestamp::EPOCH,
    }
}

fn service_user() -> ServiceUser {
    ServiceUser {
        id: ServiceUserId::new(ID),
        tenant: ACME,
        name: name("etl"),
        description: None,
        api_key_hash: ApiKeyHash::new("hash").unwrap(),
        role: UserRole::TenantUser,
        created_at: Timestamp::EPOCH,
        created_by: UserId::new(ID),
        last_used: None,
        expires_at: None,
        active: true,
    }
}

fn token() -> Token {
    Token {
        id: TokenId::new(ID),
        tenant: ACME,
        user: user().id,
        created_at: Timestamp::EPOCH,
        expires_at: Timestamp::EPOCH,
    }
}

fn event() -> AuditEvent {
    AuditEvent {
        id: AuditEventId::new(ID),
        tenant: ACME,
        user: None,
        username: text("ann"),
        action: AuditAction::CreateTenant,
        resource_type: ResourceType::Tenant,
        resource_id: None,
        resource_name: text("acme"),
        timestamp: Timestamp::EPOCH,
        ip_address: None,
        user_agent: None,
        result: AuditResult::Success,
        error_message: None,
        metadata: None,
    }
}

fn request() -> NewAccessRequest {
    NewAccessRequest {
        id: AccessRequestId::new(ID),
        tenant: ACME,
        user: user().id,
        asset: asset(1).id,
        reason: None,
        requested_at: Timestamp::EPOCH,
    }
}

/// Names a table and the call that creates its only row of the fixtures above.
macro_rules! creates {
    ($($table:literal => |$store:ident| $call:expr;)*) => {
        vec![$({
            let create: fn(PostgresStore) -> Call = |$store| Box::pin(async move { $call.await });
            ($table, create)
        }),*]
    };
}

/// Begins a call on a store.
type Begin = fn(PostgresStore) -> Call;

/// The creates, each after those that it needs.
fn creates() -> Vec<(&'static str, Begin)> {
    creates! {
        "tenants WHERE name = 'other'" => |store| store.create_tenant(&tenant(9, "other"));
        "warehouses" => |store| store.create_warehouse(ACME, &warehouse());
        "catalogs WHERE name = 'pond'" => |store| store.create_catalog(ACME, &catalog());
        "namespaces WHERE path = 'two'" => |store| {
            let two = Namespace { path: "two".parse().unwrap(), ..namespace() };
            async move { store.create_namespace(ACME, &lake(), &two).await }
        };
        "assets" => |store| store.create_asset(ACME, &on("main"), &asset(1));
        "tags" => |store| store.create_tag(ACME, &lake(), &tag());
        "branches WHERE name = 'dev'" => |store| async move {
            let (name, parent) = (name("dev"), name("main"));
            let kind = BranchKind::Ingest;
            let dev = NewBranch { name, kind, parent, namespaces: None };
            store.create_branch(ACME, &lake(), &dev).await.map(drop)
        };
        "users" => |store| store.create_user(&user());
        "roles" => |store| store.create_role(ACME, &role());
        "role_assignments" => |store| store.assign_role(ACME, user().id, role().id);
        "permissions" => |store| store.grant_permission(ACME, &permission());
        "service_users" => |store| store.create_service_user(&service_user());
        "tokens" => |store| store.store_token(&token());
        "audit_events" => |store| store.log_audit_event(&event());
        "access_requests" => |store| store.create_access_request(&request());
    }
}

/// Starts a call beside an open transaction, waits until it has ended or waits for a lock, commits the
/// transaction, and returns the result of the call.
async fn beside(database: &Database, held: Held, call: Call) -> Result<()> {
    let call = tokio::spawn(call);
    while !call.is_finished() && database.number(WAITING).await == 0 {}
    held.commit().await;
    call.await.unwrap()
}

#[test]
fn a_create_beside_an_uncommitted_delete_takes_effect_if_and_only_if_it_succeeds() {
    on_a_store(async |database, store| {
        let create = creates();
        for (row, create_again) in &create {
            store.clear().await.unwrap();
            furnish(store).await;
            store.commit(ACME, &on("main"), &commit()).await.unwrap();
            database.run("DELETE FROM assets").await;
            for (_, create) in &create {
                create(store.clone()).await.unwrap();
            }
            let held = database.hold(&format!("DELETE FROM {row}")).await;
            let result = beside(database, held, create_again(store.clone())).await;
            let is_there = database.number(&format!("SELECT count(*) FROM {row}")).await == 1;
            assert!(
                matches!(result, Ok(()) | Err(StoreError::AlreadyExists { .. })),
                "{row}: {result:?}"
            );
            assert_eq!(result.is_ok(), is_there, "{row}: {result:?}");
        }
    });
}

#[test]
fn a_call_beside_a_deletion_of_its_parent_names_the_outermost_that_is_missing() {
    on_a_store(async |database, store| {
        let calls: Vec<(&str, Entity, Begin)> = vec![
            ("tenants", Entity::Tenant, |store| {
                Box::pin(async move {
                    store.touch_service_user(ACME, service_user().id, Timestamp::EPOCH).await
                })
            }),
            ("tenants", Entity::Tenant, |store| {
                Box::pin(async move { store.delete_service_user(ACME, service_user().id).await })
            }),
            ("tenants", Entity::Tenant, |store| {
                Box::pin(async move { store.delete_role(ACME, role().id).await })
            }),
            ("tenants", Entity::Tenant, |store| {
                Box::pin(async move { store.revoke_role(ACME, user().id, role().id).await })
            }),
            ("tenants", Entity::Tenant, |store| {
                Box::pin(async move { store.revoke_permission(ACME, permission().id).await })
            }),
            ("tenants", Entity::Tenant, |store| {
                Box::pin(async move { store.delete_business_metadata(ACME, asset(1).id).await })
            }),
            ("tenants", Entity::Tenant, |store| {
                Box::pin(async move {
                    let warehouse = Some(Some(warehouse().name));
                    let update = CatalogUpdate { warehouse, ..Default::default() };
                    store.update_catalog(ACME, &lake(), &update).await.map(drop)
                })
            }),
            ("catalogs", Entity::Catalog, |store| {
                Box::pin(async move {
                    let changes = PropertyChanges::default();
                    let path = namespace().path;
                    store.set_namespace_properties(ACME, &lake(), &path, &changes).await.map(drop)
                })
            }),
        ];
        for (table, missing, call) in calls {
            store.clear().await.unwrap();
            furnish(store).await;
            store.commit(ACME, &on("main"), &commit()).await.unwrap();
            database.run("DELETE FROM assets").await;
            for (_, create) in creates() {
                create(store.clone()).await.unwrap();
            }
            store.upsert_business_metadata(ACME, asset(1).id, &metadata("x")).await.unwrap();
            let held = database.hold(&format!("DELETE FROM {table}")).await;
            let result = beside(database, held, call(store.clone())).await;
            match result {
                Err(StoreError::NotFound { entity, .. }) => assert_eq!(entity, missing),
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_clean_up_includes_what_was_acknowledged_before_it_took_effect() {
    on_a_store(async |database, store| {
        furnish(store).await;
        store.create_user(&user()).await.unwrap();
        store.store_token(&token()).await.unwrap();
        let held = database.hold("SELECT FROM tokens FOR UPDATE").await;
        let cleaning = store.clone();
        let clean_up =
            tokio::spawn(
                async move { cleaning.cleanup_expired_tokens(ACME, Timestamp::EPOCH).await },
            );
        while database.number(WAITING).await == 0 {}
        let id = TokenId::new(Uuid::from_u128(8));
        let revocation = Revocation { token: id, reason: None, expires_at: Timestamp::EPOCH };
        let revoking = store.clone();
        let revoke = tokio::spawn(async move { revoking.revoke_token(ACME, &revocation).await });
        while !revoke.is_finished() && database.number(WAITING).await < 2 {}
        let acknowledged_before = revoke.is_finished();
        held.commit().await;
        revoke.await.unwrap().unwrap();
        let cleaned_up = clean_up.await.unwrap().unwrap();
        assert_eq!(cleaned_up, u64::from(acknowledged_before));
        assert_eq!(store.is_token_revoked(ACME, id).await.unwrap(), !acknowledged_before);
    });
}
