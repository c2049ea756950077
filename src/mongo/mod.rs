//! A catalog in a MongoDB database.
//!
//! The server must be a replica set, as only such a one has transactions; one node is enough. Reads are
//! one command each and see one state; what spans documents is written in a transaction, and tried
//! again when another one was in its way. A call that is given up may be carried out nevertheless, and
//! is never carried out by half.
//!
//! A store belongs to the Tokio runtime that opened it.

mod access_requests;
mod address;
mod apply;
mod assets;
mod audit;
mod branches;
mod business_metadata;
mod catalogs;
mod clear;
mod commits;
mod connection;
mod error;
mod federation;
mod grams;
mod leftovers;
mod merge_input;
mod merges;
mod migrate;
mod namespaces;
mod options;
mod permissions;
mod query;
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

pub use self::options::MongoOptions;
use crate::Result;

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
    /// Which of a tenant's guards the next call writes to.
    next_guard: AtomicU32,
}

impl MongoStore {
    /// Opens the database, which is created when it is not there, and migrates it to the schema of this
    /// version. Other processes may be opening it at the same time.
    ///
    /// # Errors
    /// `Invalid` when the driver refuses an option of the URL; `Backend` when the server cannot be
    /// reached, stands alone or is older than 6.0, or when the database is another program's or its
    /// schema newer than this version knows.
    pub async fn open(options: MongoOptions) -> Result<Self> {
        let database = connection::connect(&options).await?;
        migrate::migrate(&database).await?;
        let shared = Shared { options, database, next_guard: AtomicU32::new(0) };
        let store = Self { shared: Arc::new(shared) };
        store.collect_leftovers().await?;
        Ok(store)
    }

    /// What it was opened with.
    pub fn options(&self) -> &MongoOptions {
        &self.shared.options
    }

    /// Closes the connections of this store and of its clones, once the calls that go on have ended.
    pub async fn close(&self) {
        self.database().client().clone().shutdown().await;
    }
}

impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore").field("options", &self.shared.options).finish()
    }
}
