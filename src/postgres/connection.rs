//! One connection to the server.

use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection as _};
use sqlx_postgres::{PgConnectOptions, PgConnection};
use tokio::time::timeout;

use super::options::PostgresOptions;

/// More than there are statements in this store.
const STATEMENTS: usize = 512;

/// How long a connection can be idle before it is checked again.
const REST: Duration = Duration::from_secs(1);

/// How long the check may take.
const CHECK: Duration = Duration::from_secs(2);

/// A connection, and when it was last used.
pub(super) struct Connection {
    inner: PgConnection,
    used: Instant,
}

impl Connection {
    pub(super) async fn open(options: &PostgresOptions) -> sqlx::Result<Self> {
        let inner = PgConnection::connect_with(&settings(options)).await?;
        Ok(Self { inner, used: Instant::now() })
    }

    pub(super) fn inner(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Records that it is idle from now on.
    pub(super) fn rest(&mut self) {
        self.used = Instant::now();
    }

    /// Whether it still works. One that was used a moment ago is not asked.
    pub(super) async fn is_alive(&mut self) -> bool {
        self.used.elapsed() < REST || matches!(timeout(CHECK, self.inner.ping()).await, Ok(Ok(())))
    }

    /// Ends the session with the server.
    pub(super) async fn close(self) {
        // The connection is gone in any case.
        let _ = self.inner.close().await;
    }
}

/// The settings of a connection.
fn settings(options: &PostgresOptions) -> PgConnectOptions {
    let server = options.server.clone().disable_statement_logging();
    server.statement_cache_capacity(STATEMENTS).options([
        ("statement_timeout", &*options.limit_of_a_statement().as_millis().to_string()),
        ("lock_timeout", &*options.lock_timeout.as_millis().to_string()),
        // The server ends the session of a client that has died, or that it cannot reach, and with it
        // the locks that others wait for.
        ("idle_in_transaction_session_timeout", "10000"),
        ("tcp_keepalives_idle", "2"),
        ("tcp_keepalives_interval", "1"),
        ("tcp_keepalives_count", "3"),
        ("tcp_user_timeout", "5000"),
        // The locks of this store are made for it.
        ("default_transaction_isolation", "read committed"),
        // One plan per statement, kept as long as the connection. It must suit all values, and follow
        // the index that has the order of the result, whatever the tables contain when it is made.
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_sort", "off"),
        ("jit", "off"),
    ])
}
