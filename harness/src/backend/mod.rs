//! Where stores come from. A store of another crate plugs in as a [`Backend`].

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

use crate::fault::{self, ConcurrentFault, Fault};
use crate::server::ServerSource;
pub use instance::Instance;
use instance::{ConcurrentlyFaultyInstance, FaultyInstance, Opened};
pub use memory::MemoryBackend;
pub use mongo::MongoBackend;
pub use postgres::PostgresBackend;
pub use sqlite::SqliteBackend;

/// What a backend is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The name of its column.
    pub name: Arc<str>,
    /// The version of the engine that keeps the data.
    pub version: String,
    /// Where that engine runs.
    pub server: Server,
}

/// Where a database runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Server {
    /// In this process.
    Embedded,
    /// At a URL.
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

/// A kind of store that can be compared with others.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// The store. It may be partial, and answer `Unsupported` to some calls.
    type Store: CatalogStore + 'static;

    /// Describes the backend. Its name is unique among the backends of a run.
    fn describe(&self) -> Description;

    /// Opens a store that shares no data with any other open store. A run opens one per job.
    ///
    /// # Errors
    /// Why it is unavailable.
    async fn open(&self) -> Result<Self::Store>;

    /// Deletes everything in a store. It is called before every trace, so it should be quick.
    ///
    /// # Errors
    /// Why the store cannot be emptied.
    async fn empty(&self, store: &Self::Store) -> Result<()>;

    /// Closes a store and opens it again, as if its process had been restarted. A store that is not
    /// persistent is returned as it is.
    ///
    /// # Errors
    /// Why it cannot be opened again.
    async fn reopen(&self, store: Self::Store) -> Result<Self::Store>;

    /// Opens another store on the database of `store`, as another process would. `None`: the data is in the
    /// store itself.
    ///
    /// # Errors
    /// Why it cannot be opened.
    async fn open_beside(&self, store: &Self::Store) -> Result<Option<Self::Store>>;

    /// The URL by which [`pangolin_store::open`] opens the database of `store`, if it does.
    fn url(&self, store: &Self::Store) -> Option<String>;
}

/// A [`Backend`] of any type. Cheap to clone.
#[derive(Clone)]
pub struct AnyBackend(Arc<dyn Erased>);

impl AnyBackend {
    /// Wraps a backend.
    pub fn new(backend: impl Backend) -> Self {
        Self(Arc::new(Shared(Arc::new(backend))))
    }

    /// The name of its column.
    pub fn name(&self) -> Arc<str> {
        self.describe().name
    }

    /// Describes the backend.
    pub fn describe(&self) -> Description {
        self.0.describe()
    }

    /// The backend with a fault planted in its stores. Its name is `NAME+FAULT`.
    #[must_use]
    pub fn with_fault(self, fault: &'static dyn Fault) -> Self {
        let name = format!("{}+{}", self.name(), fault.name());
        self.with_faults(&name, vec![fault])
    }

    /// The backend with a fault planted in its stores that no single client can see. Its name is `NAME+FAULT`.
    #[must_use]
    pub fn with_concurrent_fault(self, fault: &'static ConcurrentFault) -> Self {
        let name = format!("{}+{}", self.name(), fault.name);
        Self(Arc::new(ConcurrentlyFaulty { name: name.into(), backend: self, fault }))
    }

    /// The backend under another name, with faults planted in its stores. The last fault answers first.
    fn with_faults(self, name: &str, faults: Vec<&'static dyn Fault>) -> Self {
        Self(Arc::new(Faulty { name: name.into(), backend: self, faults }))
    }

    /// Opens a store that shares no data with any other open store.
    ///
    /// # Errors
    /// Why it is unavailable.
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

/// A backend with a fault that no single client can see.
struct ConcurrentlyFaulty {
    name: Arc<str>,
    backend: AnyBackend,
    fault: &'static ConcurrentFault,
}

#[async_trait]
impl Erased for ConcurrentlyFaulty {
    fn describe(&self) -> Description {
        Description { name: Arc::clone(&self.name), ..self.backend.describe() }
    }

    async fn open(&self) -> Result<Box<dyn Instance>> {
        Ok(Box::new(ConcurrentlyFaultyInstance::new(self.backend.open().await?, self.fault)))
    }
}

/// A backend that was asked for and is unavailable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{name} cannot run: {reason}")]
pub struct Unavailable {
    /// The name of its column.
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

/// The backends that tests run on: the names in `PARITY_BACKENDS`, separated by commas, the reference first;
/// without it, all of [`NAMES`].
///
/// An unavailable backend fails the tests; it does not skip them.
pub fn under_test() -> Vec<String> {
    let Ok(names) = env::var("PARITY_BACKENDS") else {
        return NAMES.iter().map(|name| (*name).to_owned()).collect();
    };
    names.split(',').map(|name| name.trim().to_owned()).collect()
}

/// The names of the stores in the state in which the first audit found them.
pub const LEGACY_NAMES: &[&str] = &["legacy-sqlite", "legacy-postgres", "legacy-mongo"];

/// The meaning of a name: a store, and the faults planted in it.
struct Meaning {
    store: Store,
    faults: Vec<&'static dyn Fault>,
    concurrent: Vec<&'static ConcurrentFault>,
}

fn parse(name: &str) -> Result<Meaning, String> {
    let mut parts = name.split('+');
    let first = parts.next().unwrap_or_default();
    let old = first.strip_prefix("legacy-");
    let store = old.unwrap_or(first).parse();
    let legacy = old.map_or(Some(&[][..]), fault::legacy);
    let (Ok(store), Some(legacy)) = (store, legacy) else {
        return Err(format!("the backends are {}", [NAMES, LEGACY_NAMES].concat().join(", ")));
    };
    let mut meaning = Meaning { store, faults: legacy.to_vec(), concurrent: Vec::new() };
    for part in parts {
        match (fault::named(part), fault::concurrent(part)) {
            (Some(fault), _) => meaning.faults.push(fault),
            (None, Some(fault)) => meaning.concurrent.push(fault),
            (None, None) => return Err(format!("there is no fault `{part}`")),
        }
    }
    Ok(meaning)
}

/// Checks that a backend of that name exists, available or not.
///
/// # Errors
/// What is wrong with the name, and which names exist.
pub fn check_name(name: &str) -> Result<(), Unavailable> {
    parse(name).map(|_| ()).map_err(|reason| Unavailable { name: name.to_owned(), reason })
}

/// The backend of that name, which may be one of [`LEGACY_NAMES`], and may be followed by faults, each
/// after a `+`. The first backend on a server starts the server, if necessary.
///
/// # Errors
/// Why it is unavailable.
pub async fn named(name: &str) -> Result<AnyBackend, Unavailable> {
    let unavailable = |reason: String| Unavailable { name: name.to_owned(), reason };
    let Meaning { store, faults, concurrent } = parse(name).map_err(unavailable)?;
    let mut backend = without_fault(store).await.map_err(unavailable)?;
    if !faults.is_empty() {
        backend = backend.with_faults(name, faults);
    }
    for fault in concurrent {
        backend = backend.with_concurrent_fault(fault);
    }
    Ok(backend)
}

/// The backend of that store, or why it is unavailable.
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
