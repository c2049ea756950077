//! What a client sees that makes one call after the other.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use pangolin_parity::backend::{AnyBackend, Backend, Description, MemoryBackend, Server};
use pangolin_parity::campaign::{self, Plan};
use pangolin_parity::contract::intercept::{Intercepted, Interceptor};
use pangolin_parity::contract::op::Op;
use pangolin_parity::contract::reply::Reply;
use pangolin_parity::fault::{CONCURRENT_FAULTS, ConcurrentFault, FAULTS, concurrent};
use pangolin_store::{CatalogStore, MemoryStore, Result};
use tokio::runtime::Runtime;

/// The model with a fault.
struct Planted(&'static ConcurrentFault);

/// A store that is replaced when it is emptied.
struct Replaceable(Mutex<Arc<dyn CatalogStore>>);

#[async_trait]
impl Interceptor for Replaceable {
    async fn call(&self, op: Op, _: &dyn CatalogStore) -> Result<Reply> {
        let store = Arc::clone(&self.0.lock().unwrap());
        op.apply(&*store).await
    }
}

impl Planted {
    fn empty_store(&self) -> Arc<dyn CatalogStore> {
        self.0.plant(Arc::new(MemoryStore::new()))
    }
}

#[async_trait]
impl Backend for Planted {
    type Store = Intercepted<Replaceable>;

    fn describe(&self) -> Description {
        Description { name: self.0.name.into(), version: "1".to_owned(), server: Server::Embedded }
    }

    async fn open(&self) -> Result<Self::Store> {
        let replaceable = Replaceable(Mutex::new(self.empty_store()));
        Ok(Intercepted::new(replaceable, Arc::new(MemoryStore::new())))
    }

    async fn empty(&self, store: &Self::Store) -> Result<()> {
        *store.interceptor().0.lock().unwrap() = self.empty_store();
        Ok(())
    }

    async fn reopen(&self, store: Self::Store) -> Result<Self::Store> {
        Ok(store)
    }

    async fn open_beside(&self, _: &Self::Store) -> Result<Option<Self::Store>> {
        Ok(None)
    }

    fn url(&self, _: &Self::Store) -> Option<String> {
        None
    }
}

#[test]
fn one_client_sees_none_of_the_faults() {
    let mut backends = vec![AnyBackend::new(MemoryBackend)];
    backends.extend(CONCURRENT_FAULTS.iter().map(|fault| AnyBackend::new(Planted(fault))));
    let plan = Plan { jobs: 2, ..Plan::new(1, 48) };
    let runtime = Runtime::new().unwrap();
    let results = runtime.block_on(campaign::run(&backends, &plan, &mut |_| {})).unwrap();
    assert!(results.divergences.is_empty(), "{:?}", results.divergences);
}

#[test]
fn a_fault_is_found_by_its_name_which_no_other_fault_has() {
    let sequential = FAULTS.iter().map(|fault| fault.name());
    let mut names: BTreeSet<&str> = sequential.collect();
    for fault in CONCURRENT_FAULTS {
        assert!(names.insert(fault.name), "{fault:?}");
        assert_eq!(concurrent(fault.name).unwrap().name, fault.name);
    }
}
