//! Commits: the table `commits`. The head of a branch is the id of its latest commit.

use std::num::NonZeroU32;

use async_trait::async_trait;

use super::PostgresStore;
use super::column::AsJson;
use super::connection::Connection;
use super::error::Failure;
use super::locks::{self, LockedBranch};
use super::operations;
use super::retry::transaction;
use super::statement::{self, Row, values};
use crate::commit;
use crate::store::Commits;
use crate::{
    BranchRef, Commit, CommitId, ConflictReason, Entity, HistoryStart, Name, NewCommit, Result,
    StoreError, TenantId,
};

#[async_trait]
impl Commits for PostgresStore {
    async fn commit(&self, tenant: TenantId, on: &BranchRef, commit: &NewCommit) -> Result<()> {
        let commit = Commit::from(commit.clone());
        transaction!(self, |db| {
            let branch = locks::branch(db, tenant, on).await?;
            let input = operations::load(db, branch, &commit.operations).await?;
            // After what a refusal may rest on was read: a free id was free then, too.
            must_be_new(db, branch.catalog, commit.id).await?;
            let changes = commit::plan(&input, &commit.operations)?;
            if commit.parent != branch.head {
                return Err(StoreError::conflict(ConflictReason::Stale, on).into());
            }
            operations::carry_out(db, branch, &changes).await?;
            store_as_head(db, branch, &commit).await
        })
    }

    async fn get_commit(
        &self,
        tenant: TenantId,
        catalog: &Name,
        commit: CommitId,
    ) -> Result<Option<Commit>> {
        let sql = "SELECT m.id, m.parent, m.author, m.message, m.at, m.operations
                   FROM catalogs c JOIN commits m ON m.catalog = c.key
                   WHERE c.tenant = $1 AND c.name = $2 AND m.id = $3";
        self.first(sql, values![tenant, catalog, commit], read).await
    }

    async fn commit_history(
        &self,
        tenant: TenantId,
        catalog: &Name,
        from: &HistoryStart,
        limit: NonZeroU32,
    ) -> Result<Vec<Commit>> {
        let sql = "WITH RECURSIVE
                   history (age, catalog, id, parent) AS (
                       SELECT 1::bigint, m.catalog, m.id, m.parent
                       FROM catalogs c
                       LEFT JOIN branches b ON b.catalog = c.key AND b.name = $3
                       JOIN commits m
                            ON m.catalog = c.key
                           AND m.id = CASE WHEN $3 IS NULL THEN $4 ELSE b.head END
                       WHERE c.tenant = $1 AND c.name = $2
                       UNION ALL
                       SELECT h.age + 1, m.catalog, m.id, m.parent
                       FROM history h JOIN commits m ON m.catalog = h.catalog AND m.id = h.parent
                       WHERE h.age < $5
                   )
                   SELECT m.id, m.parent, m.author, m.message, m.at, m.operations
                   FROM history h JOIN commits m ON m.catalog = h.catalog AND m.id = h.id
                   ORDER BY h.age";
        let (branch, commit) = match from {
            HistoryStart::Branch(branch) => (Some(branch), None),
            HistoryStart::Commit(commit) => (None, Some(commit)),
        };
        let values = values![tenant, catalog, branch, commit, statement::limit(limit)];
        self.all(sql, values, read).await
    }
}

/// Checks that no commit of the catalog has this id.
pub(super) async fn must_be_new(
    db: &mut Connection,
    catalog: i64,
    commit: CommitId,
) -> Result<(), Failure> {
    let sql = "SELECT id FROM commits WHERE catalog = $1 AND id = $2";
    match db.row(sql, values![catalog, commit]).await? {
        None => Ok(()),
        Some(_) => Err(StoreError::already_exists(Entity::Commit, commit).into()),
    }
}

/// Stores a commit and makes it the head of a branch.
pub(super) async fn store_as_head(
    db: &mut Connection,
    branch: LockedBranch,
    commit: &Commit,
) -> Result<(), Failure> {
    let sql = "WITH stored AS (
                   INSERT INTO commits (catalog, id, parent, author, message, at, operations)
                   VALUES ($1, $3, $4, $5, $6, $7, $8)
               )
               UPDATE branches SET head = $3 WHERE key = $2";
    let Commit { id, parent, author, message, at, operations } = commit;
    let operations = AsJson(operations);
    let values = values![branch.catalog, branch.key, id, parent, author, message, at, operations];
    db.run(sql, values).await?;
    Ok(())
}

fn read(row: &Row, at: usize) -> sqlx::Result<Commit> {
    let AsJson(operations) = row.get(at + 5)?;
    Ok(Commit {
        id: row.get(at)?,
        parent: row.get(at + 1)?,
        author: row.get(at + 2)?,
        message: row.get(at + 3)?,
        at: row.get(at + 4)?,
        operations,
    })
}
