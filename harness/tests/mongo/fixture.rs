//! A separate database for a test, and the rows that tests put into it.

use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection, Database};
use pangolin_parity::{backend, server};
use pangolin_store::mongo::MongoOptions;
use pangolin_store::store::{Assets, Catalogs, Namespaces, Tenants};
use pangolin_store::{
    Asset, AssetId, AssetKind, BranchKind, BranchRef, Catalog, CatalogId, CatalogKind, MongoStore,
    Name, Namespace, NewBranch, Tenant, TenantId,
};
use uuid::Uuid;

pub(crate) const ACME: TenantId = TenantId::new(Uuid::from_u128(1));

/// A database that nothing else uses.
pub(crate) struct Fresh {
    made: server::Database,
    /// The database, without a store in between.
    pub(crate) raw: Database,
}

impl Fresh {
    pub(crate) fn url(&self) -> String {
        self.made.url()
    }

    pub(crate) fn options(&self) -> MongoOptions {
        self.url().parse().unwrap()
    }

    pub(crate) async fn open(&self) -> MongoStore {
        MongoStore::open(self.options()).await.unwrap()
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.raw.collection(name)
    }

    pub(crate) async fn count(&self, collection: &str) -> u64 {
        self.collection(collection).count_documents(doc! {}).await.unwrap()
    }
}

/// Runs `body` with a database that is dropped afterwards.
pub(crate) async fn in_a_database(body: impl AsyncFn(&Fresh)) {
    if is_left_out() {
        return;
    }
    let server = server::mongo().await.unwrap_or_else(|error| panic!("{error}"));
    let made = server.database().await.unwrap();
    let raw = Client::with_uri_str(made.url()).await.unwrap().database(made.name());
    body(&Fresh { made, raw }).await;
}

/// Whether `PARITY_BACKENDS` leaves MongoDB out, which may then be absent.
pub(crate) fn is_left_out() -> bool {
    !backend::under_test().iter().any(|name| name.split('+').next() == Some("mongo"))
}

pub(crate) fn name(name: &str) -> Name {
    name.parse().unwrap()
}

pub(crate) fn main() -> BranchRef {
    BranchRef { catalog: name("sales"), branch: name("main") }
}

/// An asset in `[ns]`.
pub(crate) fn asset(id: u128) -> Asset {
    Asset {
        id: AssetId::new(Uuid::from_u128(id)),
        namespace: "ns".parse().unwrap(),
        name: name(&format!("asset {id}")),
        kind: AssetKind::IcebergTable,
        location: "s3://lake".parse().unwrap(),
        metadata_location: None,
        properties: Default::default(),
    }
}

/// A branch from `main` that can be merged.
pub(crate) fn ingest_branch(called: &str) -> NewBranch {
    NewBranch {
        name: name(called),
        kind: BranchKind::Ingest,
        parent: name("main"),
        namespaces: None,
    }
}

/// Creates [`ACME`] and in it the catalog `sales` with the namespace `[ns]` and the asset 1.
pub(crate) async fn furnish(store: &MongoStore) {
    let tenant = Tenant { id: ACME, name: name("acme"), properties: Default::default() };
    store.create_tenant(&tenant).await.unwrap();
    let catalog = Catalog {
        id: CatalogId::new(Uuid::from_u128(1)),
        name: name("sales"),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Default::default(),
    };
    store.create_catalog(ACME, &catalog).await.unwrap();
    let namespace = Namespace { path: "ns".parse().unwrap(), properties: Default::default() };
    store.create_namespace(ACME, &name("sales"), &namespace).await.unwrap();
    store.create_asset(ACME, &main(), &asset(1)).await.unwrap();
}
