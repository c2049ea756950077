//! The reference model.

use async_trait::async_trait;
use pangolin_store::{MemoryStore, Result};

use super::{Backend, Description, Server};

/// [`MemoryStore`].
pub struct MemoryBackend;

#[async_trait]
impl Backend for MemoryBackend {
    type Store = MemoryStore;

    fn describe(&self) -> Description {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Description { name: "memory".into(), version, server: Server::Embedded }
    }

    async fn open(&self) -> Result<MemoryStore> {
        Ok(MemoryStore::new())
    }

    async fn empty(&self, store: &MemoryStore) -> Result<()> {
        store.clear();
        Ok(())
    }

    async fn reopen(&self, store: MemoryStore) -> Result<MemoryStore> {
        Ok(store)
    }

    async fn open_beside(&self, _: &MemoryStore) -> Result<Option<MemoryStore>> {
        Ok(None)
    }

    fn url(&self, _: &MemoryStore) -> Option<String> {
        None
    }
}
