//! Turns errors of MongoDB and its driver into those of the contract.

use mongodb::error::{Error, ErrorKind, UNKNOWN_TRANSACTION_COMMIT_RESULT, WriteFailure};

use crate::StoreError;

/// The server's code for a document that a unique index refuses.
const DUPLICATE_KEY: i32 = 11000;
/// The server's code for a document that another transaction has written.
const WRITE_CONFLICT: i32 = 112;

/// Why the database failed.
///
/// Of a server's error it keeps the code alone: the message quotes values, such as the key of a document
/// that exists already, which may be a secret. The driver's own messages about hosts, networks and
/// authentication quote none.
#[derive(Debug, thiserror::Error)]
pub(super) enum DatabaseFailure {
    #[error("MongoDB refused with code {code}{}", in_brackets(.name))]
    Refused { code: i32, name: String },
    #[error("MongoDB cannot be reached: {message}; check that it runs and that the URL is right")]
    Unreachable { message: String },
    #[error("MongoDB refused the credentials of the URL; check them, and `authSource`")]
    Unauthenticated,
    #[error("MongoDB has not answered in time; a commit may have taken effect")]
    Unanswered,
    #[error("MongoDB has not said whether the commit took effect ({cause})")]
    Unknown { cause: String },
    #[error("the driver of MongoDB failed: {what}")]
    Driver { what: &'static str },
}

fn in_brackets(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" ({name})") }
}

impl From<&Error> for DatabaseFailure {
    fn from(error: &Error) -> Self {
        if let Some((code, name)) = code(error) {
            return Self::Refused { code, name };
        }
        if error.get_custom::<Unanswered>().is_some() {
            return Self::Unanswered;
        }
        match &*error.kind {
            ErrorKind::Authentication { .. } => Self::Unauthenticated,
            ErrorKind::ServerSelection { message, .. } | ErrorKind::DnsResolve { message, .. } => {
                Self::Unreachable { message: message.clone() }
            }
            ErrorKind::Io(error) => Self::Unreachable { message: error.to_string() },
            ErrorKind::ConnectionPoolCleared { .. } => {
                Self::Unreachable { message: "another call lost its connection".to_owned() }
            }
            kind => Self::Driver { what: what(kind) },
        }
    }
}

/// What happened, for events: without any text of the server, which may quote a value.
pub(super) fn cause(error: &Error) -> String {
    match DatabaseFailure::from(error) {
        DatabaseFailure::Refused { code, name } => format!("code {code}{}", in_brackets(&name)),
        DatabaseFailure::Unreachable { .. } => "unreachable".to_owned(),
        DatabaseFailure::Unauthenticated => "unauthenticated".to_owned(),
        DatabaseFailure::Unanswered => "unanswered".to_owned(),
        DatabaseFailure::Unknown { cause } => cause,
        DatabaseFailure::Driver { what } => what.to_owned(),
    }
}

fn code(error: &Error) -> Option<(i32, String)> {
    match &*error.kind {
        ErrorKind::Command(error) => Some((error.code, error.code_name.clone())),
        ErrorKind::Write(WriteFailure::WriteError(error)) => {
            Some((error.code, error.code_name.clone().unwrap_or_default()))
        }
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => {
            Some((error.code, error.code_name.clone()))
        }
        ErrorKind::InsertMany(error) => {
            let error = error.write_errors.as_ref()?.first()?;
            Some((error.code, error.code_name.clone().unwrap_or_default()))
        }
        _ => None,
    }
}

fn what(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidArgument { .. } => "it was given an invalid argument",
        ErrorKind::InvalidResponse { .. } | ErrorKind::BsonDeserialization(_) => {
            "it cannot read an answer of the server"
        }
        ErrorKind::BsonSerialization(_) | ErrorKind::Bson(_) => "it cannot write a document",
        ErrorKind::InvalidTlsConfig { .. } => "the TLS options of the URL are wrong",
        ErrorKind::IncompatibleServer { .. } => "the server lacks a feature",
        ErrorKind::SessionsNotSupported => "the server has no sessions",
        ErrorKind::Transaction { .. } => "a transaction is in the wrong state",
        ErrorKind::Shutdown => "the store is closed",
        _ => "an internal error",
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match is_unknown(&error) {
            true => Self::backend(DatabaseFailure::Unknown { cause: cause(&error) }),
            false => Self::backend(DatabaseFailure::from(&error)),
        }
    }
}

/// Whether a unique index refused the document.
pub(super) fn is_duplicate(error: &Error) -> bool {
    code(error).is_some_and(|(code, _)| code == DUPLICATE_KEY)
}

/// Whether another transaction has written what this one wants to write.
pub(super) fn is_write_conflict(error: &Error) -> bool {
    code(error).is_some_and(|(code, _)| code == WRITE_CONFLICT)
}

/// Whether the line to the server broke, so that a transaction may be open there.
pub(super) fn is_lost(error: &Error) -> bool {
    matches!(
        &*error.kind,
        ErrorKind::Io(_)
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::ServerSelection { .. }
    )
}

/// Whether the transaction whose commit failed may be committed.
pub(super) fn is_unknown(error: &Error) -> bool {
    error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
}

/// A command has not been answered in time.
#[derive(Debug)]
pub(super) struct Unanswered;

/// Why a call ended without an answer of the database.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallFailure {
    #[error(
        "other calls have written to the same branch, catalog, tenant or user for so long that this one \
         has not begun; it has not taken effect"
    )]
    NoTurn,
    #[error(
        "the replica set has elected primaries for so long that the answer is not certain; the call has \
         not taken effect"
    )]
    Elections,
}

/// A field with a value that no version of this store has written. The value is never shown.
#[derive(Debug, thiserror::Error)]
#[error("the field `{field}` does not hold a {expected}; something else has changed the database")]
pub(super) struct Undecodable {
    pub(super) field: String,
    pub(super) expected: &'static str,
}

impl From<Undecodable> for StoreError {
    fn from(error: Undecodable) -> Self {
        Self::backend(error)
    }
}

/// Why a database cannot be opened, and what helps.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error(
        "this mongod stands alone, and only a replica set has transactions; one node is enough: \
         start it with `--replSet rs0` and run `replSetInitiate` once, in mongosh `rs.initiate()`"
    )]
    Standalone,
    #[error(
        "this mongod was started with `--replSet`, and its replica set is not initiated: run \
         `replSetInitiate` once, in mongosh `rs.initiate()`"
    )]
    NotInitiated,
    #[error("this MongoDB is older than 6.0, the oldest that works; upgrade it")]
    TooOld,
    #[error(
        "the database `{database}` holds collections of another program; name another database"
    )]
    Foreign { database: String },
    #[error(
        "the database `{database}` has schema version {found}, but this version of pangolin-store \
         knows none newer than {known}; upgrade pangolin-store, or restore a backup of before its \
         upgrade"
    )]
    Newer { database: String, found: i32, known: i32 },
    #[error(
        "another process has been migrating the database `{database}` for {seconds} s; wait for it \
         and open the store again"
    )]
    Busy { database: String, seconds: u64 },
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        Self::backend(error)
    }
}
