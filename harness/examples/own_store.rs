//! A store of one's own under the harness: three functions, and its column is in the matrix.
//!
//! The store here is a partial one: it keeps everything in memory and answers `Unsupported` to the
//! calls of two features. Run it with
//!
//! ```text
//! cargo run --release --example own_store
//! ```

use std::sync::Arc;

use async_trait::async_trait;
use pangolin_parity::backend::{AnyBackend, Backend, Description, MemoryBackend, Server};
use pangolin_parity::campaign::ledger::Judgement;
use pangolin_parity::campaign::{self, Plan};
use pangolin_parity::contract::feature::Feature;
use pangolin_parity::contract::intercept::{Intercepted, Interceptor};
use pangolin_parity::contract::op::Op;
use pangolin_parity::contract::outcome::Reply;
use pangolin_parity::report::{Format, Report};
use pangolin_store::{CatalogStore, MemoryStore, Result, StoreError};

/// What the store does to each call; a real one would implement the traits of
/// `pangolin_store::store` instead, or answer calls as values as this one does.
struct WithoutMachinesAndMerges(Arc<MemoryStore>);

#[async_trait]
impl Interceptor for WithoutMachinesAndMerges {
    async fn call(&self, op: Op, inner: &dyn CatalogStore) -> Result<Reply> {
        match op.method().feature() {
            Feature::ServiceUsers | Feature::Merges => {
                Err(StoreError::Unsupported { operation: op.method().into() })
            }
            _ => op.apply(inner).await,
        }
    }
}

/// How the harness gets such stores.
struct PartialBackend;

#[async_trait]
impl Backend for PartialBackend {
    type Store = PartialStore;

    fn describe(&self) -> Description {
        Description { name: "partial".into(), version: "0.1".to_owned(), server: Server::Embedded }
    }

    async fn open(&self) -> Result<PartialStore> {
        let memory = Arc::new(MemoryStore::new());
        Ok(Intercepted::new(WithoutMachinesAndMerges(Arc::clone(&memory)), memory))
    }

    async fn empty(&self, store: &PartialStore) -> Result<()> {
        store.interceptor().0.clear();
        Ok(())
    }

    async fn reopen(&self, store: PartialStore) -> Result<PartialStore> {
        Ok(store)
    }
}

type PartialStore = Intercepted<WithoutMachinesAndMerges>;

#[tokio::main]
async fn main() -> Result<()> {
    let backends = [AnyBackend::new(MemoryBackend), AnyBackend::new(PartialBackend)];
    let results = campaign::run(&backends, &Plan::new(1, 200), &mut |_| {}).await?;
    let report = Report { results, unavailable: Vec::new(), judgement: Judgement::default() };
    print!("{}", report.render(Format::Terminal));
    Ok(())
}
