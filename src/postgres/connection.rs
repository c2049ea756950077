//! One connection to the server.

use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection as _};
use sqlx_postgres::{PgConnectOptions, PgConnection};

use super::options::PostgresOptions;

/// More than there are statements in this store.
const STATEMENTS: usize = 512;

/// How long a connection can rest before it is asked whether it is still there.
const REST: Duration = Duration::from_secs(1);

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

    /// Notes that it is put aside.
    pub(super) fn rest(&mut self) {
        self.used = Instant::now();
    }

    /// Whether it still works. One that was used a moment ago is taken to.
    pub(super) async fn is_alive(&mut self) -> bool {
        self.used.elapsed() < REST || self.inner.ping().await.is_ok()
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        // Whether it hears that makes no difference.
        let _ = self.inner.close().await;
    }
}

/// What is told to the server when a connection is made.
fn settings(options: &PostgresOptions) -> PgConnectOptions {
    let server = options.server.clone().disable_statement_logging();
    server.statement_cache_capacity(STATEMENTS).options([
        ("statement_timeout", &*options.statement_timeout.as_millis().to_string()),
        ("lock_timeout", &*options.lock_timeout.as_millis().to_string()),
        // What the locks are meant for.
        ("default_transaction_isolation", "read committed"),
        // One plan a statement, made for any values and along the index that has the order of the
        // answer, whatever the tables held when it was made: it is kept as long as the connection.
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_sort", "off"),
        ("jit", "off"),
    ])
}
