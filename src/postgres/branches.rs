use async_trait::async_trait;

use super::address::{at_catalog, catalog_key, held_alone};
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

/// Copies a branch: the parent `$1` of the catalog `$2`, which is held alone, to one of name `$3`, folded
/// `$4`, kind `$5`, if the namespaces `$6` are there. `$assets` joins what of its assets is copied. All
/// parts of the statement see the same state.
macro_rules! copy {
    ($assets:literal) => {
        concat!(
            "WITH parent AS (SELECT p.key, p.name, p.head FROM branches p WHERE p.key = $1),
             missing AS (
                 SELECT given.path FROM unnest($6) AS given (path)
                 WHERE NOT EXISTS (SELECT FROM namespaces n
                                   WHERE n.catalog = $2 AND n.path = given.path)
                 LIMIT 1
             ),
             born AS (
                 INSERT INTO branches (catalog, name, folded, kind, parent, head)
                 SELECT $2, $3, $4, $5, parent.name, parent.head FROM parent
                 WHERE NOT EXISTS (SELECT FROM missing)
                 ON CONFLICT DO NOTHING RETURNING key
             ),
             copied AS (
                 SELECT born.key AS branch, a.id, a.tenant, a.catalog, a.namespace, a.name, a.folded,
                        a.kind, a.location, a.metadata_location, a.properties
                 FROM born ",
            $assets,
            "),
             assets_of_it AS (
                 INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind,
                                     location, metadata_location, properties)
                 SELECT branch, id, tenant, catalog, namespace, name, folded, kind, location,
                        metadata_location, properties
                 FROM copied
             ),
             bases_of_it AS (
                 INSERT INTO asset_bases (branch, id, namespace, name, kind, location,
                                          metadata_location, properties)
                 SELECT branch, id, namespace, name, kind, location, metadata_location, properties
                 FROM copied
             )
             SELECT (SELECT path FROM missing), EXISTS (SELECT FROM born), parent.head FROM parent"
        )
    };
}

/// Copies all assets.
const COPY_ALL: &str = copy!("JOIN assets a ON a.branch = $1");

/// Copies the assets in or below the namespaces `$6`: those with its key, or its key with the separator
/// U+001F, which sorts before all that a name holds, and more behind it. A namespace that lies in another
/// one of them adds nothing.
const COPY_SOME: &str = copy!(
    "CROSS JOIN (
         SELECT given.path FROM unnest($6) AS given (path)
         WHERE NOT EXISTS (SELECT FROM unnest($6) AS outer_one (path)
                           WHERE starts_with(given.path, outer_one.path || chr(31)))
     ) given
     JOIN assets a ON a.branch = $1 AND a.namespace >= given.path
                  AND a.namespace < given.path || ' '"
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
            let (catalog, parent_key) = hold_parent(db, tenant, catalog, branch).await?;
            let values = values![parent_key, catalog, name, fold(name), kind, &namespaces];
            let mut answer = Answer::new(db.row(copy, values).await?);
            let missing: Option<NamespacePath> = answer.next()?;
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
        let sql = concat!(
            "SELECT b.name, b.kind, b.parent, b.head FROM branches b WHERE b.catalog = ",
            catalog_key!(),
            " AND b.name > coalesce($3, '') ORDER BY b.name LIMIT $4"
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
                       gone AS (
                           DELETE FROM branches b USING checked
                           WHERE b.key = $2 AND checked.unused RETURNING b.key
                       )
                       SELECT unused, EXISTS (SELECT FROM gone) FROM checked";
            let values = values![branch.catalog, branch.key, name];
            let mut answer = Answer::new(db.row(sql, values).await?);
            answer.is_in_state(ConflictReason::InUse, name)?;
            answer.done()
        })
    }
}

/// Holds the parent of a new branch alone; returns the keys of its catalog and of it.
async fn hold_parent(
    db: &mut Connection,
    tenant: TenantId,
    catalog: &Name,
    new: &NewBranch,
) -> Result<(i64, i64), Failure> {
    let sql = concat!(
        "WITH ",
        at_catalog!(),
        ", ",
        held_alone!(),
        " SELECT at.catalog IS NOT NULL,
                 NOT EXISTS (SELECT FROM branches b WHERE b.catalog = at.catalog AND b.name = $4),
                 EXISTS (SELECT FROM branches b WHERE b.catalog = at.catalog AND b.name = $3),
                 held.branch IS NOT NULL, held.catalog, held.branch
          FROM at LEFT JOIN held ON TRUE"
    );
    let row = db.row(sql, values![tenant, catalog, &new.parent, &new.name]).await?;
    let mut answer = Answer::new(row);
    answer.catalog(tenant, catalog)?;
    answer.holds(|| StoreError::already_exists(Entity::Branch, &new.name))?;
    answer.holds(|| StoreError::not_found(Entity::Branch, &new.parent))?;
    answer.read(|row, at| Ok((row.get(at)?, row.get(at + 1)?)))
}

/// Reads name, kind, parent and head, which begin at that column.
pub(super) fn read(row: &Row, at: usize) -> sqlx::Result<Branch> {
    Ok(Branch {
        name: row.get(at)?,
        kind: row.get(at + 1)?,
        parent: row.get(at + 2)?,
        head: row.get(at + 3)?,
    })
}
