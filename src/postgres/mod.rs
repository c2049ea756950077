//! A catalog in a PostgreSQL database.
//!
//! A frequent call is one statement: it checks what the call refers to, writes, and returns the result.
//! It is prepared once per connection. A call that needs several statements is a transaction.
//!
//! Any number of stores and processes may work on one database. Transactions are `READ COMMITTED`, and
//! row locks separate those that must not run at the same time. A call that writes one asset shares the
//! lock of its branch. A call that works on a branch as a whole (a copy, a commit, a merge, a deletion)
//! has an exclusive lock. Foreign keys and unique constraints guard the rest. A call that was overtaken
//! by another one notices it, and is made again from the start. A call that fails has changed nothing.

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
mod outcome;
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
use crate::events::POSTGRES;

/// A store in a PostgreSQL database.
///
/// Cheap to clone. The clones share their connections, which belong to the runtime that opened them.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Arc<Pool>,
}

impl PostgresStore {
    /// Connects to the database and migrates it to the schema of this version. Other processes may open
    /// it at the same time.
    ///
    /// The tables are in the first schema of the connection's search path.
    ///
    /// # Errors
    /// `Backend` when the server cannot be reached or is too old, when another program has tables with
    /// the same names in the schema, when the schema is newer than this version, or when no version of
    /// this store has made it.
    pub async fn open(options: PostgresOptions) -> Result<Self> {
        let pool = Pool::new(options);
        let mut connection = pool.acquire().await?;
        let migrated = migrate::migrate(&mut connection).await;
        pool.release(connection);
        POSTGRES.opened(&pool.options().shown(), &migrated?);
        Ok(Self { pool: Arc::new(pool) })
    }

    /// The database, and how the store uses it.
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

    /// Closes the connections. Waits until running calls have ended and all connections are closed.
    /// Later calls fail with `Backend`.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("options", self.options()).finish()
    }
}
