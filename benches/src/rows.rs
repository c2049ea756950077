//! The rows of the benchmarks, each derived from its number only.

use std::num::NonZeroU32;

use pangolin_store::{
    ApiKeyHash, Asset, AssetId, AssetKind, AssetRef, AuditAction, AuditEvent, AuditResult,
    BranchRef, Catalog, CatalogKind, Json, MetadataWrite, Name, NamespacePath, Properties,
    ResourceType, ServiceUser, SmallSet, Tenant, TenantId, Text, Timestamp, Token, User, UserRole,
};
use uuid::Uuid;

/// The tenant of all rows.
pub const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));
/// The catalog of all single assets.
pub const CATALOG: &str = "lake";
/// The namespace that is read.
pub const READ: &str = "orders";
/// The namespace for new assets.
pub const WRITTEN: &str = "arrivals";
/// A text that the name of only one asset contains.
pub const NEEDLE: &str = "needle";
/// The number of assets whose metadata location is swapped.
pub const SWAPPED: u64 = 100;
/// The number of rows on a page.
pub const PAGE: NonZeroU32 = NonZeroU32::new(100).expect("it is not zero");

const WORDS: [&str; 16] = [
    "returns",
    "invoices",
    "shipments",
    "customers",
    "sessions",
    "clicks",
    "payments",
    "refunds",
    "suppliers",
    "stock",
    "prices",
    "forecasts",
    "campaigns",
    "devices",
    "events",
    "ledgers",
];

/// Disjoint sets of ids, so that no two rows share an id.
#[derive(Clone, Copy)]
pub enum Sort {
    /// Assets.
    Asset = 2,
    /// Audit events.
    Event = 3,
    /// Users, service users and tokens.
    Person = 4,
    /// Commits and merges.
    Commit = 5,
}

/// The id of row `number`.
pub fn id<I: From<Uuid>>(sort: Sort, number: u64) -> I {
    // Spread like random ids, so that insertions are spread over the whole index.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    I::from(Uuid::from_u64_pair(spread, (sort as u64) << 56 | number))
}

/// A name that is known to be valid.
pub fn name(name: &str) -> Name {
    name.parse().expect("the names of rows are short")
}

/// A text that is known to be valid.
pub fn text(text: &str) -> Text {
    text.parse().expect("the texts of rows are short")
}

/// A time, `second` seconds after the first time.
pub fn time(second: u64) -> Timestamp {
    let micros = (1_800_000_000 + second as i64) * 1_000_000;
    Timestamp::from_micros(micros).expect("it lies in this century")
}

/// A namespace of one name.
pub fn namespace(path: &str) -> NamespacePath {
    NamespacePath::new([name(path)]).expect("it has a name")
}

/// The tenant's row.
pub fn tenant() -> Tenant {
    Tenant { id: TENANT, name: name("acme"), properties: Properties::default() }
}

/// The catalog's row.
pub fn catalog() -> Catalog {
    Catalog {
        id: id(Sort::Commit, 0),
        name: name(CATALOG),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Properties::default(),
    }
}

/// A branch of the catalog.
pub fn on(branch: &str) -> BranchRef {
    BranchRef { catalog: name(CATALOG), branch: name(branch) }
}

/// The name of asset `number` among `size` assets.
pub fn asset_name(number: u64, of: u64) -> String {
    let word = if number == of / 2 { NEEDLE } else { WORDS[(number % 16) as usize] };
    format!("{word}_{number:07}")
}

/// Asset `number` under that name.
pub fn asset(number: u64, namespace_name: &str, called: &str) -> Asset {
    let properties = [("owner", "data-platform"), ("format", "parquet"), ("retention", "90d")];
    Asset {
        id: id(Sort::Asset, number),
        namespace: namespace(namespace_name),
        name: name(called),
        kind: AssetKind::IcebergTable,
        location: text(&format!("s3://lake/warehouse/{namespace_name}/{called}")),
        metadata_location: Some(text("v0")),
        properties: Properties::from_pairs(properties).expect("they are few"),
    }
}

/// The place of an asset in the namespace that is read.
pub fn place(called: &str) -> AssetRef {
    AssetRef {
        catalog: name(CATALOG),
        branch: name("main"),
        namespace: namespace(READ),
        name: name(called),
    }
}

/// The id of an asset.
pub fn asset_id(number: u64) -> AssetId {
    id(Sort::Asset, number)
}

/// Audit event `number`.
pub fn event(number: u64) -> AuditEvent {
    AuditEvent {
        id: id(Sort::Event, number),
        tenant: TENANT,
        user: Some(id(Sort::Person, number % 100)),
        username: text("ada"),
        action: AuditAction::CommitMetadata,
        resource_type: ResourceType::Asset,
        resource_id: Some(id(Sort::Asset, number % 1000)),
        resource_name: text("lake.orders"),
        timestamp: time(number),
        ip_address: Some(text("10.0.0.1")),
        user_agent: Some(text("spark/4.1")),
        result: if number.is_multiple_of(10) { AuditResult::Failure } else { AuditResult::Success },
        error_message: None,
        metadata: Json::new(serde_json::json!({ "snapshot": number })).ok(),
    }
}

/// The business metadata of asset `number` at that second, with two tags, one of which is rare.
pub fn metadata(number: u64, second: u64) -> MetadataWrite {
    let rare = if number.is_multiple_of(10) { "gold" } else { "silver" };
    MetadataWrite {
        description: Some(text(&format!("what was ordered, part {number}"))),
        tags: SmallSet::new([name("reviewed"), name(rare)]).expect("they are two"),
        properties: Json::new(serde_json::json!({ "steward": "ada" })).expect("it is small"),
        discoverable: true,
        by: id(Sort::Person, 0),
        at: time(second),
    }
}

/// User `number`.
pub fn user(number: u64) -> User {
    User {
        id: id(Sort::Person, number),
        tenant: Some(TENANT),
        username: name(&format!("user_{number:06}")),
        email: text(&format!("user{number}@example.org")),
        password_hash: None,
        oauth: None,
        role: UserRole::TenantUser,
        active: true,
        created_at: time(number),
        updated_at: time(number),
        last_login: None,
    }
}

/// The key hash of service user `number`.
pub fn key_hash(number: u64) -> ApiKeyHash {
    ApiKeyHash::new(format!("sha256:{number:064x}")).expect("it is short")
}

/// Service user `number`.
pub fn service_user(number: u64) -> ServiceUser {
    ServiceUser {
        id: id(Sort::Person, number),
        tenant: TENANT,
        name: name(&format!("service_{number:06}")),
        description: Some(text("loads orders")),
        api_key_hash: key_hash(number),
        role: UserRole::TenantUser,
        created_at: time(number),
        created_by: id(Sort::Person, 0),
        last_used: None,
        expires_at: None,
        active: true,
    }
}

/// Token `number`, of user `number`.
pub fn token(number: u64) -> Token {
    Token {
        id: id(Sort::Person, number),
        tenant: TENANT,
        user: id(Sort::Person, number),
        created_at: time(number),
        expires_at: time(number + 1_000_000_000),
    }
}
