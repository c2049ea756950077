//! Empties a store.

use super::PostgresStore;
use crate::Result;

/// Empties every table. A table comes before those that it refers to.
const DELETES: &str = "
SET LOCAL statement_timeout = 0;
DELETE FROM business_metadata;
DELETE FROM access_requests;
DELETE FROM settings;
DELETE FROM audit_events;
DELETE FROM syncs;
DELETE FROM revocations;
DELETE FROM tokens;
DELETE FROM service_users;
DELETE FROM permissions;
DELETE FROM role_assignments;
DELETE FROM roles;
DELETE FROM users;
DELETE FROM merge_conflicts;
DELETE FROM merges;
DELETE FROM tags;
DELETE FROM asset_bases;
DELETE FROM assets;
DELETE FROM branches;
DELETE FROM commits;
DELETE FROM namespaces;
DELETE FROM catalogs;
DELETE FROM warehouses;
DELETE FROM tenants;
";

impl PostgresStore {
    /// Deletes everything in the store.
    ///
    /// This is for test harnesses, which begin with an empty store many times. It is much faster than
    /// to create a new database.
    ///
    /// # Errors
    /// `Backend` when the database fails.
    pub async fn clear(&self) -> Result<()> {
        self.batch(DELETES).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::migrate::all_tables;

    #[test]
    fn every_table_is_emptied() {
        let delete =
            |line: &str| line.strip_prefix("DELETE FROM ")?.strip_suffix(';').map(str::to_owned);
        let mut emptied: Vec<String> = DELETES.lines().filter_map(delete).collect();
        let mut tables: Vec<String> = all_tables().map(str::to_owned).collect();
        emptied.sort();
        tables.sort();
        assert_eq!(emptied, tables);
    }
}
