//! A separate database for every test, and the rows that tests create in it.

use std::error::Error;
use std::sync::LazyLock;

use pangolin_parity::{backend, server};
use pangolin_store::postgres::PostgresOptions;
use pangolin_store::store::{Assets, Branches, Catalogs, Namespaces, Tenants};
use pangolin_store::*;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Connections belong to the runtime that created them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub(crate) const ACME: TenantId = TenantId::new(Uuid::from_u128(1));

/// Runs `body` on an empty database, which is dropped afterwards.
pub(crate) fn on_a_database(body: impl AsyncFn(&Database)) {
    if !is_left_out() {
        RUNTIME.block_on(async { body(&Database::new().await).await });
    }
}

/// As [`on_a_database`], for a database created with these options.
pub(crate) fn on_a_database_created_with(how: &str, body: impl AsyncFn(&Database)) {
    if is_left_out() {
        return;
    }
    RUNTIME.block_on(async {
        let database = Database::new().await;
        let name = database.made.name();
        database.on_the_server(&format!("DROP DATABASE {name}")).await;
        database.on_the_server(&format!("CREATE DATABASE {name} {how}")).await;
        body(&database).await;
    });
}

/// Whether `PARITY_BACKENDS` leaves PostgreSQL out, which may then be absent.
fn is_left_out() -> bool {
    !backend::under_test().iter().any(|name| name.split('+').next() == Some("postgres"))
}

/// Runs `body` on a store on an empty database.
pub(crate) fn on_a_store(body: impl AsyncFn(&Database, &PostgresStore)) {
    on_a_database(async |database| {
        let store = database.open().await;
        body(database, &store).await;
        store.close().await;
    });
}

pub(crate) struct Database {
    made: server::Database,
}

impl Database {
    async fn new() -> Self {
        let server = server::postgres().await.unwrap_or_else(|error| panic!("{error}"));
        Self { made: server.database().await.unwrap() }
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        self.url().parse().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        self.made.url()
    }

    /// How to reach it without the store.
    pub(crate) fn address(&self) -> PgConnectOptions {
        self.url().parse().unwrap()
    }

    pub(crate) async fn open(&self) -> PostgresStore {
        PostgresStore::open(self.options()).await.unwrap()
    }

    /// Why a store cannot be opened.
    pub(crate) async fn refusal(&self) -> String {
        reason(PostgresStore::open(self.options()).await.map(drop).unwrap_err())
    }

    /// Runs statements in it, without the store.
    pub(crate) async fn run(&self, sql: &str) -> Vec<PgRow> {
        let mut connection = self.connect().await;
        let rows = connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await;
        connection.close().await.unwrap();
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The number that a query returns.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.run(sql).await[0].try_get(0).unwrap()
    }

    /// Runs a statement in a transaction and leaves it open.
    pub(crate) async fn hold(&self, sql: &str) -> Held {
        let mut connection = self.connect().await;
        connection.execute("BEGIN").await.unwrap();
        connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        Held(connection)
    }

    async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.address()).await.unwrap()
    }

    async fn on_the_server(&self, sql: &str) {
        let server = self.made.server().url();
        let mut connection = PgConnection::connect(server).await.unwrap();
        connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// An open transaction.
pub(crate) struct Held(PgConnection);

impl Held {
    pub(crate) async fn commit(mut self) {
        self.0.execute("COMMIT").await.unwrap();
        self.release().await;
    }

    pub(crate) async fn release(self) {
        self.0.close().await.unwrap();
    }
}

/// The cause of a `Backend` error.
pub(crate) fn reason(error: StoreError) -> String {
    match &error {
        StoreError::Backend { source } => {
            assert!(error.source().is_some());
            source.to_string()
        }
        other => panic!("{other:?}"),
    }
}

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

pub(crate) fn lake() -> Name {
    name("lake")
}

pub(crate) fn on(branch: &str) -> BranchRef {
    BranchRef { catalog: lake(), branch: name(branch) }
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

pub(crate) fn place_of(branch: &str, asset: &Asset) -> AssetRef {
    let BranchRef { catalog, branch } = on(branch);
    AssetRef { catalog, branch, namespace: asset.namespace.clone(), name: asset.name.clone() }
}

pub(crate) fn metadata(description: &str) -> MetadataWrite {
    MetadataWrite {
        description: Some(text(description)),
        tags: SmallSet::new([name("pii")]).unwrap(),
        properties: Json::default(),
        discoverable: true,
        by: UserId::new(Uuid::from_u128(1)),
        at: Timestamp::EPOCH,
    }
}

/// Creates the tenant, the catalog `lake` and the namespace `sales`.
pub(crate) async fn furnish(store: &PostgresStore) {
    store.create_tenant(&tenant(1, "acme")).await.unwrap();
    let catalog = Catalog {
        id: CatalogId::new(Uuid::from_u128(2)),
        name: lake(),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Default::default(),
    };
    store.create_catalog(ACME, &catalog).await.unwrap();
    let sales = Namespace { path: "sales".parse().unwrap(), properties: Default::default() };
    store.create_namespace(ACME, &lake(), &sales).await.unwrap();
}

/// Creates an asset on `main`.
pub(crate) async fn add(store: &PostgresStore, asset: &Asset) {
    store.create_asset(ACME, &on("main"), asset).await.unwrap();
}

/// Creates an ingest branch from `main`.
pub(crate) async fn branch_off(store: &PostgresStore, called: &str) {
    let branch = NewBranch {
        name: name(called),
        kind: BranchKind::Ingest,
        parent: name("main"),
        namespaces: None,
    };
    store.create_branch(ACME, &lake(), &branch).await.unwrap();
}
