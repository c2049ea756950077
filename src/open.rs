//! One way to open any store.

use std::sync::Arc;

use crate::{CatalogStore, Invalid, MemoryStore, MongoStore, PostgresStore, Result, SqliteStore};

/// Opens the store that `url` names, and migrates it to the schema of this version.
///
/// | url | store |
/// | --- | --- |
/// | `memory:` | [`MemoryStore`], new and empty |
/// | `sqlite:PATH`, `sqlite::memory:` | [`SqliteStore`]; [`SqliteOptions`](crate::sqlite::SqliteOptions) says what may follow a `?` |
/// | `postgres://…`, `postgresql://…` | [`PostgresStore`]; [`PostgresOptions`](crate::postgres::PostgresOptions) says what the URL is made of |
/// | `mongodb://…/DATABASE`, `mongodb+srv://…/DATABASE` | [`MongoStore`]; [`MongoOptions`](crate::mongo::MongoOptions) says what may follow a `?` |
///
/// # Errors
/// `Invalid` when the URL names no store; `Backend` when the store cannot be opened, or its schema
/// is newer than this version knows.
pub async fn open(url: &str) -> Result<Arc<dyn CatalogStore>> {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    match scheme {
        "memory" if rest.is_empty() => Ok(Arc::new(MemoryStore::new())),
        "memory" => Err(Invalid::new("url", "takes nothing after `memory:`").into()),
        "sqlite" => Ok(Arc::new(SqliteStore::open(rest.parse()?).await?)),
        "postgres" | "postgresql" => Ok(Arc::new(PostgresStore::open(url.parse()?).await?)),
        "mongodb" | "mongodb+srv" => Ok(Arc::new(MongoStore::open(url.parse()?).await?)),
        _ => {
            Err(Invalid::new("url", "begins with `memory:`, `sqlite:`, `postgres:` or `mongodb:`")
                .into())
        }
    }
}
