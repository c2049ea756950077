//! Brings a file to the newest schema.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::error::OpenError;
use crate::Result;
use crate::events::SQLITE;

/// Marks a file as one of this store: `Pgln`.
const APPLICATION_ID: i32 = 0x5067_6c6e;

/// The steps from an empty database to the newest schema. Step n leads to version n, and must not
/// change after its release.
const STEPS: [&str; 6] = [
    include_str!("../../migrations/sqlite/0001_catalog.sql"),
    include_str!("../../migrations/sqlite/0002_merges.sql"),
    include_str!("../../migrations/sqlite/0003_people.sql"),
    include_str!("../../migrations/sqlite/0004_operation.sql"),
    include_str!("../../migrations/sqlite/0005_discovery.sql"),
    include_str!("../../migrations/sqlite/0006_search.sql"),
];

/// The newest schema version.
const NEWEST: i32 = STEPS.len() as i32;

/// Switches the database to a write-ahead log and runs the steps that it does not have yet.
///
/// Other processes may be doing the same.
pub(super) fn migrate(writer: &mut Connection, path: &Path, patience: Duration) -> Result<()> {
    let version = inspect(writer, path)?;
    use_write_ahead_log(writer, patience)?;
    if version == NEWEST {
        return Ok(());
    }
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    // Another process may have migrated it in between.
    let version = inspect(&transaction, path)?;
    if version < NEWEST {
        SQLITE.migration_begun(version, NEWEST);
    }
    for (number, step) in (1..).zip(STEPS).skip(usize::try_from(version).unwrap_or(0)) {
        transaction.execute_batch(step)?;
        SQLITE.migration_step(number);
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()?;
    Ok(())
}

/// The schema version of the database. Refuses one of another program, and one that is newer than this
/// version.
fn inspect(connection: &Connection, path: &Path) -> Result<i32> {
    let look = "SELECT (SELECT application_id FROM pragma_application_id),
                       (SELECT user_version FROM pragma_user_version),
                       EXISTS (SELECT 1 FROM sqlite_schema)";
    let (application, version, filled): (i32, i32, bool) = connection
        .query_row(look, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .map_err(|error| OpenError::new(path, error))?;
    let fresh = application == 0 && version == 0 && !filled;
    if application != APPLICATION_ID && !fresh {
        return Err(OpenError::Foreign { path: path.to_owned(), found: application }.into());
    }
    if version > NEWEST {
        return Err(
            OpenError::Newer { path: path.to_owned(), found: version, known: NEWEST }.into()
        );
    }
    Ok(version)
}

/// Switches to a write-ahead log; SQLite does not wait for other connections here.
fn use_write_ahead_log(connection: &Connection, patience: Duration) -> Result<()> {
    let deadline = Instant::now() + patience;
    let mut tries = 0;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                tries += 1;
                SQLITE.tried_again(tries, "the database is busy");
                thread::sleep(Duration::from_millis(5));
            }
            outcome => return Ok(outcome?),
        }
    }
}
