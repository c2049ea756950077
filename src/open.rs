//! One way to open any store.

use std::sync::Arc;

use crate::{CatalogStore, Invalid, MemoryStore, Result};

/// Opens the store that `url` names, and migrates it to the schema of this version.
///
/// | url | store |
/// | --- | --- |
/// | `memory:` | [`MemoryStore`], new and empty |
/// | `sqlite:PATH`, `sqlite::memory:` | [`SqliteStore`](crate::SqliteStore); [`SqliteOptions`](crate::sqlite::SqliteOptions) lists the options after the `?` |
/// | `postgres://…`, `postgresql://…` | [`PostgresStore`](crate::PostgresStore); [`PostgresOptions`](crate::postgres::PostgresOptions) says what the URL contains |
/// | `mongodb://…/DATABASE`, `mongodb+srv://…/DATABASE` | [`MongoStore`](crate::MongoStore); [`MongoOptions`](crate::mongo::MongoOptions) lists the options after the `?` |
///
/// # Errors
/// `Invalid` when the URL names no store, or one whose feature (`sqlite`, `postgres`, `mongo`) is
/// left out of this build; `Backend` when the store cannot be opened, or when its schema is newer than
/// this version supports.
pub async fn open(url: &str) -> Result<Arc<dyn CatalogStore>> {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    match scheme {
        "memory" if rest.is_empty() => Ok(Arc::new(MemoryStore::new())),
        "memory" => Err(Invalid::new("url", "takes nothing after `memory:`").into()),
        #[cfg(feature = "sqlite")]
        "sqlite" => Ok(Arc::new(crate::SqliteStore::open(rest.parse()?).await?)),
        #[cfg(not(feature = "sqlite"))]
        "sqlite" => Err(left_out("sqlite").into()),
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => Ok(Arc::new(crate::PostgresStore::open(url.parse()?).await?)),
        #[cfg(not(feature = "postgres"))]
        "postgres" | "postgresql" => Err(left_out("postgres").into()),
        #[cfg(feature = "mongo")]
        "mongodb" | "mongodb+srv" => Ok(Arc::new(crate::MongoStore::open(url.parse()?).await?)),
        #[cfg(not(feature = "mongo"))]
        "mongodb" | "mongodb+srv" => Err(left_out("mongo").into()),
        _ => {
            Err(Invalid::new("url", "begins with `memory:`, `sqlite:`, `postgres:` or `mongodb:`")
                .into())
        }
    }
}

/// The error for a store whose feature this build does not have.
#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mongo")))]
fn left_out(feature: &str) -> Invalid {
    let reason = format!("names a store that is not compiled in: it takes the feature `{feature}`");
    Invalid::new("url", reason)
}

#[cfg(all(test, not(all(feature = "sqlite", feature = "postgres", feature = "mongo"))))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_that_is_not_compiled_in_names_its_feature() {
        let stores = [
            (cfg!(feature = "sqlite"), "sqlite::memory:", "`sqlite`"),
            (cfg!(feature = "postgres"), "postgres://localhost/db", "`postgres`"),
            (cfg!(feature = "mongo"), "mongodb://localhost/db", "`mongo`"),
        ];
        for (_, url, feature) in stores.into_iter().filter(|(compiled_in, ..)| !compiled_in) {
            let error = open(url).await.err().unwrap().to_string();
            assert!(error.starts_with("`url` ") && error.contains(feature), "{error}");
        }
    }
}
