//! Converts errors of SQLite to the contract's errors.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::ffi::{
    SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE,
};

use crate::{Entity, Result, StoreError};

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::backend(error)
    }
}

/// Converts the error of a write that broke a unique constraint.
pub(super) trait OrTaken<T> {
    /// Fails with `AlreadyExists` of `entity` if the write broke a unique constraint.
    fn or_taken(self, entity: Entity, key: impl fmt::Display) -> Result<T>;
}

impl<T> OrTaken<T> for rusqlite::Result<T> {
    fn or_taken(self, entity: Entity, key: impl fmt::Display) -> Result<T> {
        self.map_err(|error| match error.sqlite_error().map(|error| error.extended_code) {
            Some(
                SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_ROWID,
            ) => StoreError::already_exists(entity, key),
            _ => error.into(),
        })
    }
}

/// A column holds a value that no version of this store has written. The error never quotes the value.
#[derive(Debug, thiserror::Error)]
#[error("a column does not hold a {expected}; another program has changed the file")]
pub(super) struct Undecodable {
    pub(super) expected: &'static str,
}

/// Why a file cannot be opened. The messages say what to do about it.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("{path:?} is not an SQLite database; name another file, or move this one away")]
    NotADatabase { path: PathBuf },
    #[error(
        "{path:?} is the database of another program (application id {found:#x}); name another file"
    )]
    Foreign { path: PathBuf, found: i32 },
    #[error(
        "{path:?} has schema version {found}, but this version of pangolin-store supports none newer \
         than {known}; upgrade pangolin-store, or restore a backup from before the upgrade of the file"
    )]
    Newer { path: PathBuf, found: i32, known: i32 },
    #[error("cannot open {path:?}: {source}; check that its folder exists and is writable")]
    Unreachable { path: PathBuf, source: rusqlite::Error },
}

impl OpenError {
    /// The file at `path` cannot be opened, because of the error `source` of SQLite.
    pub(super) fn new(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            _ => Self::Unreachable { path, source },
        }
    }
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        Self::backend(error)
    }
}

/// Why a transaction was not committed. Each of the calls that shared it fails with this error.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotCommitted {
    #[error(transparent)]
    Failed(#[from] rusqlite::Error),
    #[error("the database rolled back the transaction; nothing of it was written, try again")]
    GivenUp,
    #[error("the runtime shut down before the database was asked")]
    ShutDown,
}

impl From<NotCommitted> for StoreError {
    fn from(error: NotCommitted) -> Self {
        Self::backend(error)
    }
}

impl From<Arc<NotCommitted>> for StoreError {
    fn from(error: Arc<NotCommitted>) -> Self {
        Self::backend(error)
    }
}
