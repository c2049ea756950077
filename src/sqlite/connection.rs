//! The connections to one database: which call uses which, and on which thread.

use std::any::Any;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task;

use super::error::{NotCommitted, OpenError};
use super::migrate::migrate;
use super::options::SqliteOptions;
use super::writer::Writer;
use crate::Result;
use crate::events::{SQLITE, Timed};

/// The work of a call on a connection.
///
/// It is boxed so that the code which runs it is compiled once per type of result, and not once per
/// method of the contract.
pub(super) type Work<T> = Box<dyn FnOnce(&Connection) -> Result<T> + Send>;

/// More than there are statements in this store.
const STATEMENTS: usize = 256;

/// One connection that writes and, of a file, several that read.
pub(super) struct Connections {
    options: SqliteOptions,
    // Closed first: the last connection cleans up, and only one that may write can.
    readers: Option<Arc<Readers>>,
    writer: Arc<Writer>,
}

impl Connections {
    pub(super) fn open(options: SqliteOptions) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let path = location(&options);
        let mut writer = connect(&options, &path, flags)?;
        migrate(&mut writer, &path, options.busy_timeout)?;
        let readers = options.path().is_some().then(|| Arc::new(Readers::new(options.clone())));
        Ok(Self { options, readers, writer: Arc::new(Writer::new(writer)) })
    }

    pub(super) fn options(&self) -> &SqliteOptions {
        &self.options
    }

    pub(super) async fn read<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        match &self.readers {
            Some(readers) => readers.read(work).await,
            None => self.writer.read(work).await,
        }
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: Work<T>,
        _until_answered: Timed<'_>,
    ) -> Result<T> {
        self.writer.write(work).await
    }
}

/// Connections that read: as many as there are concurrent reads, up to a limit.
struct Readers {
    options: SqliteOptions,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    fn new(options: SqliteOptions) -> Self {
        let permits = Arc::new(Semaphore::new(options.readers));
        Self { idle: Mutex::new(Vec::with_capacity(options.readers)), permits, options }
    }

    async fn read<T: Send + 'static>(self: &Arc<Self>, work: Work<T>) -> Result<T> {
        let permit = self.permit().await?;
        let readers = Arc::clone(self);
        blocking(move || {
            let _permit = permit;
            let connection = readers.take()?;
            let outcome = work(&connection);
            // Not reached after a panic: then the connection is closed, and another one is opened when
            // it is needed.
            readers.idle.lock().push(connection);
            outcome
        })
        .await?
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        // Without a look at the clock when there is no need to wait.
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let begun = Instant::now();
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        SQLITE.waited_for_connection(begun.elapsed());
        permit.map_err(|_| NotCommitted::ShutDown.into())
    }

    fn take(&self) -> Result<Connection> {
        let idle = self.idle.lock().pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        connect(&self.options, &location(&self.options), flags)
    }
}

/// The path that SQLite opens.
fn location(options: &SqliteOptions) -> PathBuf {
    match options.path() {
        None => ":memory:".into(),
        // So that `file:…` and the like are names of files, too; an absolute path stays the same.
        Some(path) => Path::new(".").join(path),
    }
}

fn connect(options: &SqliteOptions, path: &Path, flags: OpenFlags) -> Result<Connection> {
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| OpenError::new(path, error))?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // One plan per statement for all bound values. Otherwise SQLite, which is built with STAT4 here,
    // prepares a cached statement again for the next values, which takes several times as long as a
    // keyed read.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let synchronous: &str = options.synchronous.into();
    let settings = format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = memory;
         PRAGMA cache_size = -32768;
         PRAGMA mmap_size = 268435456;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA trusted_schema = OFF;"
    );
    connection.execute_batch(&settings).map_err(|error| OpenError::new(path, error))?;
    Ok(connection)
}

/// Runs `work`, which blocks, where it keeps no other task waiting.
///
/// A hop to another thread costs ten times as much as a keyed read, so it is made only where there is
/// no other way.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => Ok(task::block_in_place(work)),
        Ok(_) => {
            let outcome = elsewhere(Box::new(|| Box::new(work()))).await?;
            outcome.downcast().map(|outcome| *outcome).map_err(|_| NotCommitted::ShutDown.into())
        }
        Err(_) => Ok(work()),
    }
}

/// Work without its type, so that the code which moves it to another thread is compiled once.
type Anything = Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>;

async fn elsewhere(work: Anything) -> Result<Box<dyn Any + Send>> {
    task::spawn_blocking(work).await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => panic::resume_unwind(panic),
        Err(_) => NotCommitted::ShutDown.into(),
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_relative_path_is_never_taken_for_anything_else() {
        let location = |path: &str| location(&SqliteOptions::file(path));
        assert_eq!(location("file:a.db"), Path::new("./file:a.db"));
        assert_eq!(location(":memory:"), Path::new("./:memory:"));
        assert_eq!(location("/var/a.db"), Path::new("/var/a.db"));
    }

    #[test]
    fn a_statement_is_prepared_once_whatever_is_bound_to_it() {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let options = SqliteOptions::memory();
        let connection = connect(&options, Path::new(":memory:"), flags).unwrap();
        connection.execute_batch("CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b))").unwrap();
        let find = "SELECT x.b FROM t AS x JOIN t AS y ON y.a = x.b WHERE x.a = ?1 AND y.b = ?2";
        for number in 0..10 {
            let mut find = connection.prepare_cached(find).unwrap();
            assert!(!find.exists((number, number)).unwrap());
            assert_eq!(find.get_status(StatementStatus::RePrepare), 0);
        }
    }
}
