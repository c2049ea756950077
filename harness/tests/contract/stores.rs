//! Every store, emptied before every test.
//!
//! `PARITY_BACKENDS` chooses the stores; by default all. An unavailable store fails every test.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use pangolin_parity::backend::{self, AnyBackend, Backend, Description, Instance, Server};
use pangolin_store::{CatalogStore, SqliteStore};
use tokio::runtime::Runtime;
use tokio::time::timeout;

pub(crate) type Store = Arc<dyn CatalogStore>;

/// Longer than any test takes: a call that hangs is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// One runtime for all tests, because clients of servers belong to the runtime that created them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Runs `body` on every store, emptied before, and names the stores on which it fails.
#[track_caller]
pub(crate) fn on_every_store(body: impl AsyncFn(&Store)) {
    each(|_| true, async |store| body(&store.store()).await);
}

/// Runs `before` on every persistent store, emptied before, closes the store and opens it again, and runs
/// `after` on it.
#[track_caller]
pub(crate) fn across_a_restart<T>(
    before: impl AsyncFn(&Store) -> T,
    after: impl AsyncFn(&Store, T),
) {
    each(StoresOf::last, async |store| {
        let seen = before(&store.store()).await;
        store.restart().await;
        after(&store.store(), seen).await;
    });
}

#[track_caller]
fn each(chosen: impl Fn(&StoresOf) -> bool, body: impl AsyncFn(&mut dyn Instance)) {
    let all = all();
    let fails = |stores: &StoresOf| {
        let run = || RUNTIME.block_on(async { timeout(PATIENCE, stores.run(&body)).await });
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(format!("on {} it hangs", stores.name)),
            Err(panic) => Some(format!("on {}: {}", stores.name, message(&*panic))),
        }
    };
    let failures: Vec<_> = all.iter().filter(|stores| chosen(stores)).filter_map(fails).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// The stores of one backend.
struct StoresOf {
    name: String,
    /// The backend, or why it is unavailable.
    backend: Result<AnyBackend, String>,
    /// Open stores that are not in use: emptying a database on a server is faster than creating one.
    idle: Mutex<Vec<Box<dyn Instance>>>,
}

impl StoresOf {
    fn new(name: &str, backend: Result<AnyBackend, String>) -> Self {
        Self { name: name.to_owned(), backend, idle: Mutex::default() }
    }

    /// Whether their content outlives the process.
    fn last(&self) -> bool {
        !["memory", SqliteInMemory::NAME].contains(&&*self.name)
    }

    async fn run(&self, body: &impl AsyncFn(&mut dyn Instance)) {
        let backend = self.backend.as_ref().unwrap_or_else(|reason| panic!("{reason}"));
        let idle = self.idle().pop();
        let mut store = match idle {
            Some(store) => store,
            None => backend.open().await.unwrap_or_else(|error| panic!("cannot open: {error:?}")),
        };
        store.empty().await.unwrap_or_else(|error| panic!("cannot empty: {error:?}"));
        body(&mut *store).await;
        // A store on which a test failed is not used again.
        self.idle().push(store);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Instance>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store belongs to the runtime that created it.
impl Drop for StoresOf {
    fn drop(&mut self) {
        let _context = RUNTIME.enter();
        drop(mem::take(&mut *self.idle()));
    }
}

/// All stores. They are dropped when no test holds them, which drops their databases on servers; a static
/// value would never be dropped.
fn all() -> Arc<Vec<StoresOf>> {
    static ALL: Mutex<Weak<Vec<StoresOf>>> = Mutex::new(Weak::new());
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    all.upgrade().unwrap_or_else(|| {
        let opened = Arc::new(backends());
        *all = Arc::downgrade(&opened);
        opened
    })
}

fn backends() -> Vec<StoresOf> {
    let mut all = Vec::new();
    for name in backend::under_test() {
        let backend = RUNTIME.block_on(backend::named(&name)).map_err(|reason| reason.to_string());
        all.push(StoresOf::new(&name, backend));
        if name == "sqlite" {
            let in_memory = AnyBackend::new(SqliteInMemory);
            all.push(StoresOf::new(SqliteInMemory::NAME, Ok(in_memory)));
        }
    }
    all
}

/// SQLite in memory, without a file.
struct SqliteInMemory;

impl SqliteInMemory {
    const NAME: &str = "sqlite::memory:";
}

#[async_trait]
impl Backend for SqliteInMemory {
    type Store = SqliteStore;

    fn describe(&self) -> Description {
        let version = pangolin_store::sqlite::version().to_owned();
        Description { name: Self::NAME.into(), version, server: Server::Embedded }
    }

    async fn open(&self) -> pangolin_store::Result<SqliteStore> {
        SqliteStore::open(":memory:".parse()?).await
    }

    async fn empty(&self, store: &SqliteStore) -> pangolin_store::Result<()> {
        store.clear().await
    }

    async fn reopen(&self, store: SqliteStore) -> pangolin_store::Result<SqliteStore> {
        Ok(store)
    }

    async fn open_beside(&self, _: &SqliteStore) -> pangolin_store::Result<Option<SqliteStore>> {
        Ok(None)
    }

    fn url(&self, _: &SqliteStore) -> Option<String> {
        None
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panics")
}
