use std::collections::BTreeSet;
use std::num::NonZeroU32;

use async_trait::async_trait;
use rusqlite::{Connection, Row};

use super::address::{self, BranchAt, CatalogAt};
use super::column::AsJson;
use super::statement::Statements;
use super::{SqliteStore, assets, business_metadata};
use crate::store::Commits;
use crate::{
    BranchRef, Commit, CommitId, CommitOperation, ConflictReason, Entity, HistoryStart, Name,
    NamespacePath, NewCommit, Result, StoreError, TenantId,
};

#[async_trait]
impl Commits for SqliteStore {
    async fn commit(&self, tenant: TenantId, on: &BranchRef, commit: &NewCommit) -> Result<()> {
        let (on, commit) = (on.clone(), Commit::from(commit.clone()));
        self.write(move |db| {
            let branch = address::branch(db, tenant, &on)?;
            must_be_new(db, branch.catalog, commit.id)?;
            apply(db, branch, &commit.operations)?;
            if commit.parent != branch.head {
                return Err(StoreError::conflict(ConflictReason::Stale, on));
            }
            store_as_head(db, branch, &commit)
        })
        .await
    }

    async fn get_commit(
        &self,
        tenant: TenantId,
        catalog: &Name,
        commit: CommitId,
    ) -> Result<Option<Commit>> {
        let catalog = catalog.clone();
        self.read(move |db| {
            let sql = "SELECT m.id, m.parent, m.author, m.message, m.at, m.operations
                       FROM catalogs c JOIN commits m ON m.catalog = c.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND m.id = ?3";
            Ok(db.first(sql, (tenant, catalog, commit), read)?)
        })
        .await
    }

    async fn commit_history(
        &self,
        tenant: TenantId,
        catalog: &Name,
        from: &HistoryStart,
        limit: NonZeroU32,
    ) -> Result<Vec<Commit>> {
        let (catalog, from) = (catalog.clone(), from.clone());
        self.read(move |db| {
            let sql = "WITH RECURSIVE
                       start (catalog, id) AS (
                           SELECT c.key, iif(?3 IS NULL, ?4, b.head)
                           FROM catalogs c LEFT JOIN branches b ON b.catalog = c.key AND b.name = ?3
                           WHERE c.tenant = ?1 AND c.name = ?2
                       ),
                       history (age, catalog, id, parent) AS (
                           SELECT 0, m.catalog, m.id, m.parent
                           FROM start s JOIN commits m ON m.catalog = s.catalog AND m.id = s.id
                           UNION ALL
                           SELECT h.age + 1, m.catalog, m.id, m.parent
                           FROM history h JOIN commits m ON m.catalog = h.catalog AND m.id = h.parent
                           LIMIT ?5
                       )
                       SELECT m.id, m.parent, m.author, m.message, m.at, m.operations, h.age
                       FROM history h CROSS JOIN commits m ON m.catalog = h.catalog AND m.id = h.id";
            let (branch, commit) = match from {
                HistoryStart::Branch(branch) => (Some(branch), None),
                HistoryStart::Commit(commit) => (None, Some(commit)),
            };
            let values = (tenant, catalog, branch, commit, limit);
            let mut history =
                db.all(sql, values, |row| Ok((row.get::<_, i64>(6)?, read(row)?)))?;
            // Not in the statement, which would copy all operations to sort them.
            history.sort_by_key(|(age, _)| *age);
            Ok(history.into_iter().map(|(_, commit)| commit).collect())
        })
        .await
    }
}

/// Whether the catalog has a commit with that id.
pub(super) fn exists(db: &Connection, catalog: CatalogAt, commit: CommitId) -> Result<bool> {
    Ok(db.any("SELECT 1 FROM commits WHERE catalog = ?1 AND id = ?2", (catalog.key, commit))?)
}

/// Checks that no commit has that id.
pub(super) fn must_be_new(db: &Connection, catalog: CatalogAt, commit: CommitId) -> Result<()> {
    if exists(db, catalog, commit)? {
        return Err(StoreError::already_exists(Entity::Commit, commit));
    }
    Ok(())
}

/// Applies operations to a branch, in order.
pub(super) fn apply(
    db: &Connection,
    branch: BranchAt,
    operations: &[CommitOperation],
) -> Result<()> {
    let mut namespaces: BTreeSet<&NamespacePath> = BTreeSet::new();
    let mut deleted = Vec::new();
    for operation in operations {
        let (CommitOperation::Put { asset: crate::Asset { namespace, .. } }
        | CommitOperation::Delete { namespace, .. }) = operation;
        if namespaces.insert(namespace) {
            branch.catalog.namespace(db, namespace)?;
        }
        match operation {
            CommitOperation::Put { asset } => assets::put(db, branch, asset)?,
            CommitOperation::Delete { .. } => {
                deleted.push(assets::delete(db, branch, &operation.place())?);
            }
        }
    }
    business_metadata::forget_assets(db, branch.catalog.tenant, &deleted)
}

/// Stores a commit and makes it the head of a branch.
pub(super) fn store_as_head(db: &Connection, branch: BranchAt, commit: &Commit) -> Result<()> {
    let Commit { id, parent, author, message, at, operations } = commit;
    let sql = "INSERT INTO commits (catalog, id, parent, author, message, at, operations)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    db.run(sql, (branch.catalog.key, id, parent, author, message, at, AsJson(operations)))?;
    db.run("UPDATE branches SET head = ?2 WHERE key = ?1", (branch.key, id))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Commit> {
    let AsJson(operations) = row.get(5)?;
    Ok(Commit {
        id: row.get(0)?,
        parent: row.get(1)?,
        author: row.get(2)?,
        message: row.get(3)?,
        at: row.get(4)?,
        operations,
    })
}
