//! A running server.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

use async_trait::async_trait;
use tokio::signal::unix::{SignalKind, signal};

use super::owner::Owner;
use super::{
    Database, Engine, Power, ServerError, ServerSource, Settings, mongo, postgres, runtime, url,
};

/// The prefix of the names of all databases that the harness creates.
const PREFIX: &str = "parity_";

/// The servers that were already running, and so do not end with this process.
static AT_URLS: Mutex<Vec<Weak<RunningServer>>> = Mutex::new(Vec::new());

/// Administration of a server.
#[async_trait]
pub(super) trait Admin: Send + Sync {
    /// The server's version.
    fn version(&self) -> &str;

    /// The names of all databases.
    async fn databases(&self) -> Result<Vec<String>, ServerError>;

    /// Creates a database, unless the server creates it on the first write.
    async fn create(&self, name: &str) -> Result<(), ServerError>;

    /// Drops a database, even if clients are connected to it. A database that does not exist is no error.
    async fn remove(&self, name: &str) -> Result<(), ServerError>;
}

/// A server that runs at least as long as this value lives.
pub struct RunningServer {
    engine: Engine,
    source: ServerSource,
    url: String,
    admin: Box<dyn Admin>,
    /// The databases that are still to be dropped.
    databases: Mutex<BTreeSet<String>>,
    power: Option<Power>,
    /// What keeps the server running: the server ends when this is dropped.
    _held: Box<dyn Send + Sync>,
}

impl RunningServer {
    pub(super) fn new(
        engine: Engine,
        source: ServerSource,
        url: String,
        admin: Box<dyn Admin>,
        held: impl Send + Sync + 'static,
    ) -> Self {
        let databases = Mutex::default();
        Self { engine, source, url, admin, databases, power: None, _held: Box::new(held) }
    }

    /// A server that ends with `power`.
    pub(super) fn with_power(self, power: Power) -> Self {
        Self { power: Some(power), ..self }
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Where it comes from.
    pub fn source(&self) -> ServerSource {
        self.source
    }

    /// Its version.
    pub fn version(&self) -> &str {
        self.admin.version()
    }

    /// The URL of a user who may create databases, with the password if there is one.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The `HOST:PORT` of its URL, of several nodes the first one; `None` if the URL has none.
    pub fn address(&self) -> Option<String> {
        url::address(&self.url, self.engine)
    }

    /// Power over it, if this process started it by programs; `None` if it is in a container, or was already
    /// running.
    pub fn power(&self) -> Option<&Power> {
        self.power.as_ref()
    }

    /// A new, empty database that nothing else uses.
    ///
    /// # Errors
    /// Why the server did not create one.
    pub async fn database(self: &Arc<Self>) -> Result<Database, ServerError> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}_{number}", Owner::this());
        let server = Arc::clone(self);
        runtime::run(async move {
            server.locked().insert(name.clone());
            // From here on it is dropped, also when its creation fails half-way.
            let database = Database { name, server };
            database.server.admin.create(&database.name).await?;
            Ok(database)
        })
        .await?
    }

    pub(super) async fn drop_database(&self, name: &str) {
        if !self.locked().contains(name) {
            return;
        }
        // A database that could not be dropped is dropped by a later run.
        if self.admin.remove(name).await.is_ok() {
            self.locked().remove(name);
        }
    }

    pub(super) async fn drop_databases(self: &Arc<Self>) {
        let server = Arc::clone(self);
        let dropped = runtime::run(async move {
            let names = server.locked().clone();
            for name in names {
                server.drop_database(&name).await;
            }
        });
        // What could not be dropped is dropped by a later run.
        let _ = dropped.await;
    }

    fn locked(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.databases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningServer")
            .field("engine", &self.engine)
            .field("source", &self.source)
            .field("url", &url::shown(&self.url))
            .field("version", &self.version())
            .finish()
    }
}

/// The server that is already running at the settings' URL.
pub(super) async fn at_url(
    engine: Engine,
    settings: &Settings,
) -> Result<Arc<RunningServer>, ServerError> {
    let variable = engine.url_variable();
    let url =
        settings.url.clone().ok_or_else(|| ServerError::new(format!("{variable} is not set")))?;
    let admin = connect(engine, &url).await.map_err(|why| {
        let shown = url::shown(&url);
        ServerError::new(format!("{variable} points to {shown}, and {why}"))
    })?;
    sweep(&*admin).await;
    let running = Arc::new(RunningServer::new(engine, ServerSource::Url, url, admin, ()));
    AT_URLS.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&running));
    drop_databases_on_signals();
    Ok(running)
}

pub(super) async fn connect(engine: Engine, url: &str) -> Result<Box<dyn Admin>, ServerError> {
    match engine {
        Engine::Postgres => Ok(Box::new(postgres::Postgres::connect(url).await?)),
        Engine::Mongo => Ok(Box::new(mongo::Mongo::connect(url).await?)),
    }
}

/// Drops the databases of processes on this machine that were killed before they could drop them.
async fn sweep(admin: &dyn Admin) {
    // What cannot be listed or dropped now is left to the next run.
    for name in admin.databases().await.unwrap_or_default() {
        let owner = name.strip_prefix(PREFIX).and_then(Owner::parse_start);
        if owner.is_some_and(|(owner, rest)| rest.starts_with('_') && owner.is_gone()) {
            let _ = admin.remove(&name).await;
        }
    }
}

/// Whether the caller handles Ctrl-C and `SIGTERM`.
static SIGNALS_ARE_TAKEN: AtomicBool = AtomicBool::new(false);

/// Leaves Ctrl-C and `SIGTERM` to the caller from now on. It is for a process that has more to do before it
/// ends, and that then ends normally or calls [`drop_databases`].
pub fn take_signals() {
    SIGNALS_ARE_TAKEN.store(true, Ordering::Relaxed);
}

/// A server that was already running does not end with this process, so the databases on it must be dropped
/// before the process ends.
fn drop_databases_on_signals() {
    static LISTENING: Once = Once::new();
    if SIGNALS_ARE_TAKEN.load(Ordering::Relaxed) {
        return;
    }
    LISTENING.call_once(|| {
        for (kind, status) in [(SignalKind::interrupt(), 130), (SignalKind::terminate(), 143)] {
            let Ok(mut signals) = signal(kind) else { continue };
            tokio::spawn(async move {
                signals.recv().await;
                drop_databases().await;
                std::process::exit(status);
            });
        }
    });
}

/// Drops the databases that this process created on servers that were already running.
///
/// Each is also dropped with its [`Database`]; this is for those still in use when the process ends. Ctrl-C
/// and `SIGTERM` do the same, unless [`take_signals`] was called. What a killed process leaves, the next
/// process on this machine drops.
pub async fn drop_databases() {
    let servers = AT_URLS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for server in servers.iter().filter_map(Weak::upgrade) {
        server.drop_databases().await;
    }
}
