//! PostgreSQL on a server that stands already.

use std::env;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use async_trait::async_trait;
use pangolin_store::postgres::PostgresOptions;
use pangolin_store::{PostgresStore, Result, StoreError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};

use super::{Backend, Description, Server};

/// The variable that says where the server is.
const URL: &str = "PARITY_POSTGRES_URL";

/// [`PostgresStore`] on databases of its own, which go with the backend.
pub struct PostgresBackend {
    server: PgConnectOptions,
    options: PostgresOptions,
    version: String,
    /// What the names of the databases begin with.
    prefix: String,
    created: AtomicUsize,
}

impl PostgresBackend {
    /// A backend on the server of `PARITY_POSTGRES_URL`.
    ///
    /// # Errors
    /// Why it cannot be had, and what would help.
    pub fn new() -> Result<Self, String> {
        static BACKENDS: AtomicUsize = AtomicUsize::new(0);
        let url = env::var(URL).map_err(|_| {
            format!("no server; set {URL}, for example to postgres://postgres@127.0.0.1/postgres")
        })?;
        let options: PostgresOptions =
            url.parse().map_err(|invalid| format!("{URL}: {invalid}"))?;
        let address = url.split('?').next().unwrap_or_default();
        let server: PgConnectOptions =
            address.parse().map_err(|_| format!("{URL} is not the URL of a PostgreSQL server"))?;
        let server = server.disable_statement_logging();
        let version = on_a_thread(version(server.clone())).map_err(|error| {
            format!("no PostgreSQL server at {URL}: {error}; start one, or mend the URL")
        })?;
        let number = BACKENDS.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("parity_{}_{number}_", process::id());
        Ok(Self { server, options, version, prefix, created: AtomicUsize::new(0) })
    }

    fn databases(&self) -> impl Iterator<Item = String> {
        let created = self.created.load(Ordering::Relaxed);
        (0..created).map(|number| format!("{}{number}", self.prefix))
    }
}

#[async_trait]
impl Backend for PostgresBackend {
    type Store = PostgresStore;

    fn describe(&self) -> Description {
        let version = self.version.clone();
        Description { name: "postgres".into(), version, server: Server::Url }
    }

    async fn open(&self) -> Result<PostgresStore> {
        let name = format!("{}{}", self.prefix, self.created.fetch_add(1, Ordering::Relaxed));
        let create = vec![format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")];
        run(self.server.clone(), create).await.map_err(StoreError::backend)?;
        PostgresStore::open(self.options.clone().database(&name)).await
    }

    async fn empty(&self, store: &PostgresStore) -> Result<()> {
        store.clear().await
    }

    async fn reopen(&self, store: PostgresStore) -> Result<PostgresStore> {
        let options = store.options().clone();
        store.close().await;
        PostgresStore::open(options).await
    }
}

impl Drop for PostgresBackend {
    fn drop(&mut self) {
        let drop = self.databases().map(|name| format!("DROP DATABASE IF EXISTS {name} (FORCE)"));
        if let Err(error) = on_a_thread(run(self.server.clone(), drop.collect())) {
            eprintln!("databases {}… are left behind: {error}", self.prefix);
        }
    }
}

/// The version of a server, like `15.4`.
async fn version(server: PgConnectOptions) -> sqlx::Result<String> {
    let mut connection = PgConnection::connect_with(&server).await?;
    let row = connection.fetch_one("SHOW server_version").await?;
    let version: String = row.try_get(0)?;
    Ok(version.split(' ').next().unwrap_or_default().to_owned())
}

/// Runs statements, one after the other.
async fn run(server: PgConnectOptions, statements: Vec<String>) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect_with(&server).await?;
    for statement in statements {
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    connection.close().await
}

/// Runs `work` where it does not matter whether this thread has a runtime.
fn on_a_thread<T: Send + 'static>(
    work: impl Future<Output = sqlx::Result<T>> + Send + 'static,
) -> sqlx::Result<T> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(sqlx::Error::Io)?.block_on(work)
    };
    thread::spawn(run).join().unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
