//! Every store, opened afresh for every test.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use pangolin_store::CatalogStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::timeout;

pub(crate) type Store = Arc<dyn CatalogStore>;

/// The URLs of the stores; `{dir}` stands for an empty folder.
const STORES: [&str; 3] = ["memory:", "sqlite::memory:", "sqlite:{dir}/catalog.db?synchronous=off"];

/// Those whose content outlives the process.
const LASTING_STORES: [&str; 1] = ["sqlite:{dir}/catalog.db"];

/// Longer than any test takes: a call that hangs is a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// One runtime for all tests, as clients of servers belong to the runtime that made them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Runs `body` on every store, empty, and names those on which it fails.
#[track_caller]
pub(crate) fn on_every_store(body: impl AsyncFn(&Store)) {
    each(&STORES, async |url| body(&open(url).await).await);
}

/// Runs `before` on every store that lasts, empty, opens the store anew, and runs `after` on it.
#[track_caller]
pub(crate) fn across_a_restart<T>(
    before: impl AsyncFn(&Store) -> T,
    after: impl AsyncFn(&Store, T),
) {
    each(&LASTING_STORES, async |url| {
        let seen = before(&open(url).await).await;
        after(&open(url).await, seen).await;
    });
}

#[track_caller]
fn each(stores: &[&str], body: impl AsyncFn(&str)) {
    let fails = |store: &&str| {
        let folder = TempDir::new().unwrap();
        let url = store.replace("{dir}", folder.path().to_str().unwrap());
        let run = || RUNTIME.block_on(async { timeout(PATIENCE, body(&url)).await });
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(format!("on `{store}` it hangs")),
            Err(panic) => Some(format!("on `{store}`: {}", message(&*panic))),
        }
    };
    let failures: Vec<_> = stores.iter().filter_map(fails).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

async fn open(url: &str) -> Store {
    let store = pangolin_store::open(url).await;
    store.unwrap_or_else(|error| panic!("cannot open {url}: {error:?}"))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panics")
}
