//! Finds what an address names, with one statement per address.
//!
//! If a part of the address is missing, an error reports it. If several are, it reports the outermost one.

use rusqlite::Connection;

use super::statement::Statements;
use crate::{
    AssetRef, Branch, BranchRef, CommitId, Entity, Name, NamespacePath, Result, StoreError,
    TenantId,
};

/// A catalog that exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct CatalogAt {
    pub(super) tenant: TenantId,
    pub(super) key: i64,
}

/// A branch that exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct BranchAt {
    pub(super) catalog: CatalogAt,
    pub(super) key: i64,
    pub(super) head: Option<CommitId>,
    /// Whether it is `main`, the branch whose assets a search finds.
    pub(super) is_main: bool,
}

/// Checks that the tenant exists.
pub(super) fn tenant(db: &Connection, tenant: TenantId) -> Result<()> {
    if db.any("SELECT 1 FROM tenants WHERE id = ?1", [tenant])? {
        return Ok(());
    }
    Err(StoreError::not_found(Entity::Tenant, tenant))
}

/// Finds a catalog.
pub(super) fn catalog(db: &Connection, tenant: TenantId, name: &Name) -> Result<CatalogAt> {
    let sql = "SELECT c.key FROM tenants t
               LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = ?2
               WHERE t.id = ?1";
    let found = db.first(sql, (tenant, name), |row| row.get::<_, Option<i64>>(0))?;
    let found = found.ok_or_else(|| StoreError::not_found(Entity::Tenant, tenant))?;
    let key = found.ok_or_else(|| StoreError::not_found(Entity::Catalog, name))?;
    Ok(CatalogAt { tenant, key })
}

/// Finds a branch.
pub(super) fn branch(db: &Connection, tenant: TenantId, on: &BranchRef) -> Result<BranchAt> {
    let sql = "SELECT c.key, b.key, b.head FROM tenants t
               LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = ?2
               LEFT JOIN branches b ON b.catalog = c.key AND b.name = ?3
               WHERE t.id = ?1";
    let found = db.first(sql, (tenant, &on.catalog, &on.branch), |row| {
        Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?, row.get(2)?))
    })?;
    let (catalog, branch, head) =
        found.ok_or_else(|| StoreError::not_found(Entity::Tenant, tenant))?;
    let catalog = catalog.ok_or_else(|| StoreError::not_found(Entity::Catalog, &on.catalog))?;
    let key = branch.ok_or_else(|| StoreError::not_found(Entity::Branch, on))?;
    Ok(BranchAt::new(CatalogAt { tenant, key: catalog }, key, &on.branch, head))
}

/// Finds a branch, and checks that its catalog has the namespace.
pub(super) fn namespace_on(
    db: &Connection,
    tenant: TenantId,
    on: &BranchRef,
    path: &NamespacePath,
) -> Result<BranchAt> {
    let sql = "SELECT c.key, b.key, b.head, n.path IS NOT NULL FROM tenants t
               LEFT JOIN catalogs c ON c.tenant = t.id AND c.name = ?2
               LEFT JOIN branches b ON b.catalog = c.key AND b.name = ?3
               LEFT JOIN namespaces n ON n.catalog = c.key AND n.path = ?4
               WHERE t.id = ?1";
    let found = db.first(sql, (tenant, &on.catalog, &on.branch, path), |row| {
        let keys = (row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?);
        Ok((keys, row.get(2)?, row.get::<_, bool>(3)?))
    })?;
    let ((catalog, branch), head, has_namespace) =
        found.ok_or_else(|| StoreError::not_found(Entity::Tenant, tenant))?;
    let catalog = catalog.ok_or_else(|| StoreError::not_found(Entity::Catalog, &on.catalog))?;
    let key = branch.ok_or_else(|| StoreError::not_found(Entity::Branch, on))?;
    if !has_namespace {
        return Err(StoreError::not_found(Entity::Namespace, path));
    }
    Ok(BranchAt::new(CatalogAt { tenant, key: catalog }, key, &on.branch, head))
}

/// Finds the branch of an asset's address, and checks that its catalog has the namespace.
pub(super) fn asset_parents(db: &Connection, tenant: TenantId, at: &AssetRef) -> Result<BranchAt> {
    namespace_on(db, tenant, &at.branch_ref(), &at.namespace)
}

impl BranchAt {
    /// The branch with this key and name.
    pub(super) fn new(catalog: CatalogAt, key: i64, name: &Name, head: Option<CommitId>) -> Self {
        Self { catalog, key, head, is_main: name.as_str() == Branch::MAIN }
    }
}

impl CatalogAt {
    /// Checks that the catalog has the namespace.
    pub(super) fn namespace(self, db: &Connection, path: &NamespacePath) -> Result<()> {
        let sql = "SELECT 1 FROM namespaces WHERE catalog = ?1 AND path = ?2";
        if db.any(sql, (self.key, path))? {
            return Ok(());
        }
        Err(StoreError::not_found(Entity::Namespace, path))
    }
}
