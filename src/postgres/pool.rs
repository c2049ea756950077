//! The connections of a store: as many as there are calls at once, up to a bound.
//!
//! A call that is given up in the middle, or fails in a way that leaves its connection in doubt, does not
//! bring it back: it is closed, and the server undoes what was not committed.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::connection::Connection;
use super::error::NoConnection;
use super::options::PostgresOptions;

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Pool {
    options: PostgresOptions,
    /// The last one used comes first: the others may rest and be forgotten.
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection that a call has for itself. When it is dropped, and not released, it is closed.
pub(super) struct Lease {
    connection: Connection,
    _permit: OwnedSemaphorePermit,
}

impl std::ops::Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl std::ops::DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Pool {
    pub(super) fn new(options: PostgresOptions) -> Self {
        let permits = Arc::new(Semaphore::new(options.pool_size));
        Self { idle: Mutex::new(Vec::with_capacity(options.pool_size)), permits, options }
    }

    pub(super) fn options(&self) -> &PostgresOptions {
        &self.options
    }

    /// A connection, as soon as there is one.
    pub(super) async fn acquire(&self) -> Result<Lease, NoConnection> {
        let patience = self.options.acquire_timeout;
        let permit = Arc::clone(&self.permits);
        // Without a timer, where there is no need to wait.
        let permit = match permit.try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let deadline = Instant::now() + patience;
                timeout_at(deadline, Arc::clone(&self.permits).acquire_owned())
                    .await
                    .map_err(|_| NoConnection::Busy(self.options.pool_size, patience.as_millis()))?
                    .map_err(|_| NoConnection::Closed)?
            }
        };
        while let Some(mut connection) = self.take_idle() {
            if connection.is_alive().await {
                return Ok(Lease { connection, _permit: permit });
            }
        }
        Ok(Lease { connection: self.connect().await?, _permit: permit })
    }

    /// Takes a connection back, on which nothing is under way.
    pub(super) fn release(&self, lease: Lease) {
        let Lease { mut connection, _permit } = lease;
        connection.rest();
        if !self.permits.is_closed() {
            self.idle.lock().push(connection);
        }
    }

    /// Closes all connections, those in use as soon as they are no longer.
    pub(super) async fn close(&self) {
        // Nobody gets one any more once all of them have been had.
        let all = u32::try_from(self.options.pool_size).unwrap_or(u32::MAX);
        let all = self.permits.acquire_many(all).await;
        self.permits.close();
        drop(all);
        while let Some(connection) = self.take_idle() {
            connection.close().await;
        }
    }

    /// Forgets the connections that rest: one broke, and the others may have done so for the same reason.
    pub(super) fn forget_idle(&self) {
        self.idle.lock().clear();
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().pop()
    }

    async fn connect(&self) -> Result<Connection, NoConnection> {
        let opened = timeout(CONNECT_TIMEOUT, Connection::open(&self.options)).await;
        let opened = opened
            .map_err(|_| NoConnection::Unreachable(self.address(), CONNECT_TIMEOUT.as_millis()))?;
        opened.map_err(|error| NoConnection::refused(self.address(), error))
    }

    fn address(&self) -> String {
        let server = &self.options.server;
        format!("{}:{}", server.get_host(), server.get_port())
    }
}
