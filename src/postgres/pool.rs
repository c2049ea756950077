//! The connections of a store: as many as there are concurrent calls, up to a limit.
//!
//! A connection is not given back when its call is cancelled, or fails in a way that leaves its state in
//! doubt. It is closed, and the server rolls back what was not committed.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::connection::Connection;
use super::error::NoConnection;
use super::options::PostgresOptions;
use crate::events::{IN_DOUBT, POSTGRES};

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Pool {
    options: PostgresOptions,
    /// The one that was used last is taken first, so that the others can stay idle.
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection that one call uses. It is closed if it is dropped and not released.
pub(super) struct Lease {
    connection: Connection,
    _permit: OwnedSemaphorePermit,
    in_doubt: InDoubt,
}

/// Reports, when it is dropped, that a connection is not given back.
struct InDoubt;

impl Drop for InDoubt {
    fn drop(&mut self) {
        POSTGRES.connection_closed(IN_DOUBT);
    }
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

    /// A connection, as soon as one is free.
    pub(super) async fn acquire(&self) -> Result<Lease, NoConnection> {
        let patience = self.options.acquire_timeout;
        let permit = Arc::clone(&self.permits);
        // Without a timer when there is no need to wait.
        let permit = match permit.try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let begun = Instant::now();
                let permit = Arc::clone(&self.permits).acquire_owned();
                let permit = timeout_at(begun + patience, permit).await.map_err(|_| {
                    POSTGRES.no_connection(patience, "all are busy");
                    NoConnection::Busy(self.options.pool_size, patience.as_millis())
                })?;
                POSTGRES.waited_for_connection(begun.elapsed());
                permit.map_err(|_| NoConnection::Closed)?
            }
        };
        while let Some(mut connection) = self.take_idle() {
            if connection.is_alive().await {
                return Ok(Lease { connection, _permit: permit, in_doubt: InDoubt });
            }
            POSTGRES.connection_closed("the server does not answer");
        }
        Ok(Lease { connection: self.connect().await?, _permit: permit, in_doubt: InDoubt })
    }

    /// Takes back a connection on which nothing is running.
    pub(super) fn release(&self, lease: Lease) {
        let Lease { mut connection, _permit, in_doubt } = lease;
        mem::forget(in_doubt);
        connection.rest();
        if !self.permits.is_closed() {
            self.idle.lock().push(connection);
        }
    }

    /// Closes all connections; it waits for those in use.
    pub(super) async fn close(&self) {
        // With all permits taken, no call uses a connection, and none gets one from here on.
        let all = u32::try_from(self.options.pool_size).unwrap_or(u32::MAX);
        let all = self.permits.acquire_many(all).await;
        self.permits.close();
        drop(all);
        while let Some(connection) = self.take_idle() {
            connection.close().await;
        }
    }

    /// Closes the idle connections: one broke, and the others may have broken for the same reason.
    pub(super) fn forget_idle(&self) {
        self.idle.lock().clear();
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().pop()
    }

    async fn connect(&self) -> Result<Connection, NoConnection> {
        let address = || self.options.address();
        let opened = timeout(CONNECT_TIMEOUT, Connection::open(&self.options)).await;
        let opened = opened
            .map_err(|_| NoConnection::Unreachable(address(), CONNECT_TIMEOUT.as_millis()))?;
        opened.map_err(|error| NoConnection::refused(address(), error))
    }
}
