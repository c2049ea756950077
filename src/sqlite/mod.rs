//! A catalog in one SQLite file, or in memory.
//!
//! The file has one writing connection and a pool of read-only ones. On a multi-threaded runtime,
//! SQLite runs on the thread of the calling task. The runtime moves its other tasks to other threads
//! meanwhile ([`block_in_place`](tokio::task::block_in_place), so not inside a `LocalSet`). On a
//! single-threaded runtime, SQLite runs on a thread for blocking work. Writes that wait at the same
//! time are committed together, each one completely or not at all. A write returns only after it is on
//! the disk. A call that is dropped after it has begun is still carried out.
//!
//! Several processes may open one file. The file must not be on a network file system.

mod access_requests;
mod address;
mod assets;
mod audit;
mod branches;
mod business_metadata;
mod catalogs;
mod clear;
mod column;
mod commits;
mod connection;
mod error;
mod federation;
mod merge_input;
mod merges;
mod migrate;
mod namespaces;
mod options;
mod permissions;
mod roles;
mod search;
mod service_users;
mod settings;
mod statement;
mod tags;
mod tenants;
mod tokens;
mod users;
mod warehouses;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use self::connection::{Connections, blocking};
pub use self::options::{SqliteOptions, Synchronous};
use crate::Result;
use crate::events::{SQLITE, function_of};

/// The version of the SQLite library that is compiled in.
pub fn version() -> &'static str {
    rusqlite::version()
}

/// A store in an SQLite file, or in memory.
///
/// Cheap to clone. The file is closed when the last clone is dropped.
#[derive(Clone)]
pub struct SqliteStore {
    connections: Arc<Connections>,
}

impl SqliteStore {
    /// Opens the database and migrates it to the schema of this version. Other processes may open it at
    /// the same time.
    ///
    /// # Errors
    /// `Backend` when the file cannot be opened or is not a database of this store, or when its schema
    /// is newer than this version.
    pub async fn open(options: SqliteOptions) -> Result<Self> {
        let connections = blocking(move || Connections::open(options)).await??;
        let path = connections.options().path().map(Path::to_string_lossy);
        SQLITE.opened(path.as_deref().unwrap_or(":memory:"), version());
        Ok(Self { connections: Arc::new(connections) })
    }

    /// The database, and how the store uses it.
    pub fn options(&self) -> &SqliteOptions {
        self.connections.options()
    }

    /// Runs `work` on a connection for reading.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.connections.read(Box::new(work)).await
    }

    /// Runs `work` in a transaction. It is committed if `work` succeeds, and rolled back if it fails.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let timed = SQLITE.timed(function_of(&work));
        self.connections.write(Box::new(work), timed).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("options", self.options()).finish()
    }
}
