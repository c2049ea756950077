//! The answer of a statement that checks and writes: one row, whose columns are what must hold, in the
//! order in which the contract checks it, then whether the write was done, then what came of it.

use super::error::Failure;
use super::statement::{Read, Row};
use crate::{
    AssetRef, BranchRef, ConflictReason, Entity, Name, NamespacePath, Result, StoreError, TenantId,
};

/// Reads an [answer](self) column by column.
pub(super) struct Answer {
    row: Option<Row>,
    at: usize,
}

impl Answer {
    pub(super) fn new(row: Option<Row>) -> Self {
        Self { row, at: 0 }
    }

    /// The tenant is there: without it there is no row.
    pub(super) fn tenant(&self, tenant: TenantId) -> Result<(), Failure> {
        match self.row {
            Some(_) => Ok(()),
            None => Err(StoreError::not_found(Entity::Tenant, tenant).into()),
        }
    }

    /// The catalog is there, and its tenant.
    pub(super) fn catalog(&mut self, tenant: TenantId, catalog: &Name) -> Result<(), Failure> {
        self.tenant(tenant)?;
        self.holds(|| StoreError::not_found(Entity::Catalog, catalog))
    }

    /// The branch is there, and what it is in.
    pub(super) fn branch(&mut self, tenant: TenantId, on: &BranchRef) -> Result<(), Failure> {
        self.catalog(tenant, &on.catalog)?;
        self.holds(|| StoreError::not_found(Entity::Branch, on))
    }

    /// The namespace of a place is there, and its branch, and what that is in.
    pub(super) fn namespace(
        &mut self,
        tenant: TenantId,
        on: &BranchRef,
        namespace: &NamespacePath,
    ) -> Result<(), Failure> {
        self.branch(tenant, on)?;
        self.holds(|| StoreError::not_found(Entity::Namespace, namespace))
    }

    /// The asset is there, and what it is in.
    pub(super) fn asset(&mut self, tenant: TenantId, at: &AssetRef) -> Result<(), Failure> {
        self.namespace(tenant, &at.branch_ref(), &at.namespace)?;
        self.holds(|| StoreError::not_found(Entity::Asset, at))
    }

    /// The next column is true; otherwise the call fails as `otherwise` says.
    pub(super) fn holds(&mut self, otherwise: impl FnOnce() -> StoreError) -> Result<(), Failure> {
        match self.next()? {
            true => Ok(()),
            false => Err(otherwise().into()),
        }
    }

    /// What `key` names is not past the state in which the call can be made.
    pub(super) fn is_in_state(
        &mut self,
        reason: ConflictReason,
        key: impl std::fmt::Display,
    ) -> Result<(), Failure> {
        self.holds(|| StoreError::conflict(reason, key))
    }

    /// The write was done: otherwise another one came between it and the checks, which all held.
    pub(super) fn done(&mut self) -> Result<(), Failure> {
        match self.next()? {
            true => Ok(()),
            false => Err(Failure::Overtaken),
        }
    }

    /// Reads what came of the write, which was done.
    pub(super) fn read<T>(&mut self, read: Read<T>) -> Result<T, Failure> {
        self.done()?;
        self.value(read)
    }

    /// Reads something from the next column on.
    pub(super) fn value<T>(&mut self, read: Read<T>) -> Result<T, Failure> {
        let row = self.row.as_ref().ok_or(Failure::Overtaken)?;
        Ok(read(row, self.at)?)
    }

    /// Reads the next column.
    pub(super) fn next<T>(&mut self) -> Result<T, Failure>
    where
        T: for<'r> sqlx::Decode<'r, sqlx_postgres::Postgres> + sqlx::Type<sqlx_postgres::Postgres>,
    {
        let row = self.row.as_ref().ok_or(Failure::Overtaken)?;
        let value = row.get(self.at)?;
        self.at += 1;
        Ok(value)
    }
}
