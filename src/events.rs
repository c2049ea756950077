//! The events of the persistent stores, through the facade `tracing`; the crate's documentation lists
//! them.
//!
//! Every event is emitted here and nowhere else, so it holds nothing but the arguments of these
//! functions: no URL, no bound value, no document, and no text of a driver's error.

use std::any::type_name;
use std::time::{Duration, Instant};

use tracing::{debug, info, warn};

/// A call, and a wait for a connection, is slow when it takes this long.
const SLOW: Duration = Duration::from_secs(1);

/// A call that has failed this often is worth a warning.
const MANY_TRIES: u32 = 8;

/// A store, as events name it.
#[derive(Clone, Copy)]
pub(crate) struct Store(&'static str);

#[cfg(feature = "sqlite")]
pub(crate) const SQLITE: Store = Store("sqlite");
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: Store = Store("postgres");
#[cfg(feature = "mongo")]
pub(crate) const MONGO: Store = Store("mongo");

/// Why a connection is closed whose call did not end as it should.
#[cfg(any(feature = "postgres", feature = "mongo"))]
pub(crate) const IN_DOUBT: &str = "in doubt: its call failed or was given up";

impl Store {
    /// The store is open. `database` says which one it is, without credentials.
    pub(crate) fn opened(self, database: &str, version: &str) {
        info!(store = self.0, database, version, "store opened");
    }

    /// A migration begins, which leads from one schema version to another.
    pub(crate) fn migration_begun(self, from: i32, to: i32) {
        info!(store = self.0, from, to, "migration begun");
    }

    /// A step of a migration ran, and led to that schema version.
    pub(crate) fn migration_step(self, version: i32) {
        info!(store = self.0, version, "migration step applied");
    }

    /// What has failed `tries` times is tried again.
    pub(crate) fn tried_again(self, tries: u32, cause: &str) {
        if tries == MANY_TRIES {
            warn!(store = self.0, tries, cause, "failed many times, tried again");
        } else {
            debug!(store = self.0, tries, cause, "failed, tried again");
        }
    }

    /// What has failed `tries` times is not tried again, because that was often or long enough.
    #[cfg(any(feature = "postgres", feature = "mongo"))]
    pub(crate) fn tries_exhausted(self, tries: u32, cause: &str) {
        warn!(store = self.0, tries, cause, "failed too often, given up");
    }

    /// A call has waited for a connection; reported when that was slow.
    pub(crate) fn waited_for_connection(self, waited: Duration) {
        if waited >= SLOW {
            warn!(store = self.0, millis = millis(waited), "waited for a connection");
        }
    }

    /// A call has not got a connection.
    #[cfg(any(feature = "postgres", feature = "mongo"))]
    pub(crate) fn no_connection(self, waited: Duration, cause: &str) {
        warn!(store = self.0, millis = millis(waited), cause, "no connection");
    }

    /// A connection is closed and not used again.
    #[cfg(any(feature = "postgres", feature = "mongo"))]
    pub(crate) fn connection_closed(self, cause: &str) {
        warn!(store = self.0, cause, "connection closed");
    }

    /// What deleted or unfinished catalogs and branches had left was deleted.
    #[cfg(feature = "mongo")]
    pub(crate) fn leftovers_deleted(self, catalogs: usize, branches: usize) {
        info!(store = self.0, catalogs, branches, "leftovers deleted");
    }

    /// Measures a call until the result is dropped. `what` says what is called.
    pub(crate) fn timed(self, what: &str) -> Timed<'_> {
        Timed { store: self, what, begun: Instant::now() }
    }
}

/// A call that is measured, and reported when it ends if it was slow.
#[must_use]
pub(crate) struct Timed<'a> {
    store: Store,
    what: &'a str,
    begun: Instant,
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        let elapsed = self.begun.elapsed();
        if elapsed >= SLOW {
            let what = self.what.split_whitespace().collect::<Vec<_>>().join(" ");
            warn!(store = self.store.0, what, millis = millis(elapsed), "slow call");
        }
    }
}

/// The name of the function that contains a closure.
pub(crate) fn function_of<F>(_closure: &F) -> &'static str {
    let name = type_name::<F>();
    name.rsplit("::").find(|part| !part.starts_with('{')).unwrap_or(name)
}

/// A database, as events name it: by its servers, and by its name if it has one.
#[cfg(any(feature = "postgres", feature = "mongo"))]
pub(crate) fn on_servers(
    servers: impl IntoIterator<Item = impl std::fmt::Display>,
    database: Option<&str>,
) -> String {
    let servers: Vec<String> = servers.into_iter().map(|server| server.to_string()).collect();
    format!("{}/{}", servers.join(","), database.unwrap_or_default())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closure_is_named_after_its_function() {
        async { assert_eq!(function_of(&|| ()), "a_closure_is_named_after_its_function") }.await;
    }
}
