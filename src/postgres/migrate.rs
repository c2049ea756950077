//! Brings a database to the newest schema.

use uuid::Uuid;

use super::connection::Connection;
use super::error::{OpenError, database_failure};
use super::statement::{Row, values};
use crate::events::POSTGRES;
use crate::{Result, StoreError};

/// The steps from an empty database to the newest schema. Step n leads to version n, and must not
/// change after its release.
const STEPS: [&str; 6] = [
    include_str!("../../migrations/postgres/0001_catalog.sql"),
    include_str!("../../migrations/postgres/0002_merges.sql"),
    include_str!("../../migrations/postgres/0003_people.sql"),
    include_str!("../../migrations/postgres/0004_operation.sql"),
    include_str!("../../migrations/postgres/0005_discovery.sql"),
    include_str!("../../migrations/postgres/0006_search.sql"),
];

/// The newest schema version.
const NEWEST: i32 = STEPS.len() as i32;

/// The oldest server that has everything that the statements use.
const OLDEST_SERVER: i32 = 13;

/// The key of the lock for one migration at a time: `Pgln`. No other program takes it.
const LOCK: i64 = 0x5067_6c6e;

/// Runs the steps that the database does not have yet. Returns the version of the server, like `15.4`.
///
/// Other processes may be doing the same.
pub(super) async fn migrate(db: &mut Connection) -> Result<String> {
    let server = inspect_server(db).await?;
    if version(db).await? == NEWEST {
        return Ok(server);
    }
    db.batch("BEGIN; SET LOCAL statement_timeout = 0").await.map_err(database_failure)?;
    match run_steps(db).await {
        Ok(()) => db.batch("COMMIT").await.map(|()| server).map_err(database_failure),
        Err(error) => {
            // The connection itself may have failed.
            let _ = db.batch("ROLLBACK").await;
            Err(error)
        }
    }
}

async fn run_steps(db: &mut Connection) -> Result<()> {
    let lock = db.run("SELECT pg_advisory_xact_lock($1)", values![LOCK]).await;
    lock.map_err(database_failure)?;
    // Another process may have migrated it in between.
    let before = version(db).await?;
    let seen = usize::try_from(before).unwrap_or(0);
    if seen == 0 {
        let sql = "CREATE TABLE IF NOT EXISTS pangolin_schema (
                       version integer PRIMARY KEY,
                       checksum uuid NOT NULL
                   )";
        db.run(sql, values![]).await.map_err(database_failure)?;
    }
    inspect_extension(db).await?;
    if before < NEWEST {
        POSTGRES.migration_begun(before, NEWEST);
    }
    for (number, step) in (1..).zip(STEPS).skip(seen) {
        db.batch(step).await.map_err(database_failure)?;
        let sql = "INSERT INTO pangolin_schema (version, checksum) VALUES ($1, $2)";
        db.run(sql, values![number, checksum(step)]).await.map_err(database_failure)?;
        POSTGRES.migration_step(number);
    }
    Ok(())
}

/// Identifies the text of a step.
fn checksum(step: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, step.as_bytes())
}

/// Refuses a server on which the store would not work; returns its version.
async fn inspect_server(db: &mut Connection) -> Result<String> {
    let sql = "SELECT current_setting('server_version_num')::int,
                      current_setting('server_encoding'), current_schema()::text";
    let row = db.row(sql, values![]).await.map_err(database_failure)?;
    let row = row.ok_or_else(|| StoreError::backend("the server did not say what it is"))?;
    let number: i32 = row.get(0).map_err(database_failure)?;
    let (found, minor) = (number / 10000, number % 10000);
    if found < OLDEST_SERVER {
        return Err(OpenError::TooOld { found, needed: OLDEST_SERVER }.into());
    }
    let encoding: String = row.get(1).map_err(database_failure)?;
    if encoding != "UTF8" {
        return Err(OpenError::NotUtf8 { found: encoding }.into());
    }
    match row.get::<Option<String>>(2).map_err(database_failure)? {
        Some(_) => Ok(format!("{found}.{minor}")),
        None => Err(OpenError::NoSchema.into()),
    }
}

/// Refuses a database without the extension that a step needs, if it cannot be created.
async fn inspect_extension(db: &mut Connection) -> Result<()> {
    let sql = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm'),
                      EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'),
                      has_database_privilege(current_database(), 'CREATE')";
    let read = |row: &Row, at| Ok((row.get(at)?, row.get(at + 1)?, row.get(at + 2)?));
    match db.first(sql, values![], read).await.map_err(database_failure)? {
        Some((true, _, _) | (false, true, true)) => Ok(()),
        Some((false, true, false)) => Err(OpenError::MayNotCreateTrigrams.into()),
        _ => Err(OpenError::NoTrigrams.into()),
    }
}

/// The schema version of the database. Refuses a schema of another program, one that was changed, and
/// one that is newer than this version.
async fn version(db: &mut Connection) -> Result<i32> {
    let sql = "SELECT count(*) > 0 FROM pg_tables
               WHERE schemaname = current_schema() AND tablename = 'pangolin_schema'";
    let ours = db.first(sql, values![], |row, at| row.get(at)).await.map_err(database_failure)?;
    if ours != Some(true) {
        refuse_foreign_tables(db).await?;
        return Ok(0);
    }
    let sql = "SELECT version, checksum FROM pangolin_schema ORDER BY version";
    let steps = db.all(sql, values![], |row, at| Ok((row.get(at)?, row.get(at + 1)?))).await;
    let steps: Vec<(i32, Uuid)> = steps.map_err(database_failure)?;
    let found = steps.last().map_or(0, |(version, _)| *version);
    if found > NEWEST {
        return Err(OpenError::Newer { found, known: NEWEST }.into());
    }
    let known = (1..).zip(STEPS.map(checksum));
    match steps.iter().copied().zip(known).find(|(found, known)| found != known) {
        None => Ok(found),
        Some((_, (version, _))) => Err(OpenError::Changed { version }.into()),
    }
}

/// Refuses a schema of another program that has tables with the names of this store's.
async fn refuse_foreign_tables(db: &mut Connection) -> Result<()> {
    let names: Vec<&str> = all_tables().collect();
    let sql = "SELECT schemaname::text, tablename::text FROM pg_tables
               WHERE schemaname = current_schema() AND tablename = ANY($1)
               ORDER BY tablename LIMIT 1";
    let found = db.first(sql, values![names], |row, at| Ok((row.get(at)?, row.get(at + 1)?))).await;
    match found.map_err(database_failure)? {
        None => Ok(()),
        Some((schema, table)) => Err(OpenError::Foreign { schema, table }.into()),
    }
}

/// The names of the tables that the steps create.
pub(super) fn all_tables() -> impl Iterator<Item = &'static str> {
    let lines = STEPS.into_iter().flat_map(str::lines);
    lines.filter_map(|line| line.strip_prefix("CREATE TABLE ")?.strip_suffix(" ("))
}
