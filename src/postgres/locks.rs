//! Exclusive locks on branches and merges, which a transaction has until it ends.

use std::collections::BTreeMap;

use const_format::formatcp;

use super::address::{AT_BRANCH, AT_CATALOG, EXCLUSIVELY_LOCKED_BRANCH};
use super::answer::Answer;
use super::connection::Connection;
use super::error::Failure;
use super::merges::{self, COLUMNS};
use super::statement::values;
use crate::{
    BranchRef, CommitId, Entity, MergeId, MergeOperation, Name, Result, StoreError, TenantId,
};

/// A branch that a transaction has locked exclusively.
#[derive(Clone, Copy)]
pub(super) struct LockedBranch {
    pub(super) tenant: TenantId,
    pub(super) catalog: i64,
    pub(super) key: i64,
    pub(super) head: Option<CommitId>,
}

/// Locks a branch exclusively.
pub(super) async fn branch(
    db: &mut Connection,
    tenant: TenantId,
    on: &BranchRef,
) -> Result<LockedBranch, Failure> {
    let sql = formatcp!(
        "WITH {AT_BRANCH}, {EXCLUSIVELY_LOCKED_BRANCH}
         SELECT at.catalog IS NOT NULL, at.branch IS NOT NULL, locked.branch IS NOT NULL,
                locked.catalog, locked.branch, locked.head
         FROM at LEFT JOIN locked ON TRUE"
    );
    let row = db.row(sql, values![tenant, &on.catalog, &on.branch]).await?;
    let mut answer = Answer::new(row);
    answer.branch(tenant, on)?;
    let (catalog, key, head) =
        answer.read(|row, at| Ok((row.get(at)?, row.get(at + 1)?, row.get(at + 2)?)))?;
    Ok(LockedBranch { tenant, catalog, key, head })
}

/// Locks the source and the target of a merge exclusively. Returns nothing if one of them does not exist.
///
/// All transactions lock in the order of the branches' keys, so that two of them cannot wait for each
/// other.
pub(super) async fn source_and_target(
    db: &mut Connection,
    tenant: TenantId,
    catalog: &Name,
    (source, target): (&Name, &Name),
) -> Result<Option<(LockedBranch, LockedBranch)>, Failure> {
    let sql = "SELECT b.name, c.key, b.key, b.head
               FROM catalogs c JOIN branches b ON b.catalog = c.key
               WHERE c.tenant = $1 AND c.name = $2 AND b.name IN ($3, $4)
               ORDER BY b.key
               FOR KEY SHARE OF c FOR UPDATE OF b";
    let mut branches = BTreeMap::new();
    for row in db.rows(sql, values![tenant, catalog, source, target]).await? {
        let (catalog, key, head) = (row.get(1)?, row.get(2)?, row.get(3)?);
        branches.insert(row.get::<Name>(0)?, LockedBranch { tenant, catalog, key, head });
    }
    Ok(branches.get(source).copied().zip(branches.get(target).copied()))
}

/// A merge that a transaction has locked exclusively, as it was when the lock was taken.
pub(super) struct LockedMerge {
    pub(super) catalog: i64,
    pub(super) key: i64,
    pub(super) merge: MergeOperation,
}

/// Locks a merge exclusively.
pub(super) async fn merge(
    db: &mut Connection,
    tenant: TenantId,
    catalog: &Name,
    merge: MergeId,
) -> Result<LockedMerge, Failure> {
    let sql = formatcp!(
        "WITH {AT_CATALOG}, locked AS (
             SELECT m.* FROM catalogs c JOIN merges m ON m.catalog = c.key
             WHERE c.tenant = $1 AND c.name = $2 AND m.id = $3
             FOR KEY SHARE OF c FOR UPDATE OF m
         )
         SELECT at.catalog IS NOT NULL,
                EXISTS (SELECT FROM merges m WHERE m.catalog = at.catalog AND m.id = $3),
                m.key IS NOT NULL, m.catalog, m.key, {COLUMNS}
         FROM at LEFT JOIN locked m ON TRUE"
    );
    let mut answer = Answer::new(db.row(sql, values![tenant, catalog, merge]).await?);
    answer.catalog(tenant, catalog)?;
    answer.holds(|| StoreError::not_found(Entity::Merge, merge))?;
    answer.read(|row, at| {
        let (catalog, key) = (row.get(at)?, row.get(at + 1)?);
        Ok(LockedMerge { catalog, key, merge: merges::read(row, at + 2)? })
    })
}
