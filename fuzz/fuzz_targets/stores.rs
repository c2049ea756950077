//! Bytes become a trace through the generator of the campaigns' cases. The model and SQLite in memory must
//! agree on the trace.
#![no_main]

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use arbitrary::Unstructured;
use async_trait::async_trait;
use libfuzzer_sys::fuzz_target;
use pangolin_parity::backend::{AnyBackend, Backend, Description, MemoryBackend, Server};
use pangolin_parity::generate::{self, Scope};
use pangolin_parity::compare::lockstep::{Lockstep, Watch};
use pangolin_store::sqlite::SqliteOptions;
use pangolin_store::{Result, SqliteStore};
use tokio::runtime::Runtime;

/// SQLite in memory. A restart does not change it.
struct SqliteInMemory;

#[async_trait]
impl Backend for SqliteInMemory {
    type Store = SqliteStore;

    fn describe(&self) -> Description {
        let version = pangolin_store::sqlite::version().to_owned();
        Description { name: "sqlite".into(), version, server: Server::Embedded }
    }

    async fn open(&self) -> Result<SqliteStore> {
        SqliteStore::open(SqliteOptions::memory()).await
    }

    async fn empty(&self, store: &SqliteStore) -> Result<()> {
        store.clear().await
    }

    async fn reopen(&self, store: SqliteStore) -> Result<SqliteStore> {
        Ok(store)
    }

    async fn open_beside(
        &self,
        _: &SqliteStore,
    ) -> pangolin_store::Result<Option<SqliteStore>> {
        Ok(None)
    }

    fn url(&self, _: &SqliteStore) -> Option<String> {
        None
    }
}

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("a process can start threads"));

static STORES: LazyLock<Mutex<Lockstep>> = LazyLock::new(|| {
    let backends = [AnyBackend::new(MemoryBackend), AnyBackend::new(SqliteInMemory)];
    let opened = RUNTIME.block_on(Lockstep::open(&backends, Duration::from_secs(10)));
    Mutex::new(opened.expect("stores in memory can be opened"))
});

fuzz_target!(|bytes: &[u8]| {
    let trace = generate::case(&mut Unstructured::new(bytes), &Scope::default());
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    let watch = Watch { observe: true, ..Watch::default() };
    let findings = RUNTIME.block_on(stores.run(&trace, &watch)).expect("they can be emptied");
    if let Some(finding) = findings.first() {
        let shown = finding.trace(&trace);
        panic!("{} differs:\n{}{shown:?}", finding.backend, finding.difference.to_text());
    }
    stores.take_tallies();
});
