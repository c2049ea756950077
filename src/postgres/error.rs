//! Converts errors of the driver and of the server to the contract's errors.

use sqlx::Error as SqlxError;
use sqlx::error::DatabaseError;

use crate::{Invalid, StoreError};

/// Why one attempt at a call failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The contract does not allow the call.
    Refused(StoreError),
    /// Another call wrote in between: what this one has read is no longer true.
    Overtaken,
    /// The driver or the server failed.
    Failed(SqlxError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::Refused(invalid.into())
    }
}

impl From<SqlxError> for Failure {
    fn from(error: SqlxError) -> Self {
        Self::Failed(error)
    }
}

/// What can be done after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Report it to the caller.
    None,
    /// Make the call again: it has had no effect.
    Again,
    /// Make the call again on another connection: it has had no effect.
    Reconnect,
    /// The connection broke, and a write may or may not have had an effect. Only a read can be made
    /// again, on another connection.
    ReconnectToRead,
}

impl Failure {
    /// The failure of a statement in a transaction that was not committed. Even if the connection
    /// broke, the call has had no effect.
    pub(super) fn before_commit(error: SqlxError) -> Self {
        match error {
            SqlxError::Io(_) => Self::Overtaken,
            error => Self::Failed(error),
        }
    }

    /// Whether a statement failed, rather than its connection.
    pub(super) fn is_of_the_statement(&self) -> bool {
        matches!(self, Self::Failed(SqlxError::Database(_)))
    }

    /// What happened, for events: without any text of the server, which may quote a value.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Refused(_) => "refused".to_owned(),
            Self::Overtaken => "overtaken by another call".to_owned(),
            Self::Failed(SqlxError::Database(error)) => {
                format!("SQLSTATE {}", error.code().unwrap_or_default())
            }
            Self::Failed(SqlxError::Io(error)) => format!("connection broken: {}", error.kind()),
            Self::Failed(_) => "failure of the driver".to_owned(),
        }
    }

    pub(super) fn remedy(&self) -> Remedy {
        match self {
            Self::Refused(_) => Remedy::None,
            Self::Overtaken => Remedy::Again,
            Self::Failed(SqlxError::Database(error)) => remedy_of(error.code().as_deref()),
            Self::Failed(SqlxError::Io(_)) => Remedy::ReconnectToRead,
            Self::Failed(_) => Remedy::None,
        }
    }
}

fn remedy_of(code: Option<&str>) -> Remedy {
    match code {
        // A foreign key or unique constraint that another call broke after the statement began; a
        // serialization failure; a deadlock.
        Some("23503" | "23505" | "40001" | "40P01") => Remedy::Again,
        // The schema has changed since the statement was prepared.
        Some("0A000" | "26000") => Remedy::Reconnect,
        // An administrator has ended the connection, and the server has rolled back its transaction.
        Some("57P01") => Remedy::Reconnect,
        // The server stops after a crash, or starts. It does not report whether a call that was running
        // had an effect.
        Some("57P02" | "57P03") => Remedy::ReconnectToRead,
        _ => Remedy::None,
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Overtaken => Self::backend(Contended),
            Failure::Failed(error) => database_failure(error),
        }
    }
}

/// Each attempt at a call was overtaken by another call.
#[derive(Debug, thiserror::Error)]
#[error("other calls changed the same data during each attempt; nothing was written, try again")]
struct Contended;

/// Converts an error of the driver or of the server. The driver's own error is not passed on: the
/// details of a broken constraint quote the data that was to be written, which may be a secret.
pub(super) fn database_failure(error: SqlxError) -> StoreError {
    StoreError::backend(DatabaseFailure::from(error))
}

#[derive(Debug, thiserror::Error)]
enum DatabaseFailure {
    #[error("PostgreSQL says {code}: {says}")]
    Server { code: String, says: String },
    #[error("the connection to PostgreSQL broke: {0}")]
    Io(#[from] std::io::Error),
    #[error("no encrypted connection to PostgreSQL: {0}")]
    Tls(String),
    #[error("PostgreSQL sent an answer that the driver does not understand: {0}")]
    Protocol(String),
    #[error("{0}")]
    Undecodable(Undecodable),
    #[error("a column does not have the expected type; another program has changed the schema")]
    Schema,
    #[error("the driver for PostgreSQL failed")]
    Driver,
}

impl From<SqlxError> for DatabaseFailure {
    fn from(error: SqlxError) -> Self {
        match error {
            SqlxError::Database(error) => server_failure(&*error),
            SqlxError::Io(error) => Self::Io(error),
            SqlxError::Tls(error) => Self::Tls(error.to_string()),
            SqlxError::Protocol(error) => Self::Protocol(error),
            SqlxError::ColumnDecode { source, .. } => match source.downcast::<Undecodable>() {
                Ok(undecodable) => Self::Undecodable(*undecodable),
                Err(_) => Self::Schema,
            },
            SqlxError::ColumnIndexOutOfBounds { .. } | SqlxError::Decode(_) => Self::Schema,
            _ => Self::Driver,
        }
    }
}

fn server_failure(error: &dyn DatabaseError) -> DatabaseFailure {
    let code = error.code().unwrap_or_default().into_owned();
    let says = match (code.get(..2), error.constraint()) {
        // The server's message about invalid data quotes the data.
        (Some("22"), _) => "a value does not fit".to_owned(),
        (Some("23"), Some(constraint)) => format!("{constraint} is broken"),
        (Some("23"), None) => "a constraint is broken".to_owned(),
        _ => error.message().to_owned(),
    };
    DatabaseFailure::Server { code, says }
}

/// A column holds a value that no version of this store has written. The error never quotes the value.
#[derive(Debug, thiserror::Error)]
#[error("a column does not hold a {expected}; another program has changed the table")]
pub(super) struct Undecodable {
    pub(super) expected: &'static str,
}

/// Why no connection is available.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoConnection {
    #[error(
        "all {0} connections were busy for {1} ms; raise `pool_size` or `acquire_timeout_ms`, or make \
         fewer calls at once"
    )]
    Busy(usize, u128),
    #[error("the store was closed")]
    Closed,
    #[error(
        "no answer from PostgreSQL at {0} within {1} ms; check that it runs and can be reached"
    )]
    Unreachable(String, u128),
    #[error("cannot connect to PostgreSQL at {address}: {reason}")]
    Refused { address: String, reason: String },
}

impl NoConnection {
    /// The server at `address` refused a connection with `error`. Its message is about the connection
    /// only, and quotes no data.
    pub(super) fn refused(address: String, error: SqlxError) -> Self {
        let reason = match error {
            SqlxError::Database(error) => error.message().to_owned(),
            error => DatabaseFailure::from(error).to_string(),
        };
        Self::Refused { address, reason }
    }
}

impl From<NoConnection> for StoreError {
    fn from(error: NoConnection) -> Self {
        Self::backend(error)
    }
}

impl From<NoConnection> for Failure {
    fn from(error: NoConnection) -> Self {
        Self::Refused(error.into())
    }
}

/// Why a database cannot be opened. The messages say what to do about it.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("the server is PostgreSQL {found}; this store needs {needed} or newer")]
    TooOld { found: i32, needed: i32 },
    #[error(
        "the database has encoding {found}; create a database with `ENCODING 'UTF8' TEMPLATE template0`"
    )]
    NotUtf8 { found: String },
    #[error("the connection has no schema: none of those in the search path exists; create one")]
    NoSchema,
    #[error(
        "schema {schema:?} has a table {table:?} of something else; name another database or schema"
    )]
    Foreign { schema: String, table: String },
    #[error(
        "the database has schema version {found}, but this version of pangolin-store supports none newer \
         than {known}; upgrade pangolin-store, or restore a backup from before the upgrade of the database"
    )]
    Newer { found: i32, known: i32 },
    #[error(
        "the database was migrated to schema version {version} with other statements than those of this \
         version of pangolin-store; restore a backup, or use the version of pangolin-store that migrated it"
    )]
    Changed { version: i32 },
    #[error(
        "the server does not have the extension pg_trgm, which the search for assets needs; install \
         PostgreSQL's contrib package"
    )]
    NoTrigrams,
    #[error(
        "the user may not create the extension pg_trgm, which the search for assets needs; let an \
         administrator run `CREATE EXTENSION pg_trgm` in the database, or grant the user CREATE on it"
    )]
    MayNotCreateTrigrams,
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        Self::backend(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_race_is_retried_and_an_unknown_outcome_only_for_a_read() {
        assert_eq!(Failure::Overtaken.remedy(), Remedy::Again);
        for code in ["23503", "23505", "40001", "40P01"] {
            assert_eq!(remedy_of(Some(code)), Remedy::Again, "{code}");
        }
        assert_eq!(remedy_of(Some("57P01")), Remedy::Reconnect);
        assert_eq!(remedy_of(Some("57014")), Remedy::None);
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(Failure::Failed(broken.into()).remedy(), Remedy::ReconnectToRead);
    }
}
