//! Branches: the table `branches`. A new branch gets a copy of its parent's assets.

use async_trait::async_trait;
use rusqlite::{Connection, Row};

use super::address::{self, BranchAt, CatalogAt};
use super::column::AsJson;
use super::statement::Statements;
use super::{SqliteStore, business_metadata};
use crate::search::fold;
use crate::store::Branches;
use crate::{
    Branch, BranchRef, ConflictReason, Entity, Name, NamespacePath, NewBranch, Page, Result,
    SmallSet, StoreError, TenantId,
};

#[async_trait]
impl Branches for SqliteStore {
    async fn create_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        branch: &NewBranch,
    ) -> Result<Branch> {
        let (catalog, new) = (catalog.clone(), branch.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            if get(db, catalog, &new.name)?.is_some() {
                return Err(StoreError::already_exists(Entity::Branch, &new.name));
            }
            let (parent, _) = find(db, catalog, &new.parent)?;
            if let Some(namespaces) = &new.namespaces {
                check_namespaces(db, catalog, namespaces)?;
            }
            let NewBranch { name, kind, parent: parent_name, namespaces } = new;
            let branch = Branch { name, kind, parent: Some(parent_name), head: parent.head };
            let key = insert(db, catalog, &branch)?;
            copy_assets(db, parent.key, key, namespaces.as_ref())?;
            Ok(branch)
        })
        .await
    }

    async fn get_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        name: &Name,
    ) -> Result<Option<Branch>> {
        let (catalog, name) = (catalog.clone(), name.clone());
        self.read(move |db| {
            let sql = "SELECT b.name, b.kind, b.parent, b.head
                       FROM catalogs c JOIN branches b ON b.catalog = c.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND b.name = ?3";
            Ok(db.first(sql, (tenant, catalog, name), |row| read(row, 0))?)
        })
        .await
    }

    async fn list_branches(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Branch>> {
        let (catalog, page) = (catalog.clone(), page.clone());
        self.read(move |db| {
            let sql = "SELECT b.name, b.kind, b.parent, b.head
                       FROM catalogs c JOIN branches b ON b.catalog = c.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND b.name > coalesce(?3, '')
                       ORDER BY b.name LIMIT ?4";
            Ok(db.all(sql, (tenant, catalog, page.after, page.limit), |row| read(row, 0))?)
        })
        .await
    }

    async fn delete_branch(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()> {
        let on = BranchRef { catalog: catalog.clone(), branch: name.clone() };
        self.write(move |db| {
            let branch = address::branch(db, tenant, &on)?;
            let name = &on.branch;
            if name.as_str() == Branch::MAIN {
                return Err(StoreError::conflict(ConflictReason::Protected, name));
            }
            let open = "SELECT 1 FROM merges
                        WHERE catalog = ?1 AND source = ?2 AND status IN ('conflicted', 'ready')
                        UNION ALL
                        SELECT 1 FROM merges
                        WHERE catalog = ?1 AND target = ?2 AND status IN ('conflicted', 'ready')";
            if db.any(open, (branch.catalog.key, name))? {
                return Err(StoreError::conflict(ConflictReason::InUse, name));
            }
            business_metadata::forget_assets_of_branch(db, branch)?;
            db.run("DELETE FROM branches WHERE key = ?1", [branch.key])?;
            Ok(())
        })
        .await
    }
}

/// Finds the branch with this name, if it exists.
pub(super) fn get(
    db: &Connection,
    catalog: CatalogAt,
    name: &Name,
) -> Result<Option<(BranchAt, Branch)>> {
    let sql = "SELECT name, kind, parent, head, key FROM branches WHERE catalog = ?1 AND name = ?2";
    let found = db.first(sql, (catalog.key, name), |row| {
        let branch = read(row, 0)?;
        Ok((BranchAt::new(catalog, row.get(4)?, &branch.name, branch.head), branch))
    })?;
    Ok(found)
}

/// Finds the branch with this name; fails if it does not exist.
pub(super) fn find(db: &Connection, catalog: CatalogAt, name: &Name) -> Result<(BranchAt, Branch)> {
    get(db, catalog, name)?.ok_or_else(|| StoreError::not_found(Entity::Branch, name))
}

/// Stores a branch without assets, and returns its key.
pub(super) fn insert(db: &Connection, catalog: CatalogAt, branch: &Branch) -> Result<i64> {
    let sql = "INSERT INTO branches (catalog, name, folded, kind, parent, head)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Branch { name, kind, parent, head } = branch;
    db.run(sql, (catalog.key, name, fold(name), kind, parent, head))?;
    Ok(db.last_insert_rowid())
}

fn check_namespaces(
    db: &Connection,
    catalog: CatalogAt,
    namespaces: &SmallSet<NamespacePath>,
) -> Result<()> {
    namespaces.items().iter().try_for_each(|path| catalog.namespace(db, path))
}

/// Copies the assets of the branch `from` to the branch `to`, which has none, as its assets and as its
/// bases.
fn copy_assets(
    db: &Connection,
    from: i64,
    to: i64,
    namespaces: Option<&SmallSet<NamespacePath>>,
) -> Result<()> {
    match namespaces {
        None => db.run(
            "INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind,
                                 location, metadata_location, properties)
             SELECT ?2, id, tenant, catalog, namespace, name, folded, kind,
                    location, metadata_location, properties
             FROM assets WHERE branch = ?1",
            (from, to),
        )?,
        // The key of a namespace below begins with the key of the outer one and the separator U+001F.
        // The separator sorts directly before the space, and before all characters of a name, so that
        // one range of keys holds both.
        Some(namespaces) => db.run(
            "INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind,
                                 location, metadata_location, properties)
             SELECT ?2, a.id, a.tenant, a.catalog, a.namespace, a.name, a.folded, a.kind,
                    a.location, a.metadata_location, a.properties
             FROM json_each(?3) given CROSS JOIN assets a
             WHERE a.branch = ?1 AND a.namespace >= given.value
               AND a.namespace < given.value || char(32)",
            (from, to, AsJson(outermost(namespaces))),
        )?,
    };
    db.run(
        "INSERT INTO asset_bases (branch, id, namespace, name, kind, location, metadata_location,
                                  properties)
         SELECT branch, id, namespace, name, kind, location, metadata_location, properties
         FROM assets WHERE branch = ?1",
        [to],
    )?;
    Ok(())
}

/// The keys of those of the given namespaces that are not inside another one of them.
fn outermost(namespaces: &SmallSet<NamespacePath>) -> Vec<String> {
    let mut outermost: Vec<&NamespacePath> = Vec::new();
    // The namespaces are sorted: those inside a namespace directly follow it.
    for path in namespaces.items() {
        if !outermost.last().is_some_and(|last| path.is_within(last)) {
            outermost.push(path);
        }
    }
    outermost.into_iter().map(NamespacePath::to_key).collect()
}

/// Reads name, kind, parent and head. The first one is column `at`.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Branch> {
    Ok(Branch {
        name: row.get(at)?,
        kind: row.get(at + 1)?,
        parent: row.get(at + 2)?,
        head: row.get(at + 3)?,
    })
}
