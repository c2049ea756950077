//! The cost of the bare drivers: the same rows in the same tables, with one prepared statement, one command
//! that uses an index, or one transaction, and rows read into plain values.
//!
//! A floor checks nothing that the contract requires (that parents exist, that a name is free, that a value
//! is in bounds): it is the least work that any code must do.

mod mongo;
mod postgres;
mod sqlite;

use anyhow::Result;
use async_trait::async_trait;
use pangolin_store::CommitId;

use crate::call::Call;
use crate::scene::Scene;
pub use mongo::MongoFloor;
pub use postgres::PostgresFloor;
pub use sqlite::SqliteFloor;

/// The calls of a store that are also made [by hand](Floor::by_hand): the floor leaves work out that takes
/// considerable time.
pub fn by_hand_too(store: &str) -> &'static [Call] {
    match store {
        "sqlite" => &[Call::FirstPage, Call::DeepPage],
        "mongo" => &[Call::AssetByName, Call::AssetById],
        _ => &[],
    }
}

/// A bare driver on the database of a store.
#[async_trait]
pub trait Floor: Send + Sync {
    /// Brings the database into the state it has after a rest, when its background work on the written rows
    /// is done: query plans must not depend on when that happens.
    ///
    /// # Errors
    /// The driver's error.
    async fn settle(&self) -> Result<()> {
        Ok(())
    }

    /// Does the row work of a call and returns the number of rows read.
    ///
    /// # Errors
    /// The driver's error.
    async fn make(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize>;

    /// Does the row work and the work that the contract requires and the floor leaves out, with the bare
    /// driver: a store that fulfils the contract cannot be faster. Returns the number of rows read.
    ///
    /// # Errors
    /// The driver's error.
    async fn by_hand(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize> {
        self.make(call, scene, turn).await
    }

    /// Copies all assets of `main` to a branch of that name, as content and as bases, in one statement.
    ///
    /// # Errors
    /// The driver's error.
    async fn copy_main(&self, branch: &str) -> Result<()>;

    /// Copies the assets of a branch that differ from their bases to `main`, updates the bases, and stores a
    /// commit with that id and those operations.
    ///
    /// # Errors
    /// The driver's error.
    async fn take_changes(&self, branch: &str, commit: CommitId, operations: &str) -> Result<()>;
}
