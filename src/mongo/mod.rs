//! A catalog in a MongoDB database.
//!
//! The server must be a replica set, because only a replica set has transactions; one node is enough. A
//! read is one command and sees one state. A write to several documents is a transaction, which is
//! retried when another one interrupted it. A call that is cancelled may be carried out nevertheless,
//! but never partly.
//!
//! Calls of one store that write to the same branch, catalog or user take turns, first come, first served, so
//! that more callers do not get less done.
//!
//! When a process dies, the server keeps its open transactions until `transactionLifetimeLimitSeconds`, 60 by
//! default, and calls of others that write to the same branch wait as long, or fail after `call_timeout_ms`.
//! `setParameter` with `transactionLifetimeLimitSeconds: 5` shortens that.
//!
//! A store belongs to the Tokio runtime that opened it.

mod access_requests;
mod address;
mod apply;
mod assets;
mod attempts;
mod audit;
mod branches;
mod business_metadata;
mod catalogs;
mod clear;
mod commits;
mod connection;
mod durability;
mod error;
mod federation;
mod grams;
mod leftovers;
mod merge_input;
mod merges;
mod migrate;
mod namespaces;
mod options;
mod orphans;
mod permissions;
mod query;
mod queue;
mod roles;
mod schema;
mod search;
mod service_users;
mod settings;
mod tags;
mod tenants;
mod tokens;
mod transaction;
mod users;
mod value;
mod warehouses;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use mongodb::Database;

use self::connection::Connected;
use self::durability::Elections;
pub use self::options::MongoOptions;
use self::queue::Queues;
use crate::Result;
use crate::events::MONGO;

/// A store in a MongoDB database.
///
/// Cheap to clone; the clones share their connections.
#[derive(Clone)]
pub struct MongoStore {
    shared: Arc<Shared>,
}

struct Shared {
    options: MongoOptions,
    database: Database,
    elections: Elections,
    queues: Arc<Queues>,
    /// The number of the tenant's guard that the next call writes to.
    next_guard: AtomicU32,
}

impl MongoStore {
    /// Opens the database, which is created if it does not exist, and migrates it to the schema of this
    /// version. Other processes may be opening it at the same time.
    ///
    /// # Errors
    /// `Invalid` when the driver refuses an option of the URL; `Backend` when the server cannot be
    /// reached, is no replica set or is older than 6.0, or when the database is another program's or its
    /// schema newer than this version supports.
    pub async fn open(options: MongoOptions) -> Result<Self> {
        let connected = connection::connect(&options).await?;
        let Connected { database, elections, shown, wire_version } = connected;
        migrate::migrate(&database).await?;
        let queues = Arc::new(Queues::new(options.pool_size));
        let next_guard = AtomicU32::new(0);
        let shared = Shared { options, database, elections, queues, next_guard };
        let store = Self { shared: Arc::new(shared) };
        store.collect_leftovers().await?;
        MONGO.opened(&shown, &format!("wire version {wire_version}"));
        Ok(store)
    }

    /// The options that it was opened with.
    pub fn options(&self) -> &MongoOptions {
        &self.shared.options
    }

    /// Closes the connections of this store and of its clones, after the running calls have ended.
    pub async fn close(&self) {
        self.database().client().clone().shutdown().await;
    }
}

impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore").field("options", &self.shared.options).finish()
    }
}
