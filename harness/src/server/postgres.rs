//! PostgreSQL.

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::time::timeout;

use super::running_server::Admin;
use super::{Durability, Engine, ServerError};

/// The arguments that start a server.
pub(super) fn arguments(durability: Durability) -> impl Iterator<Item = &'static str> {
    let settings = match durability {
        Durability::None => NOT_DURABLE,
        Durability::Full => DURABLE,
    };
    settings.into_iter().chain(OF_ANY_SERVER).flat_map(|setting| ["-c", setting])
}

const NOT_DURABLE: [&str; 8] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=256MB",
    "checkpoint_timeout=1h",
    "shared_buffers=128MB",
];

/// Memory and log sizes are those of a server under load.
const DURABLE: [&str; 8] = [
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "wal_level=replica",
    "max_wal_senders=10",
    "max_wal_size=2GB",
    "checkpoint_timeout=15min",
    "shared_buffers=512MB",
];

const OF_ANY_SERVER: [&str; 5] = [
    "max_connections=300",
    // Compiling a query takes longer than running any query of a test.
    "jit=off",
    // Tests make many calls that fail, and the log is in memory.
    "log_min_messages=fatal",
    "log_min_error_statement=panic",
    "log_checkpoints=off",
];

/// How long a running server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A PostgreSQL that answers.
pub(super) struct Postgres {
    options: PgConnectOptions,
    version: String,
}

impl Postgres {
    pub(super) async fn connect(url: &str) -> Result<Self, ServerError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(not_a_url());
        }
        let options = PgConnectOptions::from_str(url).map_err(|_| not_a_url())?;
        let mut postgres =
            Self { options: options.disable_statement_logging(), version: String::new() };
        let mut connection = postgres.connection().await?;
        let (version, can_create): (String, bool) = sqlx::query_as(
            "SELECT current_setting('server_version'), rolcreatedb OR rolsuper \
             FROM pg_roles WHERE rolname = current_user",
        )
        .fetch_one(&mut connection)
        .await
        .map_err(ServerError::new)?;
        if !can_create {
            return Err(ServerError::new(
                "its user may not create databases: ALTER ROLE … CREATEDB allows it",
            ));
        }
        postgres.version = version.split(' ').next().unwrap_or_default().to_owned();
        Ok(postgres)
    }

    async fn connection(&self) -> Result<PgConnection, ServerError> {
        match timeout(PATIENCE, PgConnection::connect_with(&self.options)).await {
            Ok(connected) => connected.map_err(|error| match error {
                sqlx::Error::Database(error) => {
                    ServerError::new(format!("it refuses: {}", error.message()))
                }
                error => ServerError::new(format!("it does not answer: {error}")),
            }),
            Err(_) => {
                Err(ServerError::new(format!("it does not answer in {} s", PATIENCE.as_secs())))
            }
        }
    }

    async fn execute(&self, statement: String) -> Result<(), ServerError> {
        let mut connection = self.connection().await?;
        // The names of the harness's own databases contain nothing that needs quoting.
        let ran = sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await;
        ran.map(drop).map_err(ServerError::new)
    }
}

fn not_a_url() -> ServerError {
    ServerError::new(format!("it is not a PostgreSQL URL: {}", Engine::Postgres.url_form()))
}

#[async_trait]
impl Admin for Postgres {
    fn version(&self) -> &str {
        &self.version
    }

    async fn databases(&self) -> Result<Vec<String>, ServerError> {
        let mut connection = self.connection().await?;
        let names = sqlx::query_scalar("SELECT datname::text FROM pg_database");
        names.fetch_all(&mut connection).await.map_err(ServerError::new)
    }

    async fn create(&self, name: &str) -> Result<(), ServerError> {
        self.execute(format!("CREATE DATABASE \"{name}\"")).await
    }

    async fn remove(&self, name: &str) -> Result<(), ServerError> {
        self.execute(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await
    }
}
