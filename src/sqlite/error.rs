//! Turns what SQLite says into what the contract says.

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

/// What a write that broke a uniqueness says.
pub(super) trait OrTaken<T> {
    /// `AlreadyExists` of `entity` when the write broke a uniqueness.
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

/// A column that holds what no version of this store has written there. It never shows what.
#[derive(Debug, thiserror::Error)]
#[error("a column does not hold a {expected}; the file has been changed by something else")]
pub(super) struct Undecodable {
    pub(super) expected: &'static str,
}

/// Why a file cannot be opened, in words that say what would help.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("{path:?} is not an SQLite database; name another file, or move this one away")]
    NotADatabase { path: PathBuf },
    #[error(
        "{path:?} is the database of another program (application id {found:#x}); name another file"
    )]
    Foreign { path: PathBuf, found: i32 },
    #[error(
        "{path:?} has schema version {found}, but this version of pangolin-store knows none newer \
         than {known}; upgrade pangolin-store, or restore a backup of before its upgrade"
    )]
    Newer { path: PathBuf, found: i32, known: i32 },
    #[error("cannot open {path:?}: {source}; check that its folder is there and can be written to")]
    Unreachable { path: PathBuf, source: rusqlite::Error },
}

impl OpenError {
    /// Why the file at `path` cannot be opened, when SQLite says `source`.
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

/// Why a transaction was not committed, told to each of the calls that shared it.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotCommitted {
    #[error(transparent)]
    Failed(#[from] rusqlite::Error),
    #[error("the database gave up the transaction; nothing of it was written, try again")]
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
