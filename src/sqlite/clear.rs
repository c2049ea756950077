//! Empties a store.

use super::SqliteStore;
use super::statement::Statements;
use crate::Result;

/// Empties every table. A table comes before those that it refers to.
const DELETES: [&str; 25] = [
    "DELETE FROM business_tags",
    "DELETE FROM business_metadata",
    "DELETE FROM access_requests",
    "DELETE FROM settings",
    "DELETE FROM audit_events",
    "DELETE FROM syncs",
    "DELETE FROM revocations",
    "DELETE FROM tokens",
    "DELETE FROM service_users",
    "DELETE FROM permissions",
    "DELETE FROM role_assignments",
    "DELETE FROM roles",
    "DELETE FROM users",
    "DELETE FROM merge_conflicts",
    "DELETE FROM merges",
    "DELETE FROM tags",
    "DELETE FROM asset_bases",
    "DELETE FROM assets",
    "DELETE FROM branches",
    "DELETE FROM commits",
    "DELETE FROM namespaces",
    "DELETE FROM catalogs",
    "DELETE FROM warehouses",
    "DELETE FROM tenants",
    "DELETE FROM search_texts",
];

impl SqliteStore {
    /// Deletes everything in the store.
    ///
    /// This is for test harnesses, which begin with an empty store many times. It is much faster than
    /// to create a new file.
    ///
    /// # Errors
    /// `Backend` when the database fails.
    pub async fn clear(&self) -> Result<()> {
        self.write(|db| {
            for delete in DELETES {
                db.run(delete, [])?;
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::SqliteOptions;

    #[tokio::test]
    async fn every_table_is_emptied() {
        let store = SqliteStore::open(SqliteOptions::memory()).await.unwrap();
        // Triggers empty the tables of the full-text index.
        let tables = "SELECT 'DELETE FROM ' || name FROM sqlite_schema
                      WHERE type = 'table' AND name NOT LIKE 'search_grams%'";
        let mut expected = store
            .read(move |db| Ok(db.all(tables, [], |row| row.get::<_, String>(0))?))
            .await
            .unwrap();
        let mut emptied = DELETES.to_vec();
        expected.sort();
        emptied.sort();
        assert_eq!(emptied, expected);
    }
}
