//! What is left in a database that belongs to nothing, once everything was deleted through the contract.

use futures_util::TryStreamExt;
use mongodb::Client;
use mongodb::bson::doc;
use pangolin_store::{CatalogStore, Page, Result, StoreError};
use rusqlite::{Connection, OpenFlags};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

/// Deletes everything that the contract can delete.
///
/// # Errors
/// What the store says.
pub(crate) async fn delete_everything(store: &dyn CatalogStore) -> Result<()> {
    for tenant in store.list_tenants(&Page::all()).await? {
        store.delete_tenant(tenant.id).await?;
    }
    for user in store.list_users(None, &Page::all()).await? {
        store.delete_user(user.id).await?;
    }
    Ok(())
}

/// What is in the database at `url` after that: a line for each table with rows, and for each session that
/// holds a transaction open.
///
/// # Errors
/// The database cannot be looked at.
pub(crate) async fn of(url: &str) -> Result<Vec<String>> {
    match url.split(':').next() {
        Some("sqlite") => in_sqlite(url).map_err(StoreError::backend),
        Some("mongodb") => in_mongo(url).await.map_err(StoreError::backend),
        Some("postgres" | "postgresql") => in_postgres(url).await.map_err(StoreError::backend),
        _ => Ok(Vec::new()),
    }
}

/// The tables that say which schema the others have.
fn is_of_the_schema(table: &str) -> bool {
    table.contains("schema") || table.contains("migration")
}

fn rows(table: &str, rows: i64) -> String {
    format!("{rows} rows in {table}")
}

/// The file of a SQLite database, by its URL.
pub(super) fn file_of(url: &str) -> &str {
    url.trim_start_matches("sqlite:").split('?').next().unwrap_or_default()
}

fn in_sqlite(url: &str) -> rusqlite::Result<Vec<String>> {
    let database = Connection::open_with_flags(file_of(url), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // The tables of a full-text index are its own business.
    let mut tables = database.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'",
    )?;
    let names =
        tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut left = Vec::new();
    for table in names.iter().filter(|table| !is_of_the_schema(table)) {
        let count =
            database
                .query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0))?;
        if count > 0 {
            left.push(rows(table, count));
        }
    }
    Ok(left)
}

async fn in_postgres(url: &str) -> sqlx::Result<Vec<String>> {
    let url = url.split('?').next().unwrap_or_default();
    let mut connection = PgConnection::connect(url).await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await?;
    let counts: Vec<String> = tables
        .iter()
        .filter(|table| !is_of_the_schema(table))
        .map(|table| format!("SELECT '{table}' AS name, count(*) AS rows FROM \"{table}\""))
        .collect();
    let counts = format!("SELECT * FROM ({}) AS counts WHERE rows > 0", counts.join(" UNION ALL "));
    // The names are those of the schema, and contain nothing that needs quoting.
    let counted: Vec<(String, i64)> =
        sqlx::query_as(AssertSqlSafe(counts)).fetch_all(&mut connection).await?;
    let mut left: Vec<String> = counted.iter().map(|(table, count)| rows(table, *count)).collect();
    let sessions: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND state LIKE 'idle in transaction%' AND clock_timestamp() - state_change > interval '3 s'",
    )
    .fetch_one(&mut connection)
    .await?;
    if sessions > 0 {
        left.push(format!("{sessions} sessions with an open transaction"));
    }
    connection.close().await?;
    Ok(left)
}

async fn in_mongo(url: &str) -> mongodb::error::Result<Vec<String>> {
    let client = Client::with_uri_str(url).await?;
    let Some(database) = client.default_database() else { return Ok(Vec::new()) };
    let mut left = Vec::new();
    for name in database.list_collection_names().await? {
        if is_of_the_schema(&name) {
            continue;
        }
        let count = doc! { "$count": "rows" };
        let counted =
            database.collection::<mongodb::bson::Document>(&name).aggregate([count]).await?;
        for counted in counted.try_collect::<Vec<_>>().await? {
            left.push(rows(&name, counted.get_i32("rows").unwrap_or(0).into()));
        }
    }
    client.shutdown().await;
    Ok(left)
}
