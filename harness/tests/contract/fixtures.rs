//! Short builders that keep a test close to its rule.
//!
//! Rows of a tenant are in [`ACME`], and rows of a catalog are in `sales`, unless a test says otherwise.

use std::num::NonZeroU32;
use std::sync::Arc;

use pangolin_store::*;
use uuid::Uuid;

pub(crate) const ACME: TenantId = TenantId::new(Uuid::from_u128(1));
pub(crate) const GLOBEX: TenantId = TenantId::new(Uuid::from_u128(2));
/// A tenant that does not exist.
pub(crate) const NOBODY: TenantId = TenantId::new(Uuid::from_u128(404));

/// Names in bytewise order, in which no locale sorts them.
pub(crate) const BYTEWISE: [&str; 8] = ["B", "a", "a b", "a.b", "a_b", "ab", "b", "é"];

/// [`BYTEWISE`] in an order that is neither its own nor the reverse.
pub(crate) fn scrambled() -> [&'static str; 8] {
    [5, 0, 7, 2, 1, 6, 3, 4].map(|index: usize| BYTEWISE[index])
}

pub(crate) fn id<I: From<Uuid>>(number: u128) -> I {
    I::from(Uuid::from_u128(number))
}

pub(crate) fn name(name: &str) -> Name {
    name.parse().unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    text.parse().unwrap()
}

pub(crate) fn secret(secret: &str) -> Secret {
    Secret::new(secret).unwrap()
}

pub(crate) fn hash(hash: &str) -> ApiKeyHash {
    ApiKeyHash::new(hash).unwrap()
}

pub(crate) fn path<const N: usize>(names: [&str; N]) -> NamespacePath {
    NamespacePath::new(names.map(name)).unwrap()
}

pub(crate) fn properties<const N: usize>(pairs: [(&str, &str); N]) -> Properties {
    Properties::from_pairs(pairs).unwrap()
}

pub(crate) fn json(value: serde_json::Value) -> Json {
    Json::new(value).unwrap()
}

pub(crate) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> SmallSet<T> {
    SmallSet::new(items).unwrap()
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

pub(crate) fn limit(rows: u32) -> NonZeroU32 {
    NonZeroU32::new(rows).unwrap()
}

pub(crate) fn all<K>() -> Page<K> {
    Page::all()
}

pub(crate) fn tenant(number: u128, called: &str) -> Tenant {
    Tenant { id: id(number), name: name(called), properties: Properties::default() }
}

pub(crate) fn warehouse(number: u128, called: &str) -> Warehouse {
    Warehouse {
        id: id(number),
        name: name(called),
        storage_config: properties([("bucket", called)]),
        vending: None,
    }
}

pub(crate) fn catalog(number: u128, called: &str) -> Catalog {
    Catalog {
        id: id(number),
        name: name(called),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Properties::default(),
    }
}

pub(crate) fn federated(number: u128, called: &str) -> Catalog {
    let kind = CatalogKind::Federated { properties: properties([("uri", "https://far")]) };
    Catalog { kind, ..catalog(number, called) }
}

pub(crate) fn namespace<const N: usize>(names: [&str; N]) -> Namespace {
    Namespace { path: path(names), properties: Properties::default() }
}

pub(crate) fn asset<const N: usize>(number: u128, names: [&str; N], called: &str) -> Asset {
    Asset {
        id: id(number),
        namespace: path(names),
        name: name(called),
        kind: AssetKind::IcebergTable,
        location: text(&format!("s3://lake/{number}")),
        metadata_location: None,
        properties: Properties::default(),
    }
}

/// A branch of the catalog `sales`.
pub(crate) fn on(branch: &str) -> BranchRef {
    BranchRef { catalog: name("sales"), branch: name(branch) }
}

/// The address of an asset in the catalog `sales`.
pub(crate) fn asset_ref<const N: usize>(branch: &str, names: [&str; N], called: &str) -> AssetRef {
    AssetRef {
        catalog: name("sales"),
        branch: name(branch),
        namespace: path(names),
        name: name(called),
    }
}

pub(crate) fn place<const N: usize>(names: [&str; N], called: &str) -> AssetPlace {
    AssetPlace { namespace: path(names), name: name(called) }
}

/// An ingest branch with all of the assets of `parent`.
pub(crate) fn ingest(called: &str, parent: &str) -> NewBranch {
    NewBranch {
        name: name(called),
        kind: BranchKind::Ingest,
        parent: name(parent),
        namespaces: None,
    }
}

pub(crate) fn put(asset: Asset) -> CommitOperation {
    CommitOperation::Put { asset }
}

pub(crate) fn delete<const N: usize>(names: [&str; N], called: &str) -> CommitOperation {
    CommitOperation::Delete { namespace: path(names), name: name(called) }
}

pub(crate) fn commit(
    number: u128,
    parent: Option<u128>,
    operations: impl Into<Arc<[CommitOperation]>>,
) -> NewCommit {
    NewCommit {
        id: id(number),
        parent: parent.map(id),
        author: text("ann"),
        message: text(&format!("commit {number}")),
        at: at(1_000 + i64::try_from(number).unwrap()),
        operations: Operations::new(operations).unwrap(),
    }
}

pub(crate) fn tag(called: &str, commit: u128) -> Tag {
    Tag { name: name(called), commit: id(commit) }
}

pub(crate) fn merge(number: u128, source: &str, target: &str) -> NewMerge {
    NewMerge {
        id: id(number),
        source: name(source),
        target: name(target),
        initiated_by: id(1),
        initiated_at: at(100),
    }
}

pub(crate) fn merge_commit(number: u128) -> MergeCommit {
    MergeCommit { id: id(number), author: text("ann"), message: text("merge"), at: at(200) }
}

pub(crate) fn resolution(choice: ResolutionChoice) -> Resolution {
    Resolution { choice, resolved_by: id(1), resolved_at: at(150) }
}

pub(crate) fn user(number: u128, called: &str) -> User {
    User {
        id: id(number),
        tenant: Some(ACME),
        username: name(called),
        email: text(&format!("{called}@example.com")),
        password_hash: None,
        oauth: None,
        role: UserRole::TenantUser,
        active: true,
        created_at: at(1),
        updated_at: at(1),
        last_login: None,
    }
}

pub(crate) fn oauth(provider: &str, subject: &str) -> OAuthIdentity {
    OAuthIdentity { provider: name(provider), subject: name(subject) }
}

pub(crate) fn user_update() -> UserUpdate {
    UserUpdate {
        username: None,
        email: None,
        password_hash: None,
        oauth: None,
        role: None,
        active: None,
        last_login: None,
        updated_at: at(2),
    }
}

pub(crate) fn grant<const N: usize>(scope: Scope, actions: [Action; N]) -> Grant {
    Grant { scope, actions: set(actions) }
}

pub(crate) fn role(number: u128, called: &str) -> Role {
    Role {
        id: id(number),
        name: name(called),
        description: None,
        grants: set([grant(Scope::Tenant, [Action::Read])]),
        created_by: id(1),
        created_at: at(1),
        updated_at: at(1),
    }
}

/// A permission of user 1.
pub(crate) fn permission<const N: usize>(
    number: u128,
    scope: Scope,
    actions: [Action; N],
) -> Permission {
    Permission {
        id: id(number),
        user: id(1),
        scope,
        actions: set(actions),
        granted_by: id(9),
        granted_at: at(1),
    }
}

pub(crate) fn service_user(number: u128, called: &str) -> ServiceUser {
    ServiceUser {
        id: id(number),
        tenant: ACME,
        name: name(called),
        description: None,
        api_key_hash: hash(&format!("hash of {called}")),
        role: UserRole::TenantUser,
        created_at: at(1),
        created_by: id(1),
        last_used: None,
        expires_at: None,
        active: true,
    }
}

/// A token of user 1.
pub(crate) fn token(number: u128, expires_at: i64) -> Token {
    Token {
        id: id(number),
        tenant: ACME,
        user: id(1),
        created_at: at(0),
        expires_at: at(expires_at),
    }
}

pub(crate) fn revocation(token: u128, expires_at: i64) -> Revocation {
    Revocation { token: id(token), reason: Some(text("lost")), expires_at: at(expires_at) }
}

/// An event without optional fields, at the microsecond of its number.
pub(crate) fn event(number: u128) -> AuditEvent {
    AuditEvent {
        id: id(number),
        tenant: ACME,
        user: None,
        username: text("ann"),
        action: AuditAction::Login,
        resource_type: ResourceType::User,
        resource_id: None,
        resource_name: text("ann"),
        timestamp: at(i64::try_from(number).unwrap()),
        ip_address: None,
        user_agent: None,
        result: AuditResult::Success,
        error_message: None,
        metadata: None,
    }
}

pub(crate) fn metadata(description: &str) -> MetadataWrite {
    MetadataWrite {
        description: Some(text(description)),
        tags: set([]),
        properties: Json::default(),
        discoverable: false,
        by: id(1),
        at: at(1),
    }
}

/// A request of user 1 for asset 1 at the microsecond of its number.
pub(crate) fn request(number: u128) -> NewAccessRequest {
    NewAccessRequest {
        id: id(number),
        tenant: ACME,
        user: id(1),
        asset: id(1),
        reason: None,
        requested_at: at(i64::try_from(number).unwrap()),
    }
}

pub(crate) fn review(decision: ReviewDecision) -> Review {
    Review { decision, reviewed_by: id(9), reviewed_at: at(50), comment: None }
}

pub(crate) fn sync(status: SyncOutcome) -> SyncStatus {
    SyncStatus {
        last_synced_at: at(1),
        status,
        tables_synced: 3,
        namespaces_synced: 2,
        error: None,
    }
}
