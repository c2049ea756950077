//! Parts of statements that find what an address names.
//!
//! An `AT_…` constant is the common table expression `at`. It has one row if the tenant `$1` exists,
//! and no row otherwise. The row holds the keys of what the address names, NULL for what does not
//! exist, so that a statement can report which part of the address is missing. If several parts are
//! missing, the outermost one is reported.
//!
//! A constant with `LOCKED` in its name is the common table expression `locked`. It locks the rows that
//! the address names against deletion and renaming. A statement writes only if `locked` has a row, so
//! that nothing is written into a parent that another transaction is about to delete.

/// `at (tenant, catalog)`: the catalog `$2` of the tenant `$1`.
pub(super) const AT_CATALOG: &str = "\
    at AS (
        SELECT t.id AS tenant, c.key AS catalog
        FROM tenants t LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
        WHERE t.id = $1
    )";

/// `at (tenant, catalog, branch)`: the branch `$3` of the catalog `$2` of the tenant `$1`.
pub(super) const AT_BRANCH: &str = "\
    at AS (
        SELECT t.id AS tenant, c.key AS catalog, b.key AS branch
        FROM tenants t
        LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
        LEFT JOIN branches b ON b.catalog = c.key AND b.name = $3
        WHERE t.id = $1
    )";

/// `at (tenant, catalog, branch, namespace)`: the namespace `$4` as the branch `$3` sees it.
pub(super) const AT_NAMESPACE: &str = "\
    at AS (
        SELECT t.id AS tenant, c.key AS catalog, b.key AS branch, n.path AS namespace
        FROM tenants t
        LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
        LEFT JOIN branches b ON b.catalog = c.key AND b.name = $3
        LEFT JOIN namespaces n ON n.catalog = c.key AND n.path = $4
        WHERE t.id = $1
    )";

/// `at (tenant, catalog, branch, namespace, asset)`: the id of the asset `$5` in the namespace `$4`.
pub(super) const AT_ASSET: &str = "\
    at AS (
        SELECT t.id AS tenant, c.key AS catalog, b.key AS branch, n.path AS namespace,
               a.id AS asset, a.metadata_location
        FROM tenants t
        LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
        LEFT JOIN branches b ON b.catalog = c.key AND b.name = $3
        LEFT JOIN namespaces n ON n.catalog = c.key AND n.path = $4
        LEFT JOIN assets a ON a.branch = b.key AND a.namespace = $4 AND a.name = $5
        WHERE t.id = $1
    )";

/// A subquery: the key of the catalog `$2` of the tenant `$1`.
///
/// A listing compares the catalog column of its table with this single value. PostgreSQL then reads the
/// page in the order of an index that begins with that column, and does not sort. A join with
/// `catalogs` would lose that order.
pub(super) const CATALOG_KEY: &str =
    "(SELECT c.key FROM catalogs c WHERE c.tenant = $1 AND c.name = $2)";

/// A subquery: the key of the branch `$3` of the catalog `$2` of the tenant `$1`. See [`CATALOG_KEY`].
pub(super) const BRANCH_KEY: &str = "\
    (SELECT b.key FROM catalogs c JOIN branches b ON b.catalog = c.key
     WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3)";

/// `locked (catalog)`: the catalog `$2`. Other transactions may lock it in the same way.
pub(super) const LOCKED_CATALOG: &str = "\
    locked AS (
        SELECT c.key AS catalog FROM catalogs c
        WHERE c.tenant = $1 AND c.name = $2 FOR KEY SHARE
    )";

/// `locked (catalog, branch)`: the branch `$3`, with a lock that all writes of single assets share.
pub(super) const LOCKED_BRANCH: &str = "\
    locked AS (
        SELECT c.key AS catalog, b.key AS branch
        FROM catalogs c JOIN branches b ON b.catalog = c.key
        WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3 FOR KEY SHARE
    )";

/// `locked (catalog, branch, head)`: the branch `$3`, with an exclusive lock.
///
/// Only a later statement of the transaction may read the assets of the branch. This statement still
/// sees the assets as they were before it waited for the lock.
pub(super) const EXCLUSIVELY_LOCKED_BRANCH: &str = "\
    locked AS (
        SELECT c.key AS catalog, b.key AS branch, b.head
        FROM catalogs c JOIN branches b ON b.catalog = c.key
        WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3
        FOR KEY SHARE OF c FOR UPDATE OF b
    )";
