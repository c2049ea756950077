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
    /// There is no connection, so that nothing was sent.
    Unconnected(NoConnection),
    /// The driver or the server failed. A transaction was rolled back.
    Failed(SqlxError),
    /// The connection ended, and the call has had no effect.
    Undone(SqlxError),
    /// The connection ended when the call may have had its effect.
    InDoubt(SqlxError),
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

/// The failure of a read, or of a statement in a transaction that was not committed.
impl From<SqlxError> for Failure {
    fn from(error: SqlxError) -> Self {
        if is_end_of_connection(&error) { Self::Undone(error) } else { Self::Failed(error) }
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
    /// Make the call again until its time ends: the server is expected to accept it.
    AgainLater,
}

impl Failure {
    /// The failure of a statement that is a transaction of its own. `began` says whether a part of the
    /// server's answer had arrived.
    pub(super) fn of_a_transaction(error: SqlxError, began: bool) -> Self {
        if !is_end_of_connection(&error) {
            return Self::Failed(error);
        }
        match &error {
            SqlxError::Database(end) if !began && end.code().as_deref() != Some(CRASHED) => {
                Self::Undone(error)
            }
            _ => Self::InDoubt(error),
        }
    }

    /// Whether the connection on which it happened still works.
    pub(super) fn spares_the_connection(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Overtaken => true,
            Self::Failed(SqlxError::Database(_)) => self.remedy() != Remedy::Reconnect,
            Self::Unconnected(_) | Self::Failed(_) | Self::Undone(_) | Self::InDoubt(_) => false,
        }
    }

    /// What happened, for events: without any text of the server, which may quote a value.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Refused(_) => "refused".to_owned(),
            Self::Overtaken => "overtaken by another call".to_owned(),
            Self::Unconnected(_) => "no connection".to_owned(),
            Self::Failed(error) | Self::Undone(error) | Self::InDoubt(error) => match error {
                SqlxError::Database(error) => {
                    format!("SQLSTATE {}", error.code().unwrap_or_default())
                }
                SqlxError::Io(error) => format!("connection broken: {}", error.kind()),
                _ => "failure of the driver".to_owned(),
            },
        }
    }

    pub(super) fn remedy(&self) -> Remedy {
        match self {
            Self::Refused(_) => Remedy::None,
            Self::Overtaken => Remedy::Again,
            Self::Failed(SqlxError::Database(error)) => remedy_of(error.code().as_deref()),
            Self::Undone(_) => Remedy::Reconnect,
            Self::Unconnected(NoConnection::NotYet { .. }) => Remedy::AgainLater,
            Self::Unconnected(_) => Remedy::None,
            Self::Failed(_) | Self::InDoubt(_) => Remedy::None,
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
        _ => Remedy::None,
    }
}

/// The server ends a connection because another one has crashed it. What it says then does not wait for
/// its turn, and may arrive before what it has sent earlier.
const CRASHED: &str = "57P02";

/// Whether an error is the end of its connection.
fn is_end_of_connection(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(_) => true,
        // A broken connection; an administrator, a crash, or a limit of time has ended it.
        SqlxError::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08") || code.starts_with("57P") || matches!(&*code, "25P03" | "25P04")
        }),
        _ => false,
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Overtaken => Self::backend(Contended),
            Failure::Unconnected(error) => error.into(),
            Failure::Failed(error) => database_failure(error),
            Failure::Undone(error) => Self::backend(NotDone(error.into())),
            Failure::InDoubt(error) => Self::backend(PerhapsDone(error.into())),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}; the call has had no effect")]
struct NotDone(DatabaseFailure);

#[derive(Debug, thiserror::Error)]
#[error("{0}; the call may have taken effect")]
struct PerhapsDone(DatabaseFailure);

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
    #[error("PostgreSQL at {address} accepts no connection yet: {reason}; nothing was sent")]
    NotYet { address: String, reason: String },
}

impl NoConnection {
    /// The server at `address` refused a connection with `error`. Its message is about the connection
    /// only, and quotes no data.
    pub(super) fn refused(address: String, error: SqlxError) -> Self {
        let passes = match &error {
            // It starts, or all of its connections are in use.
            SqlxError::Database(error) => {
                matches!(error.code().as_deref(), Some("57P03" | "53300"))
            }
            SqlxError::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
            _ => false,
        };
        let reason = match error {
            SqlxError::Database(error) => error.message().to_owned(),
            SqlxError::Io(error) => error.to_string(),
            error => DatabaseFailure::from(error).to_string(),
        };
        if passes { Self::NotYet { address, reason } } else { Self::Refused { address, reason } }
    }
}

impl From<NoConnection> for StoreError {
    fn from(error: NoConnection) -> Self {
        Self::backend(error)
    }
}

impl From<NoConnection> for Failure {
    fn from(error: NoConnection) -> Self {
        Self::Unconnected(error)
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
    fn a_lost_race_is_retried_and_an_unknown_outcome_is_not() {
        assert_eq!(Failure::Overtaken.remedy(), Remedy::Again);
        for code in ["23503", "23505", "40001", "40P01"] {
            assert_eq!(remedy_of(Some(code)), Remedy::Again, "{code}");
        }
        assert_eq!(remedy_of(Some("57014")), Remedy::None);
        let broken = || SqlxError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        assert_eq!(Failure::from(broken()).remedy(), Remedy::Reconnect);
        for began in [false, true] {
            let failure = Failure::of_a_transaction(broken(), began);
            assert_eq!(failure.remedy(), Remedy::None);
            let error = StoreError::from(failure);
            let reason = std::error::Error::source(&error).unwrap().to_string();
            assert!(reason.contains("may have taken effect"), "{reason}");
        }
    }
}
