//! The answer of a statement that checks and writes: one row.
//!
//! Its first columns are the checks, in the order of the contract: true where a check passed. Then
//! follows whether the write was done, then the result of the write.
//!
//! What a statement reads is old: it is the state at the moment when the statement began. What it locks,
//! updates, deletes or finds in conflict is of the present. A row mixes the two only under these rules:
//!
//! - A check reads the old state alone, and never whether a row could be locked or written. A refusal is
//!   therefore true of the whole state at one moment of the call.
//! - The write is done only if all checks hold, so that a call that is refused writes nothing.
//! - When all checks hold and the write was not done, another call wrote in between. Neither a success
//!   nor a refusal would be true, and the call is made again.
//! - When the write was done, what its checks rest on is locked, or guarded by a constraint.

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

    /// Checks that the tenant exists: the answer has a row only then.
    pub(super) fn tenant(&self, tenant: TenantId) -> Result<(), Failure> {
        match self.row {
            Some(_) => Ok(()),
            None => Err(StoreError::not_found(Entity::Tenant, tenant).into()),
        }
    }

    /// Checks that the catalog and its tenant exist.
    pub(super) fn catalog(&mut self, tenant: TenantId, catalog: &Name) -> Result<(), Failure> {
        self.tenant(tenant)?;
        self.holds(|| StoreError::not_found(Entity::Catalog, catalog))
    }

    /// Checks that the branch, its catalog and its tenant exist.
    pub(super) fn branch(&mut self, tenant: TenantId, on: &BranchRef) -> Result<(), Failure> {
        self.catalog(tenant, &on.catalog)?;
        self.holds(|| StoreError::not_found(Entity::Branch, on))
    }

    /// Checks that the namespace exists, and the branch with all that it is in.
    pub(super) fn namespace(
        &mut self,
        tenant: TenantId,
        on: &BranchRef,
        namespace: &NamespacePath,
    ) -> Result<(), Failure> {
        self.branch(tenant, on)?;
        self.holds(|| StoreError::not_found(Entity::Namespace, namespace))
    }

    /// Checks that the asset exists, and all that it is in.
    pub(super) fn asset(&mut self, tenant: TenantId, at: &AssetRef) -> Result<(), Failure> {
        self.namespace(tenant, &at.branch_ref(), &at.namespace)?;
        self.holds(|| StoreError::not_found(Entity::Asset, at))
    }

    /// Checks that the next column is true; fails with `otherwise` if it is not.
    pub(super) fn holds(&mut self, otherwise: impl FnOnce() -> StoreError) -> Result<(), Failure> {
        match self.next()? {
            true => Ok(()),
            false => Err(otherwise().into()),
        }
    }

    /// Checks that the state of what `key` names allows the call; otherwise fails with a conflict of
    /// that `reason`.
    pub(super) fn is_in_state(
        &mut self,
        reason: ConflictReason,
        key: impl std::fmt::Display,
    ) -> Result<(), Failure> {
        self.holds(|| StoreError::conflict(reason, key))
    }

    /// Checks that the write was done. If it was not, although all checks passed, another call wrote
    /// between the checks and the write.
    pub(super) fn done(&mut self) -> Result<(), Failure> {
        match self.next()? {
            true => Ok(()),
            false => Err(Failure::Overtaken),
        }
    }

    /// Checks that the write was done, and reads its result.
    pub(super) fn read<T>(&mut self, read: Read<T>) -> Result<T, Failure> {
        self.done()?;
        self.value(read)
    }

    /// Reads a value that begins at the next column.
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
