//! Finds what an address names, says which part of it is not there, and guards it while the call writes.
//!
//! MongoDB does not notice that a transaction has read what another one changes or deletes. So two calls
//! of which one would be wrong if the other had come first must write to a common document. These are
//! the pairs, and the document that guards each:
//!
//! | a call that … | and one that … | both write to |
//! | --- | --- | --- |
//! | makes something in a tenant | deletes the tenant | one of the tenant's guards; the deletion deletes all |
//! | makes or changes a user's assignment, permission, token, request | deletes the user or its tenant | the user |
//! | assigns a role | deletes the role | the role |
//! | makes a catalog name a warehouse | renames or deletes the warehouse | the warehouse |
//! | makes, changes or deletes a namespace or a tag, records a synchronisation | renames or deletes the catalog | the catalog |
//! | makes a namespace | deletes its parent | the catalog |
//! | makes, changes, moves or deletes an asset, commits | deletes a namespace | the branch; the deletion writes to all of the catalog |
//! | the same | deletes the branch, renames or deletes its catalog, deletes the tenant | the branch |
//! | the same | copies the branch, begins or completes a merge from or into it | the branch |
//! | copies a branch | deletes a namespace | the parent branch |
//! | begins a merge | begins another one of the same source, deletes one of the branches | source and target |
//! | reports or resolves a conflict | resolves another, completes or aborts the merge | the merge |
//! | reports a conflict of an asset | deletes the asset | the branch that holds it |
//! | resolves one by hand | deletes the namespace of the resolution | the catalog |
//! | says or asks something of an asset | deletes its last row, however | a branch that holds it |
//! | deletes an asset's last row but one | deletes its last row | what was said and asked of it |
//! | makes another row of an asset | deletes its last row, of which something was said | its branch; the deletion writes to all of the tenant |
//!
//! Several guards let the calls that make something in one tenant, like its audit log, pass one another.

use std::sync::atomic::Ordering;

use bson::oid::ObjectId;
use bson::{Document, doc};

use super::MongoStore;
use super::branches;
use super::schema::{BRANCHES, CATALOGS, NAMESPACES, TENANT_GUARDS, TENANTS};
use super::transaction::{Transaction, Work};
use super::value::Fields;
use crate::{Branch, BranchRef, Entity, Name, NamespacePath, Result, StoreError, TenantId};

/// How many calls can make something in a tenant at the same time.
const GUARDS: u32 = 8;

/// A catalog that is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct CatalogAt {
    pub(super) tenant: TenantId,
    pub(super) key: ObjectId,
}

/// A branch that is there.
#[derive(Clone, Debug)]
pub(super) struct BranchAt {
    pub(super) catalog: CatalogAt,
    pub(super) key: ObjectId,
    pub(super) branch: Branch,
}

impl MongoStore {
    /// Finds a tenant and guards it.
    pub(super) async fn tenant(&self, txn: &mut Transaction, tenant: TenantId) -> Work<()> {
        let slot = self.shared.next_guard.fetch_add(1, Ordering::Relaxed) % GUARDS;
        match txn.touch(TENANT_GUARDS, doc! { "tenant": tenant, "slot": slot }).await? {
            Some(_) => Ok(()),
            None => Err(StoreError::not_found(Entity::Tenant, tenant).into()),
        }
    }

    /// `NotFound` of the tenant, if it is not there; else of `entity`.
    pub(super) async fn missing_in(
        &self,
        tenant: TenantId,
        entity: Entity,
        key: impl std::fmt::Display,
    ) -> StoreError {
        match self.collection(TENANTS).find_one(doc! { "_id": tenant }).await {
            Ok(Some(_)) => StoreError::not_found(entity, key),
            Ok(None) => StoreError::not_found(Entity::Tenant, tenant),
            Err(error) => error.into(),
        }
    }

    /// `NotFound` of the tenant or the catalog, if it is not there.
    pub(super) async fn check_catalog(&self, tenant: TenantId, name: &Name) -> Result<()> {
        match self.collection(CATALOGS).find_one(named(tenant, name)).await? {
            Some(_) => Ok(()),
            None => Err(self.missing_in(tenant, Entity::Catalog, name).await),
        }
    }
}

/// The guards of a new tenant.
pub(super) fn guards(tenant: TenantId) -> Vec<Document> {
    (0..GUARDS).map(|slot| doc! { "tenant": tenant, "slot": slot }).collect()
}

/// The catalog of that name.
pub(super) fn named(tenant: TenantId, name: &Name) -> Document {
    doc! { "tenant": tenant, "name": name }
}

/// The branch of that name.
pub(super) fn branch_named(tenant: TenantId, catalog: &Name, branch: &Name) -> Document {
    doc! { "tenant": tenant, "catalog_name": catalog, "name": branch }
}

/// Finds a catalog and guards it.
pub(super) async fn catalog(
    txn: &mut Transaction,
    tenant: TenantId,
    name: &Name,
) -> Work<(CatalogAt, Document)> {
    match txn.touch(CATALOGS, named(tenant, name)).await? {
        Some(row) => Ok((CatalogAt { tenant, key: row.read("_id")? }, row)),
        None => Err(missing(txn, tenant, Entity::Catalog, name).await?.into()),
    }
}

/// Finds a branch and guards it.
pub(super) async fn branch(
    txn: &mut Transaction,
    tenant: TenantId,
    on: &BranchRef,
) -> Work<BranchAt> {
    match txn.touch(BRANCHES, branch_named(tenant, &on.catalog, &on.branch)).await? {
        Some(row) => branch_at(tenant, &row),
        None => Err(missing_branch(txn, tenant, &on.catalog, &on.branch).await?.into()),
    }
}

impl BranchAt {
    /// Whether it is the branch that is searched.
    pub(super) fn is_main(&self) -> bool {
        self.branch.name.as_str() == Branch::MAIN
    }
}

/// The branch of a document.
pub(super) fn branch_at(tenant: TenantId, row: &Document) -> Work<BranchAt> {
    let catalog = CatalogAt { tenant, key: row.read("catalog")? };
    Ok(BranchAt { catalog, key: row.read("_id")?, branch: branches::read(row)? })
}

/// `NotFound` of the tenant, if it is not there; else of `entity`.
pub(super) async fn missing(
    txn: &mut Transaction,
    tenant: TenantId,
    entity: Entity,
    key: impl std::fmt::Display,
) -> Work<StoreError> {
    Ok(match txn.any(TENANTS, doc! { "_id": tenant }).await? {
        true => StoreError::not_found(entity, key),
        false => StoreError::not_found(Entity::Tenant, tenant),
    })
}

/// `NotFound` of the outermost of tenant, catalog and branch that is not there.
pub(super) async fn missing_branch(
    txn: &mut Transaction,
    tenant: TenantId,
    catalog: &Name,
    branch: &Name,
) -> Work<StoreError> {
    match txn.any(CATALOGS, named(tenant, catalog)).await? {
        true => Ok(StoreError::not_found(Entity::Branch, branch)),
        false => missing(txn, tenant, Entity::Catalog, catalog).await,
    }
}

impl CatalogAt {
    /// The namespace of that path.
    pub(super) fn namespace(self, path: &NamespacePath) -> Document {
        doc! { "catalog": self.key, "path": path }
    }

    /// Checks that a namespace is there.
    pub(super) async fn check_namespace(
        self,
        txn: &mut Transaction,
        path: &NamespacePath,
    ) -> Work<()> {
        if txn.any(NAMESPACES, self.namespace(path)).await? {
            return Ok(());
        }
        Err(StoreError::not_found(Entity::Namespace, path).into())
    }
}
