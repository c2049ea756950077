//! A database of a test's own, and what tests put into it.

use std::env;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection, Database};
use pangolin_store::mongo::MongoOptions;
use pangolin_store::store::{Assets, Catalogs, Namespaces, Tenants};
use pangolin_store::{
    Asset, AssetId, AssetKind, BranchRef, Catalog, CatalogId, CatalogKind, MongoStore, Name,
    Namespace, Tenant, TenantId,
};
use uuid::Uuid;

pub(crate) const ACME: TenantId = TenantId::new(Uuid::from_u128(1));

/// A database that nobody else uses.
pub(crate) struct Fresh {
    pub(crate) options: MongoOptions,
    /// The same, without a store between.
    pub(crate) raw: Database,
}

impl Fresh {
    pub(crate) async fn open(&self) -> MongoStore {
        MongoStore::open(self.options.clone()).await.unwrap()
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.raw.collection(name)
    }

    pub(crate) async fn count(&self, collection: &str) -> u64 {
        self.collection(collection).count_documents(doc! {}).await.unwrap()
    }
}

/// The URL of the server, with a database in it.
pub(crate) fn url(database: &str) -> String {
    let url = env::var("PARITY_MONGO_URL").expect("PARITY_MONGO_URL names a server");
    let (base, query) = url.split_once('?').unwrap_or((&url, ""));
    format!("{}/{database}?{query}", base.trim_end_matches('/'))
}

/// Runs `body` with a database that is dropped afterwards, whatever happens.
pub(crate) async fn in_a_database(body: impl AsyncFn(&Fresh)) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("parity_test_{}_{number}", process::id());
    let url = url(&name);
    let raw = Client::with_uri_str(&url).await.unwrap().database(&name);
    let fresh = Fresh { options: url.parse().unwrap(), raw };
    let outcome = AssertUnwindSafe(body(&fresh)).catch_unwind().await;
    fresh.raw.drop().await.unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
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
