//! Where stores come from, and where a store of someone else's plugs in: [`Backend`].

mod instance;
mod memory;
mod mongo;
mod postgres;
mod sqlite;

use std::env;
use std::sync::Arc;

use async_trait::async_trait;
use pangolin_store::{CatalogStore, Result};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantNames};

use crate::fault::{self, Fault};
use crate::server::ServerSource;
pub use instance::Instance;
use instance::{FaultyInstance, Opened};
pub use memory::MemoryBackend;
pub use mongo::MongoBackend;
pub use postgres::PostgresBackend;
pub use sqlite::SqliteBackend;

/// What a backend is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// What its column is called.
    pub name: Arc<str>,
    /// The version of what keeps the data.
    pub version: String,
    /// Where that runs.
    pub server: Server,
}

/// Where a database runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Server {
    /// In this process.
    Embedded,
    /// Where a URL points.
    Url,
    /// In a container.
    Docker,
    /// In a process on this machine.
    Local,
}

impl From<ServerSource> for Server {
    fn from(source: ServerSource) -> Self {
        match source {
            ServerSource::Url => Self::Url,
            ServerSource::Docker => Self::Docker,
            ServerSource::Local => Self::Local,
        }
    }
}

/// A sort of store that can be compared with others.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// The store; it may be partial, and answer `Unsupported`.
    type Store: CatalogStore + 'static;

    /// What it is. The name tells it from the others of a run.
    fn describe(&self) -> Description;

    /// Opens a store that shares no data with any other that is open. A run opens one a job.
    ///
    /// # Errors
    /// Why it cannot be had.
    async fn open(&self) -> Result<Self::Store>;

    /// Takes everything out of a store. It is called before every trace, so it should be quick.
    ///
    /// # Errors
    /// Why that cannot be done.
    async fn empty(&self, store: &Self::Store) -> Result<()>;

    /// Closes a store and opens it again, as if its process had been started anew. A store that lasts
    /// no longer than its process stays as it is.
    ///
    /// # Errors
    /// Why it cannot be opened again.
    async fn reopen(&self, store: Self::Store) -> Result<Self::Store>;
}

/// A [`Backend`] of any type. Cheap to clone.
#[derive(Clone)]
pub struct AnyBackend(Arc<dyn Erased>);

impl AnyBackend {
    /// Wraps a backend.
    pub fn new(backend: impl Backend) -> Self {
        Self(Arc::new(Shared(Arc::new(backend))))
    }

    /// What its column is called.
    pub fn name(&self) -> Arc<str> {
        self.describe().name
    }

    /// What it is.
    pub fn describe(&self) -> Description {
        self.0.describe()
    }

    /// The backend with a fault planted in its stores; its name is `NAME+FAULT`.
    #[must_use]
    pub fn with_fault(self, fault: &'static dyn Fault) -> Self {
        let name = format!("{}+{}", self.name(), fault.name());
        self.with_faults(&name, vec![fault])
    }

    /// The backend by another name, with faults planted in its stores; the last one answers first.
    fn with_faults(self, name: &str, faults: Vec<&'static dyn Fault>) -> Self {
        Self(Arc::new(Faulty { name: name.into(), backend: self, faults }))
    }

    /// Opens a store that shares no data with any other that is open.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub async fn open(&self) -> Result<Box<dyn Instance>> {
        self.0.open().await
    }
}

#[async_trait]
trait Erased: Send + Sync {
    fn describe(&self) -> Description;
    async fn open(&self) -> Result<Box<dyn Instance>>;
}

struct Shared<B>(Arc<B>);

#[async_trait]
impl<B: Backend> Erased for Shared<B> {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    async fn open(&self) -> Result<Box<dyn Instance>> {
        Ok(Box::new(Opened::open(Arc::clone(&self.0)).await?))
    }
}

/// A backend with faults.
struct Faulty {
    name: Arc<str>,
    backend: AnyBackend,
    faults: Vec<&'static dyn Fault>,
}

#[async_trait]
impl Erased for Faulty {
    fn describe(&self) -> Description {
        Description { name: Arc::clone(&self.name), ..self.backend.describe() }
    }

    async fn open(&self) -> Result<Box<dyn Instance>> {
        let mut instance = self.backend.open().await?;
        for fault in &self.faults {
            instance = Box::new(FaultyInstance::new(instance, *fault));
        }
        Ok(instance)
    }
}

/// A backend that was asked for and cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{name} cannot run: {reason}")]
pub struct Unavailable {
    /// What its column is called.
    pub name: String,
    /// Why, and what would help.
    pub reason: String,
}

/// The stores, in the order of the matrix.
#[derive(Clone, Copy, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase")]
enum Store {
    Memory,
    Sqlite,
    Postgres,
    Mongo,
}

/// The names that [`named`] knows, in the order of the matrix.
pub const NAMES: &[&str] = Store::VARIANTS;

/// The names that `PARITY_BACKENDS` joins by commas, the reference first; without it, all of [`NAMES`].
///
/// What tests run on: one that cannot be had is a failure, not a test less.
pub fn under_test() -> Vec<String> {
    let Ok(names) = env::var("PARITY_BACKENDS") else {
        return NAMES.iter().map(|name| (*name).to_owned()).collect();
    };
    names.split(',').map(|name| name.trim().to_owned()).collect()
}

/// The names of [`NAMES`] in the state in which the first audit found those stores.
pub const LEGACY_NAMES: &[&str] = &["legacy-sqlite", "legacy-postgres", "legacy-mongo"];

/// What a name stands for: a store, and the faults that are planted in it.
fn parse(name: &str) -> Result<(Store, Vec<&'static dyn Fault>), String> {
    let mut parts = name.split('+');
    let first = parts.next().unwrap_or_default();
    let old = first.strip_prefix("legacy-");
    let store = old.unwrap_or(first).parse();
    let legacy = old.map_or(Some(&[][..]), fault::legacy);
    let (Ok(store), Some(legacy)) = (store, legacy) else {
        return Err(format!("the backends are {}", [NAMES, LEGACY_NAMES].concat().join(", ")));
    };
    let mut faults = legacy.to_vec();
    for part in parts {
        faults.push(fault::named(part).ok_or_else(|| format!("there is no fault `{part}`"))?);
    }
    Ok((store, faults))
}

/// Whether there is a backend of that name, to be had or not.
///
/// # Errors
/// What is wrong with the name, and what there is.
pub fn check_name(name: &str) -> Result<(), Unavailable> {
    parse(name).map(drop).map_err(|reason| Unavailable { name: name.to_owned(), reason })
}

/// The backend of that name, which may be one of [`LEGACY_NAMES`], and may be followed by faults, each
/// after a `+`. The first one on a server starts that, if it has to be started.
///
/// # Errors
/// Why it cannot be had.
pub async fn named(name: &str) -> Result<AnyBackend, Unavailable> {
    let unavailable = |reason: String| Unavailable { name: name.to_owned(), reason };
    let (store, faults) = parse(name).map_err(unavailable)?;
    let backend = without_fault(store).await.map_err(unavailable)?;
    Ok(if faults.is_empty() { backend } else { backend.with_faults(name, faults) })
}

/// The backend of that store, or why it cannot be had.
async fn without_fault(store: Store) -> Result<AnyBackend, String> {
    Ok(match store {
        Store::Memory => AnyBackend::new(MemoryBackend),
        Store::Sqlite => AnyBackend::new(
            SqliteBackend::new().map_err(|error| format!("no temporary folder: {error}"))?,
        ),
        Store::Postgres => {
            AnyBackend::new(PostgresBackend::new().await.map_err(|reason| reason.to_string())?)
        }
        Store::Mongo => {
            AnyBackend::new(MongoBackend::new().await.map_err(|reason| reason.to_string())?)
        }
    })
}
