//! MongoDB on a server that is already running, or is started.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use pangolin_store::mongo::MongoOptions;
use pangolin_store::{MongoStore, Result, StoreError};

use super::{Backend, Description};
use crate::server::{self, Database, RunningServer, ServerUnavailable};

/// [`MongoStore`] in databases that are dropped with the backend.
pub struct MongoBackend {
    server: Arc<RunningServer>,
    databases: Mutex<Vec<Database>>,
}

impl MongoBackend {
    /// A backend on the MongoDB of this process.
    ///
    /// # Errors
    /// Why there is none, and what would help.
    pub async fn new() -> Result<Self, ServerUnavailable> {
        Ok(Self::on(server::mongo().await?))
    }

    /// A backend on that server.
    pub fn on(server: Arc<RunningServer>) -> Self {
        Self { server, databases: Mutex::default() }
    }
}

#[async_trait]
impl Backend for MongoBackend {
    type Store = MongoStore;

    fn describe(&self) -> Description {
        let version = self.server.version().to_owned();
        Description { name: "mongo".into(), version, server: self.server.source().into() }
    }

    async fn open(&self) -> Result<MongoStore> {
        let database = self.server.database().await.map_err(StoreError::backend)?;
        let options: MongoOptions = database.url().parse()?;
        self.databases.lock().unwrap_or_else(PoisonError::into_inner).push(database);
        MongoStore::open(options).await
    }

    async fn empty(&self, store: &MongoStore) -> Result<()> {
        store.clear().await
    }

    async fn reopen(&self, store: MongoStore) -> Result<MongoStore> {
        let options = store.options().clone();
        store.close().await;
        MongoStore::open(options).await
    }

    async fn open_beside(&self, store: &MongoStore) -> Result<Option<MongoStore>> {
        MongoStore::open(store.options().clone()).await.map(Some)
    }

    fn url(&self, store: &MongoStore) -> Option<String> {
        let databases = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        let name = store.options().database();
        databases.iter().find(|database| database.name() == name).map(Database::url)
    }
}
