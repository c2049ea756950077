//! Branches: the table `branches`. A new branch gets a copy of its parent's assets.

use async_trait::async_trait;
use const_format::formatcp;

use super::address::{AT_CATALOG, CATALOG_KEY, EXCLUSIVELY_LOCKED_BRANCH};
use super::answer::Answer;
use super::connection::Connection;
use super::error::Failure;
use super::retry::transaction;
use super::statement::{Row, limit, values};
use super::{PostgresStore, locks};
use crate::search::fold;
use crate::store::Branches;
use crate::{
    Branch, BranchRef, CommitId, ConflictReason, Entity, Name, NamespacePath, NewBranch, Page,
    Result, StoreError, TenantId,
};

/// The common table expressions that insert a copy of the branch with the key `$1`, which must be
/// locked exclusively.
///
/// The copy is in the same catalog, with the key `$2`. It gets the name `$3`, folded `$4`, and the kind
/// `$5`. It is inserted only if all namespaces `$6` exist; `missing` has one that does not, and the
/// refusal then holds only if the name is still free. All parts of a statement see the same state.
const INSERT_COPY: &str = "\
    parent AS (SELECT p.key, p.name, p.head FROM branches p WHERE p.key = $1),
    missing AS (
        SELECT given.path FROM unnest($6) AS given (path)
        WHERE NOT EXISTS (SELECT FROM namespaces n WHERE n.catalog = $2 AND n.path = given.path)
        LIMIT 1
    ),
    inserted AS (
        INSERT INTO branches (catalog, name, folded, kind, parent, head)
        SELECT $2, $3, $4, $5, parent.name, parent.head FROM parent
        WHERE NOT EXISTS (SELECT FROM missing)
        ON CONFLICT DO NOTHING RETURNING key
    )";

/// The columns of `copied`: the assets of the parent, as assets of the copy.
const COPIED_COLUMNS: &str = "\
    inserted.key AS branch, a.id, a.tenant, a.catalog, a.namespace, a.name, a.folded, a.kind,
    a.location, a.metadata_location, a.properties";

/// Inserts what is `copied` as assets and as bases, and selects the answer.
const INSERT_COPIED: &str = "\
    copied_assets AS (
        INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind, location,
                            metadata_location, properties)
        SELECT branch, id, tenant, catalog, namespace, name, folded, kind, location,
               metadata_location, properties
        FROM copied
    ),
    copied_bases AS (
        INSERT INTO asset_bases (branch, id, namespace, name, kind, location, metadata_location,
                                 properties)
        SELECT branch, id, namespace, name, kind, location, metadata_location, properties
        FROM copied
    )
    SELECT (SELECT path FROM missing),
           NOT EXISTS (SELECT FROM branches b WHERE b.catalog = $2 AND b.name = $3),
           EXISTS (SELECT FROM inserted), parent.head
    FROM parent";

/// Copies all assets.
const COPY_ALL: &str = formatcp!(
    "WITH {INSERT_COPY},
     copied AS (SELECT {COPIED_COLUMNS} FROM inserted JOIN assets a ON a.branch = $1),
     {INSERT_COPIED}"
);

/// Copies the assets in the namespaces `$6` and in those below them.
///
/// The key of a namespace below begins with the key of the outer one and the separator U+001F. The
/// separator sorts directly before the space, and before all characters of a name, so that one range of
/// keys holds both. A namespace inside another given one is left out, as the range of the outer one
/// includes it.
const COPY_SOME: &str = formatcp!(
    "WITH {INSERT_COPY},
     copied AS (
         SELECT {COPIED_COLUMNS}
         FROM inserted
         CROSS JOIN (
             SELECT given.path FROM unnest($6) AS given (path)
             WHERE NOT EXISTS (SELECT FROM unnest($6) AS outer_one (path)
                               WHERE starts_with(given.path, outer_one.path || chr(31)))
         ) given
         JOIN assets a ON a.branch = $1 AND a.namespace >= given.path
                      AND a.namespace < given.path || ' '
     ),
     {INSERT_COPIED}"
);

#[async_trait]
impl Branches for PostgresStore {
    async fn create_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        branch: &NewBranch,
    ) -> Result<Branch> {
        let NewBranch { name, kind, parent, namespaces } = branch;
        let copy = if namespaces.is_none() { COPY_ALL } else { COPY_SOME };
        let namespaces: Vec<&NamespacePath> =
            namespaces.iter().flat_map(|given| given.items()).collect();
        transaction!(self, |db| {
            let (catalog, parent_key) = lock_parent(db, tenant, catalog, branch).await?;
            let values = values![parent_key, catalog, name, fold(name), kind, &namespaces];
            let mut answer = Answer::new(db.row(copy, values).await?);
            let missing: Option<NamespacePath> = answer.next()?;
            // Read by an earlier statement, too.
            answer.done()?;
            if let Some(path) = missing {
                return Err(StoreError::not_found(Entity::Namespace, path).into());
            }
            let head: Option<CommitId> = answer.read(|row, at| row.get(at))?;
            Ok(Branch { name: name.clone(), kind: *kind, parent: Some(parent.clone()), head })
        })
    }

    async fn get_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        name: &Name,
    ) -> Result<Option<Branch>> {
        let sql = "SELECT b.name, b.kind, b.parent, b.head
                   FROM catalogs c JOIN branches b ON b.catalog = c.key
                   WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3";
        self.first(sql, values![tenant, catalog, name], read).await
    }

    async fn list_branches(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Branch>> {
        let sql = formatcp!(
            "SELECT b.name, b.kind, b.parent, b.head
             FROM branches b WHERE b.catalog = {CATALOG_KEY} AND b.name > coalesce($3, '')
             ORDER BY b.name LIMIT $4"
        );
        self.all(sql, values![tenant, catalog, &page.after, limit(page.limit)], read).await
    }

    async fn delete_branch(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()> {
        let on = BranchRef { catalog: catalog.clone(), branch: name.clone() };
        transaction!(self, |db| {
            let branch = locks::branch(db, tenant, &on).await?;
            if name.as_str() == Branch::MAIN {
                return Err(StoreError::conflict(ConflictReason::Protected, name).into());
            }
            let sql = "WITH checked AS (
                           SELECT NOT EXISTS (SELECT FROM merges m
                                              WHERE m.catalog = $1 AND m.source = $3
                                                AND m.status IN ('conflicted', 'ready'))
                                  AND NOT EXISTS (SELECT FROM merges m
                                                  WHERE m.catalog = $1 AND m.target = $3
                                                    AND m.status IN ('conflicted', 'ready'))
                                  AS unused
                       ),
                       deleted AS (
                           DELETE FROM branches b USING checked
                           WHERE b.key = $2 AND checked.unused RETURNING b.key
                       )
                       SELECT unused, EXISTS (SELECT FROM deleted) FROM checked";
            let values = values![branch.catalog, branch.key, name];
            let mut answer = Answer::new(db.row(sql, values).await?);
            answer.is_in_state(ConflictReason::InUse, name)?;
            answer.done()
        })
    }
}

/// Locks the parent of a new branch exclusively. Returns the keys of its catalog and of the parent.
async fn lock_parent(
    db: &mut Connection,
    tenant: TenantId,
    catalog: &Name,
    new: &NewBranch,
) -> Result<(i64, i64), Failure> {
    let sql = formatcp!(
        "WITH {AT_CATALOG}, {EXCLUSIVELY_LOCKED_BRANCH}
         SELECT at.catalog IS NOT NULL,
                NOT EXISTS (SELECT FROM branches b WHERE b.catalog = at.catalog AND b.name = $4),
                EXISTS (SELECT FROM branches b WHERE b.catalog = at.catalog AND b.name = $3),
                locked.branch IS NOT NULL, locked.catalog, locked.branch
         FROM at LEFT JOIN locked ON TRUE"
    );
    let row = db.row(sql, values![tenant, catalog, &new.parent, &new.name]).await?;
    let mut answer = Answer::new(row);
    answer.catalog(tenant, catalog)?;
    answer.holds(|| StoreError::already_exists(Entity::Branch, &new.name))?;
    answer.holds(|| StoreError::not_found(Entity::Branch, &new.parent))?;
    answer.read(|row, at| Ok((row.get(at)?, row.get(at + 1)?)))
}

/// Reads name, kind, parent and head of a branch. The first one is column `at`.
pub(super) fn read(row: &Row, at: usize) -> sqlx::Result<Branch> {
    Ok(Branch {
        name: row.get(at)?,
        kind: row.get(at + 1)?,
        parent: row.get(at + 2)?,
        head: row.get(at + 3)?,
    })
}
