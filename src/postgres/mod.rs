//! A catalog in a PostgreSQL database.
//!
//! A hot call is one statement, which checks what the call refers to, writes, and says what came of
//! it; it is prepared once a connection. What takes several statements is a transaction.
//!
//! Any number of stores and processes may work on one database. Transactions are `READ COMMITTED`, and
//! what they must not do at the same time is kept apart by locks on rows: a call that writes one asset
//! shares the lock of its branch, one that works on a branch as a whole (a copy, a commit, a merge, a
//! deletion) has it alone. Foreign keys and unique constraints guard the rest. A call that was overtaken
//! by another one sees so, and is made again from the start; a call that fails has changed nothing.

mod access_requests;
mod address;
mod answer;
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
mod locks;
mod merge_input;
mod merges;
mod migrate;
mod namespaces;
mod operations;
mod options;
mod permissions;
mod pool;
mod retry;
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

use std::fmt;
use std::sync::Arc;

pub use self::options::PostgresOptions;
use self::pool::Pool;
use crate::Result;

/// A store in a PostgreSQL database.
///
/// Cheap to clone; the clones share their connections, which belong to the runtime that opened them.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Arc<Pool>,
}

impl PostgresStore {
    /// Connects to the database and migrates it to the schema of this version. Other processes may be
    /// opening it at the same time.
    ///
    /// The tables are in the first schema of the connection's search path.
    ///
    /// # Errors
    /// `Backend` when the server cannot be reached or is too old, when the database holds tables of
    /// something else under the same names, or when its schema is newer than this version knows or not
    /// what a version of this store has made.
    pub async fn open(options: PostgresOptions) -> Result<Self> {
        let pool = Pool::new(options);
        let mut connection = pool.acquire().await?;
        migrate::migrate(&mut connection).await?;
        pool.release(connection);
        Ok(Self { pool: Arc::new(pool) })
    }

    /// Which database it is, and how it is treated.
    pub fn options(&self) -> &PostgresOptions {
        self.pool.options()
    }

    /// The version of the server, like `15.4`.
    ///
    /// # Errors
    /// `Backend` when the server cannot be reached.
    pub async fn version(&self) -> Result<String> {
        let sql = "SELECT split_part(current_setting('server_version'), ' ', 1)";
        let version = self.first(sql, statement::values![], |row, at| row.get(at)).await?;
        Ok(version.unwrap_or_default())
    }

    /// Closes the connections, and waits until that is done; calls that are under way are waited for.
    /// Calls that come later fail with `Backend`.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("options", self.options()).finish()
    }
}
