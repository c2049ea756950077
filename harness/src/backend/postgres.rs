//! PostgreSQL on a server that is already running, or is started.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use pangolin_store::postgres::PostgresOptions;
use pangolin_store::{PostgresStore, Result, StoreError};

use super::{Backend, Description};
use crate::server::{self, Database, RunningServer, ServerUnavailable};

/// [`PostgresStore`] in databases that are dropped with the backend.
pub struct PostgresBackend {
    server: Arc<RunningServer>,
    databases: Mutex<Vec<Database>>,
}

impl PostgresBackend {
    /// A backend on the PostgreSQL of this process.
    ///
    /// # Errors
    /// Why there is none, and what would help.
    pub async fn new() -> Result<Self, ServerUnavailable> {
        Ok(Self::on(server::postgres().await?))
    }

    /// A backend on that server.
    pub fn on(server: Arc<RunningServer>) -> Self {
        Self { server, databases: Mutex::default() }
    }
}

#[async_trait]
impl Backend for PostgresBackend {
    type Store = PostgresStore;

    fn describe(&self) -> Description {
        let version = self.server.version().to_owned();
        Description { name: "postgres".into(), version, server: self.server.source().into() }
    }

    async fn open(&self) -> Result<PostgresStore> {
        let database = self.server.database().await.map_err(StoreError::backend)?;
        let options: PostgresOptions = database.url().parse()?;
        self.databases.lock().unwrap_or_else(PoisonError::into_inner).push(database);
        PostgresStore::open(options).await
    }

    async fn empty(&self, store: &PostgresStore) -> Result<()> {
        store.clear().await
    }

    async fn reopen(&self, store: PostgresStore) -> Result<PostgresStore> {
        let options = store.options().clone();
        store.close().await;
        PostgresStore::open(options).await
    }

    async fn open_beside(&self, store: &PostgresStore) -> Result<Option<PostgresStore>> {
        PostgresStore::open(store.options().clone()).await.map(Some)
    }

    fn url(&self, store: &PostgresStore) -> Option<String> {
        let databases = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
        let name = store.options().database_name().unwrap_or_default();
        databases.iter().find(|database| database.name() == name).map(Database::url)
    }
}
