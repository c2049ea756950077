//! Finds what an address names, says which part of it is missing, and guards it while the call writes.
//!
//! MongoDB does not detect that a transaction has read what another one changes or deletes. So when one of
//! two calls would be wrong after the other, both must write to a common document, their guard. These are
//! the pairs and their guards:
//!
//! | a call that … | and one that … | both write to |
//! | --- | --- | --- |
//! | creates something in a tenant | deletes the tenant | one of the tenant's guards; the deletion deletes all |
//! | creates or changes a user's assignment, permission, token, request | deletes the user or its tenant | the user |
//! | assigns a role | deletes the role | the role |
//! | sets the warehouse of a catalog | renames or deletes the warehouse | the warehouse |
//! | creates, changes or deletes a namespace or a tag, records a synchronisation | renames or deletes the catalog | the catalog |
//! | creates a namespace | deletes its parent | the catalog |
//! | creates, changes, moves or deletes an asset, commits | deletes a namespace | the branch; the deletion writes to all branches of the catalog |
//! | the same | deletes the branch, renames or deletes its catalog, deletes the tenant | the branch |
//! | the same | copies the branch, begins or completes a merge from or into it | the branch |
//! | copies a branch | deletes a namespace | the parent branch |
//! | begins a merge | begins another one of the same source, deletes one of the branches | source and target |
//! | reports or resolves a conflict | resolves another, completes or aborts the merge | the merge |
//! | reports a conflict of an asset | deletes the asset | the branch that holds it |
//! | resolves one by hand | deletes the namespace of the resolution | the catalog |
//! | writes metadata or an access request of an asset | deletes its last row, in any way | a branch that holds it |
//! | deletes an asset's last row but one | deletes its last row | its metadata and access requests |
//! | creates another row of an asset | deletes its last row, with metadata or access requests | its branch; the deletion writes to all branches of the tenant |
//!
//! A tenant has several guards, so that calls that create something in it, like an audit event, do not
//! wait for one another.

use std::sync::atomic::Ordering;

use bson::oid::ObjectId;
use bson::{Document, doc};

use super::MongoStore;
use super::branches;
use super::queue::Guard;
use super::schema::{BRANCHES, CATALOGS, NAMESPACES, TENANT_GUARDS, TENANTS};
use super::transaction::{Failure, Transaction};
use super::value::Fields;
use crate::{Branch, BranchRef, Entity, Name, NamespacePath, Result, StoreError, TenantId};

/// How many calls can create something in a tenant at the same time.
const GUARDS: u32 = 8;

/// A catalog that exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct CatalogAt {
    pub(super) tenant: TenantId,
    pub(super) key: ObjectId,
}

/// A branch that exists.
#[derive(Clone, Debug)]
pub(super) struct BranchAt {
    pub(super) catalog: CatalogAt,
    pub(super) key: ObjectId,
    pub(super) branch: Branch,
}

impl MongoStore {
    /// Which of a tenant's guards the next call writes to.
    pub(super) fn next_slot(&self) -> u32 {
        self.shared.next_guard.fetch_add(1, Ordering::Relaxed) % GUARDS
    }

    /// `NotFound` of the tenant, if it does not exist; else of `entity`.
    pub(super) async fn missing_in(
        &self,
        tenant: TenantId,
        entity: Entity,
        key: impl std::fmt::Display,
    ) -> StoreError {
        match self.get(TENANTS, doc! { "_id": tenant }, |_| Ok(())).await {
            Ok(Some(())) => StoreError::not_found(entity, key),
            Ok(None) => StoreError::not_found(Entity::Tenant, tenant),
            Err(error) => error,
        }
    }
}

/// The guards of a new tenant.
pub(super) fn guards(tenant: TenantId) -> Vec<Document> {
    (0..GUARDS).map(|slot| doc! { "tenant": tenant, "slot": slot }).collect()
}

/// The catalog with that name.
pub(super) fn named(tenant: TenantId, name: &Name) -> Document {
    doc! { "tenant": tenant, "name": name }
}

/// The branch with that name.
pub(super) fn branch_named(tenant: TenantId, catalog: &Name, branch: &Name) -> Document {
    doc! { "tenant": tenant, "catalog_name": catalog, "name": branch }
}

/// Finds a tenant and writes to that one of its guards.
pub(super) async fn tenant(
    txn: &mut Transaction,
    tenant: TenantId,
    slot: u32,
) -> Result<(), Failure> {
    match txn.touch(TENANT_GUARDS, doc! { "tenant": tenant, "slot": slot }).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::not_found(Entity::Tenant, tenant).into()),
    }
}

/// Finds a catalog and guards it.
pub(super) async fn catalog(
    txn: &mut Transaction,
    tenant: TenantId,
    name: &Name,
) -> Result<(CatalogAt, Document), Failure> {
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
) -> Result<BranchAt, Failure> {
    txn.relies_on(Guard::Branch(tenant, on.clone()));
    match txn.touch(BRANCHES, branch_named(tenant, &on.catalog, &on.branch)).await? {
        Some(row) => branch_at(tenant, &row),
        None => Err(missing_branch(txn, tenant, &on.catalog, &on.branch).await?.into()),
    }
}

/// Guards a branch that was found; whether it is there still.
pub(super) async fn touch_found(
    txn: &mut Transaction,
    tenant: TenantId,
    row: &Document,
) -> Result<bool, Failure> {
    let (catalog, branch) = (row.read("catalog_name")?, row.read("name")?);
    let key: ObjectId = row.read("_id")?;
    txn.relies_on(Guard::Branch(tenant, BranchRef { catalog, branch }));
    Ok(txn.touch(BRANCHES, doc! { "_id": key }).await?.is_some())
}

impl BranchAt {
    /// Whether a search looks at this branch.
    pub(super) fn is_main(&self) -> bool {
        self.branch.name.as_str() == Branch::MAIN
    }
}

/// Reads a branch from its document.
pub(super) fn branch_at(tenant: TenantId, row: &Document) -> Result<BranchAt, Failure> {
    let catalog = CatalogAt { tenant, key: row.read("catalog")? };
    Ok(BranchAt { catalog, key: row.read("_id")?, branch: branches::read(row)? })
}

/// `NotFound` of the tenant, if it does not exist; else of `entity`.
pub(super) async fn missing(
    txn: &mut Transaction,
    tenant: TenantId,
    entity: Entity,
    key: impl std::fmt::Display,
) -> Result<StoreError, Failure> {
    Ok(match txn.any(TENANTS, doc! { "_id": tenant }).await? {
        true => StoreError::not_found(entity, key),
        false => StoreError::not_found(Entity::Tenant, tenant),
    })
}

/// `NotFound` of the outermost of tenant, catalog and branch that does not exist.
pub(super) async fn missing_branch(
    txn: &mut Transaction,
    tenant: TenantId,
    catalog: &Name,
    branch: &Name,
) -> Result<StoreError, Failure> {
    match txn.any(CATALOGS, named(tenant, catalog)).await? {
        true => Ok(StoreError::not_found(Entity::Branch, branch)),
        false => missing(txn, tenant, Entity::Catalog, catalog).await,
    }
}

impl CatalogAt {
    /// The namespace with that path.
    pub(super) fn namespace(self, path: &NamespacePath) -> Document {
        doc! { "catalog": self.key, "path": path }
    }

    /// Checks that a namespace exists.
    pub(super) async fn check_namespace(
        self,
        txn: &mut Transaction,
        path: &NamespacePath,
    ) -> Result<(), Failure> {
        if txn.any(NAMESPACES, self.namespace(path)).await? {
            return Ok(());
        }
        Err(StoreError::not_found(Entity::Namespace, path).into())
    }
}
