//! What a transaction holds alone until it ends: branches and merges.

use std::collections::BTreeMap;

use super::address::{at_branch, at_catalog, held_alone};
use super::answer::Answer;
use super::connection::Connection;
use super::error::Failure;
use super::merges::{self, columns};
use super::statement::values;
use crate::{
    BranchRef, CommitId, Entity, MergeId, MergeOperation, Name, Result, StoreError, TenantId,
};

/// A branch that a transaction holds alone.
#[derive(Clone, Copy)]
pub(super) struct LockedBranch {
    pub(super) tenant: TenantId,
    pub(super) catalog: i64,
    pub(super) key: i64,
    pub(super) head: Option<CommitId>,
}

/// Holds a branch alone.
pub(super) async fn branch(
    db: &mut Connection,
    tenant: TenantId,
    on: &BranchRef,
) -> Result<LockedBranch, Failure> {
    let sql = concat!(
        "WITH ",
        at_branch!(),
        ", ",
        held_alone!(),
        " SELECT at.catalog IS NOT NULL, at.branch IS NOT NULL, held.branch IS NOT NULL,
                 held.catalog, held.branch, held.head
          FROM at LEFT JOIN held ON TRUE"
    );
    let row = db.row(sql, values![tenant, &on.catalog, &on.branch]).await?;
    let mut answer = Answer::new(row);
    answer.branch(tenant, on)?;
    let (catalog, key, head) =
        answer.read(|row, at| Ok((row.get(at)?, row.get(at + 1)?, row.get(at + 2)?)))?;
    Ok(LockedBranch { tenant, catalog, key, head })
}

/// Holds source and target of a merge alone, in the same order whoever does so, if both are there.
pub(super) async fn both(
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
    let mut held = BTreeMap::new();
    for row in db.rows(sql, values![tenant, catalog, source, target]).await? {
        let (catalog, key, head) = (row.get(1)?, row.get(2)?, row.get(3)?);
        held.insert(row.get::<Name>(0)?, LockedBranch { tenant, catalog, key, head });
    }
    Ok(held.get(source).copied().zip(held.get(target).copied()))
}

/// A merge that a transaction holds alone, as it is then.
pub(super) struct LockedMerge {
    pub(super) catalog: i64,
    pub(super) key: i64,
    pub(super) merge: MergeOperation,
}

/// Holds a merge alone.
pub(super) async fn merge(
    db: &mut Connection,
    tenant: TenantId,
    catalog: &Name,
    merge: MergeId,
) -> Result<LockedMerge, Failure> {
    let sql = concat!(
        "WITH ",
        at_catalog!(),
        ", held AS (
             SELECT m.* FROM catalogs c JOIN merges m ON m.catalog = c.key
             WHERE c.tenant = $1 AND c.name = $2 AND m.id = $3
             FOR KEY SHARE OF c FOR UPDATE OF m
         )
         SELECT at.catalog IS NOT NULL,
                EXISTS (SELECT FROM merges m WHERE m.catalog = at.catalog AND m.id = $3),
                m.key IS NOT NULL, m.catalog, m.key, ",
        columns!(),
        " FROM at LEFT JOIN held m ON TRUE"
    );
    let mut answer = Answer::new(db.row(sql, values![tenant, catalog, merge]).await?);
    answer.catalog(tenant, catalog)?;
    answer.holds(|| StoreError::not_found(Entity::Merge, merge))?;
    answer.read(|row, at| {
        let (catalog, key) = (row.get(at)?, row.get(at + 1)?);
        Ok(LockedMerge { catalog, key, merge: merges::read(row, at + 2)? })
    })
}
