//! The measured stores, each with the bare driver on the same database.

use std::env;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use pangolin_parity::server::{self, Database, Durability, Engine, Settings};
use pangolin_store::sqlite::SqliteOptions;
use pangolin_store::{CatalogStore, MemoryStore, MongoStore, PostgresStore, SqliteStore};
use tempfile::TempDir;

use crate::floor::{Floor, MongoFloor, PostgresFloor, SqliteFloor};

/// The stores, in the order of the tables.
pub const NAMES: [&str; 4] = ["memory", "sqlite", "postgres", "mongo"];

/// An empty store on its own durable database.
pub struct Subject {
    /// One of [`NAMES`].
    pub name: &'static str,
    /// The store.
    pub store: Arc<dyn CatalogStore>,
    /// The bare driver; memory has none.
    pub floor: Option<Box<dyn Floor>>,
    /// The engine that keeps the data, and its durability.
    pub settings: String,
    /// What the store runs on; dropped last.
    _held: Option<Held>,
}

#[allow(dead_code)] // held until the end
enum Held {
    Folder(TempDir),
    Database(Database),
}

/// The stores that `BENCH_STORES` names, separated by commas; without it, all of them.
///
/// # Errors
/// A name that is not a store's.
pub fn asked_for() -> Result<Vec<&'static str>> {
    let Ok(names) = env::var("BENCH_STORES") else { return Ok(NAMES.to_vec()) };
    let known = |name: &str| NAMES.into_iter().find(|known| *known == name.trim());
    let named = |name| known(name).with_context(|| format!("BENCH_STORES: there is no `{name}`"));
    names.split(',').map(named).collect()
}

impl Subject {
    /// Opens the store of that name.
    ///
    /// # Errors
    /// Why it is unavailable.
    pub async fn open(name: &str) -> Result<Self> {
        match name {
            "memory" => Ok(Self {
                name: "memory",
                store: Arc::new(MemoryStore::new()),
                floor: None,
                settings: "in this process, nothing durable".to_owned(),
                _held: None,
            }),
            "sqlite" => Self::sqlite().await,
            "postgres" => Self::postgres().await,
            "mongo" => Self::mongo().await,
            _ => bail!("there is no store `{name}`"),
        }
    }

    async fn sqlite() -> Result<Self> {
        // The temporary folder may be in memory, where flushing costs nothing.
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in("/var/tmp")?;
        let path = folder.path().join("bench.db");
        let store = SqliteStore::open(SqliteOptions::file(&path)).await?;
        let floor = SqliteFloor::open(&path)?;
        let version = pangolin_store::sqlite::version();
        Ok(Self {
            name: "sqlite",
            store: Arc::new(store),
            floor: Some(Box::new(floor)),
            settings: format!("SQLite {version}, a file, WAL, synchronous=FULL"),
            _held: Some(Held::Folder(folder)),
        })
    }

    async fn postgres() -> Result<Self> {
        let database = durable(Engine::Postgres).await?;
        let store = PostgresStore::open(database.url().parse()?).await?;
        let floor = PostgresFloor::open(&database.url()).await?;
        let version = database.server().version().to_owned();
        let flushes = floor.durability().await?;
        Ok(Self {
            name: "postgres",
            store: Arc::new(store),
            floor: Some(Box::new(floor)),
            settings: format!("PostgreSQL {version}, {flushes}"),
            _held: Some(Held::Database(database)),
        })
    }

    async fn mongo() -> Result<Self> {
        let database = durable(Engine::Mongo).await?;
        let store = MongoStore::open(database.url().parse()?).await?;
        let floor = MongoFloor::open(&database.url(), database.name()).await?;
        let version = database.server().version();
        Ok(Self {
            name: "mongo",
            store: Arc::new(store),
            floor: Some(Box::new(floor)),
            settings: format!(
                "MongoDB {version}, one node, majority writes that wait for the journal"
            ),
            _held: Some(Held::Database(database)),
        })
    }
}

/// A database on a durable server that is started for this process only.
async fn durable(engine: Engine) -> Result<Database> {
    let settings = Settings { durability: Durability::Full, ..Settings::from_env(engine)? };
    Ok(server::start(engine, &settings).await?.database().await?)
}
