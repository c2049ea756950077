//! What the bare drivers take: the same rows in the same tables, by one prepared statement, one command by an
//! index or one transaction, and read into plain values.
//!
//! A floor checks nothing that the contract asks for (that parents are there, that a name is free, that a
//! value is in bounds): it is the least that anybody's code would do.

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

/// The calls of a store that are also made [by hand](Floor::by_hand): the floor leaves something out that
/// takes its time.
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
    /// Leaves the database as it is after a rest, when it has caught up with what was written: how it plans
    /// is not to depend on when that happens.
    ///
    /// # Errors
    /// What the driver says.
    async fn settle(&self) -> Result<()> {
        Ok(())
    }

    /// Does the row work of a call; how many rows came back.
    ///
    /// # Errors
    /// What the driver says.
    async fn make(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize>;

    /// Does what the contract asks for and the floor leaves out, in the driver's own way: what a store that
    /// keeps the contract cannot be faster than. How many rows came back.
    ///
    /// # Errors
    /// What the driver says.
    async fn by_hand(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize> {
        self.make(call, scene, turn).await
    }

    /// Copies all assets of `main` to a branch of that name, as content and as bases, set-wise.
    ///
    /// # Errors
    /// What the driver says.
    async fn copy_main(&self, branch: &str) -> Result<()>;

    /// Gives the assets that differ on a branch from their bases to `main`, remembers them as bases, and
    /// stores a commit of that id with those operations.
    ///
    /// # Errors
    /// What the driver says.
    async fn take_changes(&self, branch: &str, commit: CommitId, operations: &str) -> Result<()>;
}
