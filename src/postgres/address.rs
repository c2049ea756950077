//! Finds what an address names. The statements that begin with one of these say which part of it is not
//! there; of several missing parents the outermost is reported.
//!
//! `at` holds, in one row if the tenant `$1` is there, the keys of what the address names, or NULL.
//! `held` locks what is there against its deletion and its renaming. A statement writes only where `held`
//! has a row, so that nothing is written in what is about to go.

/// `at (tenant, catalog)`: the catalog `$2` of the tenant `$1`.
macro_rules! at_catalog {
    () => {
        "at AS (
             SELECT t.id AS tenant, c.key AS catalog
             FROM tenants t LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
             WHERE t.id = $1
         )"
    };
}
pub(super) use at_catalog;

/// `at (tenant, catalog, branch)`: the branch `$3` of the catalog `$2` of the tenant `$1`.
macro_rules! at_branch {
    () => {
        "at AS (
             SELECT t.id AS tenant, c.key AS catalog, b.key AS branch
             FROM tenants t
             LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
             LEFT JOIN branches b ON b.catalog = c.key AND b.name = $3
             WHERE t.id = $1
         )"
    };
}
pub(super) use at_branch;

/// `at (tenant, catalog, branch, namespace)`: the namespace `$4` as the branch `$3` sees it.
macro_rules! at_namespace {
    () => {
        "at AS (
             SELECT t.id AS tenant, c.key AS catalog, b.key AS branch, n.path AS namespace
             FROM tenants t
             LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
             LEFT JOIN branches b ON b.catalog = c.key AND b.name = $3
             LEFT JOIN namespaces n ON n.catalog = c.key AND n.path = $4
             WHERE t.id = $1
         )"
    };
}
pub(super) use at_namespace;

/// `at (tenant, catalog, branch, namespace, asset)`: the id of the asset `$5` in the namespace `$4`.
macro_rules! at_asset {
    () => {
        "at AS (
             SELECT t.id AS tenant, c.key AS catalog, b.key AS branch, n.path AS namespace,
                    a.id AS asset, a.metadata_location
             FROM tenants t
             LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = $2
             LEFT JOIN branches b ON b.catalog = c.key AND b.name = $3
             LEFT JOIN namespaces n ON n.catalog = c.key AND n.path = $4
             LEFT JOIN assets a ON a.branch = b.key AND a.namespace = $4 AND a.name = $5
             WHERE t.id = $1
         )"
    };
}
pub(super) use at_asset;

/// The key of the catalog `$2` of the tenant `$1`, as one value: what is compared with it comes in the
/// order of an index that has it first, which what is joined with it would not.
macro_rules! catalog_key {
    () => {
        "(SELECT c.key FROM catalogs c WHERE c.tenant = $1 AND c.name = $2)"
    };
}
pub(super) use catalog_key;

/// The key of the branch `$3` of the catalog `$2` of the tenant `$1`, as one value.
macro_rules! branch_key {
    () => {
        "(SELECT b.key FROM catalogs c JOIN branches b ON b.catalog = c.key
          WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3)"
    };
}
pub(super) use branch_key;

/// `held (catalog)`: the catalog, held.
macro_rules! held_catalog {
    () => {
        "held AS (
             SELECT c.key AS catalog FROM catalogs c
             WHERE c.tenant = $1 AND c.name = $2 FOR KEY SHARE
         )"
    };
}
pub(super) use held_catalog;

/// `held (catalog, branch)`: the branch, held together with others who write single assets.
macro_rules! held_branch {
    () => {
        "held AS (
             SELECT c.key AS catalog, b.key AS branch
             FROM catalogs c JOIN branches b ON b.catalog = c.key
             WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3 FOR KEY SHARE
         )"
    };
}
pub(super) use held_branch;

/// `held (catalog, branch, head)`: the branch, held alone. What it holds is to be read by a later
/// statement, as this one sees what was there before it had to wait.
macro_rules! held_alone {
    () => {
        "held AS (
             SELECT c.key AS catalog, b.key AS branch, b.head
             FROM catalogs c JOIN branches b ON b.catalog = c.key
             WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3
             FOR KEY SHARE OF c FOR UPDATE OF b
         )"
    };
}
pub(super) use held_alone;
