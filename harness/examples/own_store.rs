//! A store of your own under the harness: six short functions, and it has a column in the matrix.
//!
//! The store of this example lacks a feature, and has a bug in another: it forgets why a token was revoked.
//! The report says so, and shows each gap by the shortest trace. Run it with
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
use pangolin_parity::contract::reply::Reply;
use pangolin_parity::report::{Format, Report};
use pangolin_store::{CatalogStore, MemoryStore, Result, StoreError};

/// The store. A real one implements the traits of `pangolin_store::store`, and the compiler names what it
/// lacks. This one answers calls as values instead, most of them from a `MemoryStore`.
struct Forgetful {
    memory: Arc<MemoryStore>,
}

#[async_trait]
impl Interceptor for Forgetful {
    async fn call(&self, op: Op, inner: &dyn CatalogStore) -> Result<Reply> {
        match op {
            // The feature that it lacks: the matrix shows MISSING.
            op if op.method().feature() == Feature::Settings => {
                Err(StoreError::Unsupported { operation: op.method().into() })
            }
            // The bug: the matrix shows OUTDATED, as the reason does not come back from any read.
            Op::RevokeToken { tenant, mut revocation } => {
                revocation.reason = None;
                Op::RevokeToken { tenant, revocation }.apply(inner).await
            }
            op => op.apply(inner).await,
        }
    }
}

/// How the harness gets such stores.
struct OwnBackend;

#[async_trait]
impl Backend for OwnBackend {
    type Store = Intercepted<Forgetful>;

    fn describe(&self) -> Description {
        Description { name: "own".into(), version: "0.1".to_owned(), server: Server::Embedded }
    }

    async fn open(&self) -> Result<Self::Store> {
        let memory = Arc::new(MemoryStore::new());
        Ok(Intercepted::new(Forgetful { memory: Arc::clone(&memory) }, memory))
    }

    /// Called before every trace, so it should be quick.
    async fn empty(&self, store: &Self::Store) -> Result<()> {
        store.interceptor().memory.clear();
        Ok(())
    }

    /// A store on a disk or a server closes its connections here, and opens others.
    async fn reopen(&self, store: Self::Store) -> Result<Self::Store> {
        Ok(store)
    }

    /// A store on a disk or a server opens another one on the same data.
    async fn open_beside(&self, _: &Self::Store) -> Result<Option<Self::Store>> {
        Ok(None)
    }

    fn url(&self, _: &Self::Store) -> Option<String> {
        None
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    // The first backend is the reference.
    let backends = [AnyBackend::new(MemoryBackend), AnyBackend::new(OwnBackend)];
    let results = campaign::run(&backends, &Plan::new(1, 200), &mut |_| {}).await?;
    let report = Report { results, unavailable: Vec::new(), judgement: Judgement::default() };
    print!("{}", report.render(Format::Terminal));
    Ok(())
}
