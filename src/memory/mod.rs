//! The reference model: the contract in its plainest form, kept in memory.
//!
//! All that the store holds is one value of persistent maps, whose clone costs next to nothing. A
//! write works on a clone and puts it in place only once all of it has succeeded, so a call that
//! fails changes nothing, however far it came.

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

/// A store that keeps everything in memory and nothing after it is dropped.
///
/// The reference of the contract: what it answers is right. Its futures are ready at once, on any
/// runtime or none. It is no `Clone`, which would not tell whether the two share what they hold:
/// share it in an [`Arc`](std::sync::Arc), copy it by [`snapshot`](Self::snapshot).
#[derive(Default)]
pub struct MemoryStore {
    state: RwLock<State>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An independent store that holds what this one holds now, however much that is at no cost:
    /// the two share what neither of them has changed since.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self { state: RwLock::new(self.state.read().clone()) }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.state.write() = State::default();
    }

    /// Answers from what is stored. What is not there is nothing: `None`, no rows, 0, the defaults.
    fn read<T: Default>(&self, answer: impl FnOnce(&State) -> Result<T>) -> Result<T> {
        match answer(&self.state.read()) {
            Err(StoreError::NotFound { .. }) => Ok(T::default()),
            answer => answer,
        }
    }

    /// Changes what is stored, unless `change` fails.
    fn write<T>(&self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.state.write();
        let mut next = state.clone();
        let answer = change(&mut next)?;
        *state = next;
        Ok(answer)
    }
}

impl fmt::Debug for MemoryStore {
    /// Shows none of what is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
