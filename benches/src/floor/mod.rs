//! What the bare drivers take: the same rows in the same tables, found by the same names, by one prepared
//! statement, and read into plain values.
//!
//! A floor checks nothing that the contract asks for (that parents are there, that a name is free): it is
//! the least that anybody's code would do.

mod mongo;
mod postgres;
mod sqlite;

use anyhow::Result;
use async_trait::async_trait;

use crate::call::Call;
use crate::scene::Scene;
pub use mongo::MongoFloor;
pub use postgres::PostgresFloor;
pub use sqlite::SqliteFloor;

/// A bare driver on the database of a store.
#[async_trait]
pub trait Floor: Send + Sync {
    /// Does the row work of a call; how many rows came back.
    ///
    /// # Errors
    /// What the driver says.
    async fn make(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize>;

    /// Copies all assets of `main` to a branch of that name, as content and as bases, set-wise.
    ///
    /// # Errors
    /// What the driver says.
    async fn copy_main(&self, branch: &str) -> Result<()>;

    /// Gives the assets that differ on a branch from their bases to `main`, and remembers them as bases.
    ///
    /// # Errors
    /// What the driver says.
    async fn take_changes(&self, branch: &str) -> Result<()>;
}
