//! Stores are closed and opened again in the middle of traces.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use pangolin_parity::backend::{
    self, AnyBackend, Backend, Description, MemoryBackend, Server, SqliteBackend,
};
use pangolin_parity::compare::lockstep::{Lockstep, Watch};
use pangolin_parity::trace::Trace;
use pangolin_store::{MemoryStore, Result, StoreError};

const TENANT_THEN_RESTART: &str = r#"
{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"a","properties":{}}}}
{"restart":{}}
{"list_tenants":{"page":{"limit":10}}}
"#;

async fn run(subject: AnyBackend, trace: &str) -> Vec<pangolin_parity::compare::finding::Finding> {
    let backends = [AnyBackend::new(MemoryBackend), subject];
    let mut lockstep = Lockstep::open(&backends, Duration::from_secs(10)).await.unwrap();
    let watch = Watch { observe: false, ..Watch::default() };
    lockstep.run(&Trace::parse(trace).unwrap(), &watch).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persistent_store_holds_the_same_after_a_restart() {
    let sqlite = AnyBackend::new(SqliteBackend::new().unwrap());
    assert!(run(sqlite, TENANT_THEN_RESTART).await.is_empty());
}

#[tokio::test]
async fn a_trace_shows_where_the_restart_was() {
    let revoked = r#"
{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"a","properties":{}}}}
{"revoke_token":{"tenant":"00000000-0000-0000-0000-000000000001","revocation":{"token":"00000000-0000-0000-0000-000000000002","expires_at":"2026-01-01T00:00:00.000000Z"}}}
{"restart":{}}
{"is_token_revoked":{"tenant":"00000000-0000-0000-0000-000000000001","token":"00000000-0000-0000-0000-000000000002"}}
"#;
    let forgetful = backend::named("memory+tokens-lost-at-restart").await.unwrap();
    let findings = run(forgetful, revoked).await;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].steps_before, 3);
    let without_restart = revoked.replace("{\"restart\":{}}\n", "");
    let forgetful = backend::named("memory+tokens-lost-at-restart").await.unwrap();
    assert!(run(forgetful, &without_restart).await.is_empty());
}

/// A store that opens once each time it is emptied, and cannot be opened again.
struct OpensOnce(AtomicBool);

#[async_trait]
impl Backend for OpensOnce {
    type Store = MemoryStore;

    fn describe(&self) -> Description {
        Description { name: "once".into(), version: "1".to_owned(), server: Server::Embedded }
    }

    async fn open(&self) -> Result<MemoryStore> {
        self.0.store(true, Ordering::Relaxed);
        Ok(MemoryStore::new())
    }

    async fn empty(&self, store: &MemoryStore) -> Result<()> {
        store.clear();
        Ok(())
    }

    async fn reopen(&self, _: MemoryStore) -> Result<MemoryStore> {
        assert!(self.0.swap(false, Ordering::Relaxed));
        Err(StoreError::backend("the key is inside"))
    }

    async fn open_beside(&self, _: &MemoryStore) -> Result<Option<MemoryStore>> {
        Ok(None)
    }

    fn url(&self, _: &MemoryStore) -> Option<String> {
        None
    }
}

#[tokio::test]
async fn a_store_that_does_not_open_again_is_found_and_the_next_trace_has_a_new_one() {
    let backends =
        [AnyBackend::new(MemoryBackend), AnyBackend::new(OpensOnce(AtomicBool::new(false)))];
    let mut lockstep = Lockstep::open(&backends, Duration::from_secs(10)).await.unwrap();
    let trace = Trace::parse(TENANT_THEN_RESTART).unwrap();
    for _ in 0..2 {
        let findings = lockstep.run(&trace, &Watch::default()).await.unwrap();
        assert_eq!(findings.len(), 1);
        let said = findings[0].difference.to_text();
        assert!(said.contains("could not be opened again: the database failed: the key is inside"));
    }
}
