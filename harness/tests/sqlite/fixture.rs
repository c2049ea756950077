//! A tenant with a catalog and a namespace, and values for what tests create in it.

use std::path::Path;
use std::process::{Command, Stdio};

use pangolin_store::sqlite::SqliteOptions;
use pangolin_store::store::{Catalogs, Namespaces, Tenants};
use pangolin_store::{
    Asset, AssetId, AssetKind, AssetRef, BranchRef, Catalog, CatalogId, CatalogKind, Name,
    Namespace, SqliteStore, Tenant, TenantId, Text,
};
use uuid::Uuid;

pub(crate) const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    text.parse().unwrap()
}

pub(crate) fn tenant(number: u128, called: &str) -> Tenant {
    let id = TenantId::new(Uuid::from_u128(number));
    Tenant { id, name: name(called), properties: Default::default() }
}

pub(crate) fn asset(number: u128) -> Asset {
    Asset {
        id: AssetId::new(Uuid::from_u128(number)),
        namespace: "sales".parse().unwrap(),
        name: name(&format!("table {number}")),
        kind: AssetKind::IcebergTable,
        location: text("s3://bucket/table"),
        metadata_location: None,
        properties: Default::default(),
    }
}

pub(crate) fn main_branch() -> BranchRef {
    BranchRef { catalog: name("lake"), branch: name("main") }
}

pub(crate) fn place_of(asset: &Asset) -> AssetRef {
    let BranchRef { catalog, branch } = main_branch();
    AssetRef { catalog, branch, namespace: asset.namespace.clone(), name: asset.name.clone() }
}

pub(crate) async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(SqliteOptions::file(path)).await.unwrap()
}

/// Creates the tenant, the catalog `lake` and the namespace `sales`.
pub(crate) async fn furnish(store: &SqliteStore) {
    store.create_tenant(&tenant(1, "acme")).await.unwrap();
    let lake = Catalog {
        id: CatalogId::new(Uuid::from_u128(2)),
        name: name("lake"),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Default::default(),
    };
    store.create_catalog(TENANT, &lake).await.unwrap();
    let sales = Namespace { path: "sales".parse().unwrap(), properties: Default::default() };
    store.create_namespace(TENANT, &lake.name, &sales).await.unwrap();
}

/// This test program again, to run one of its ignored tests in a process of its own.
pub(crate) fn process(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}
