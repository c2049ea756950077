//! The reference model: the contract in its plainest form, kept in memory.
//!
//! The state of the store is one value of persistent maps, which is cheap to clone. A write changes a
//! clone, which replaces the state only when the whole write has succeeded. So a call that fails changes
//! nothing, wherever it fails.

mod access_requests;
mod assets;
mod audit;
mod branches;
mod business_metadata;
mod catalogs;
mod commits;
mod federation;
mod merges;
mod namespaces;
mod permissions;
mod roles;
mod search;
mod service_users;
mod settings;
mod state;
mod table;
mod tags;
mod tenants;
#[cfg(test)]
mod tests;
mod tokens;
mod users;
mod warehouses;

use std::fmt;

use parking_lot::RwLock;

use crate::{Result, StoreError};
use state::State;

/// A store that keeps everything in memory, until it is dropped.
///
/// The reference of the contract: its results are right. Its futures are ready at once, on any runtime
/// or none. It does not implement `Clone`, because it would not be clear whether the clone shares the
/// state: share it in an [`Arc`](std::sync::Arc), copy it with [`snapshot`](Self::snapshot).
#[derive(Default)]
pub struct MemoryStore {
    state: RwLock<State>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An independent store with the state that this one has now. It costs nothing, however large the
    /// state is: the two share what neither has changed since.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self { state: RwLock::new(self.state.read().clone()) }
    }

    /// Whether another store holds the same, what no read shows included. Parts that the two share since a
    /// [`snapshot`](Self::snapshot) cost nothing.
    pub fn holds_the_same_as(&self, other: &Self) -> bool {
        let mine = self.state.read().clone();
        mine == *other.state.read()
    }

    /// Deletes everything.
    pub fn clear(&self) {
        *self.state.write() = State::default();
    }

    /// Reads the state. A read of something that does not exist returns `None`, no rows, 0, or the
    /// defaults.
    fn read<T: Default>(&self, answer: impl FnOnce(&State) -> Result<T>) -> Result<T> {
        match answer(&self.state.read()) {
            Err(StoreError::NotFound { .. }) => Ok(T::default()),
            answer => answer,
        }
    }

    /// Changes the state, unless `change` fails.
    fn write<T>(&self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.state.write();
        let mut next = state.clone();
        let answer = change(&mut next)?;
        *state = next;
        Ok(answer)
    }
}

impl fmt::Debug for MemoryStore {
    /// Does not show the state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
