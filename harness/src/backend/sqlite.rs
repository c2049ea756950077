//! SQLite on a file.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use pangolin_store::sqlite::SqliteOptions;
use pangolin_store::{Result, SqliteStore};
use tempfile::TempDir;

use super::{Backend, Description, Server};

/// [`SqliteStore`] on files in a temporary folder, which is removed with the backend.
///
/// `synchronous=off`, because the data need not survive a failure of the machine.
pub struct SqliteBackend {
    folder: TempDir,
    opened: AtomicUsize,
}

impl SqliteBackend {
    /// A backend with its own folder.
    ///
    /// # Errors
    /// The operating system's reason why it cannot create the folder.
    pub fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("parity-sqlite-").tempdir()?;
        Ok(Self { folder, opened: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Backend for SqliteBackend {
    type Store = SqliteStore;

    fn describe(&self) -> Description {
        let version = pangolin_store::sqlite::version().to_owned();
        Description { name: "sqlite".into(), version, server: Server::Embedded }
    }

    async fn open(&self) -> Result<SqliteStore> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.path().join(format!("{number}.db"));
        let options: SqliteOptions = format!("{}?synchronous=off", path.display()).parse()?;
        SqliteStore::open(options).await
    }

    async fn empty(&self, store: &SqliteStore) -> Result<()> {
        store.clear().await
    }

    async fn reopen(&self, store: SqliteStore) -> Result<SqliteStore> {
        let options = store.options().clone();
        drop(store);
        SqliteStore::open(options).await
    }

    async fn open_beside(&self, store: &SqliteStore) -> Result<Option<SqliteStore>> {
        SqliteStore::open(store.options().clone()).await.map(Some)
    }

    fn url(&self, store: &SqliteStore) -> Option<String> {
        let path = store.options().path()?;
        Some(format!("sqlite:{}?synchronous=off", path.display()))
    }
}
