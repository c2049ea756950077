use async_trait::async_trait;
use bson::oid::ObjectId;
use bson::{Document, doc};
use futures_util::TryStreamExt;
use mongodb::options::ReadConcern;

use super::address::{self, BranchAt, CatalogAt};
use super::error::Undecodable;
use super::leftovers::{Owner, keep, note};
use super::query::after;
use super::queue::Guard;
use super::schema::{ASSETS, BRANCHES, CATALOGS, LEFTOVERS, MERGES, NAMESPACES};
use super::transaction::{Failure, OrTaken, Transaction, transaction};
use super::value::Fields;
use super::{MongoStore, business_metadata};
use crate::search::fold;
use crate::store::Branches;
use crate::{
    Branch, BranchRef, ConflictReason, Entity, Name, NamespacePath, NewBranch, Page, Result,
    SmallSet, StoreError, TenantId,
};

#[async_trait]
impl Branches for MongoStore {
    async fn create_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        branch: &NewBranch,
    ) -> Result<Branch> {
        let mut copies = Vec::new();
        let outcome = transaction!(self, [Guard::branch(tenant, catalog, &branch.parent)], |txn| {
            // Before the transaction's first read, so that it sees the record.
            let key = ObjectId::new();
            copies.push(key);
            self.note_copy(key).await?;
            let parent = touch_parent(txn, tenant, catalog, branch).await?;
            let NewBranch { name, kind, parent: parent_name, namespaces } = branch;
            let branch = Branch {
                name: name.clone(),
                kind: *kind,
                parent: Some(parent_name.clone()),
                head: parent.branch.head,
            };
            let row = row(parent.catalog, catalog, key, &branch);
            txn.insert(BRANCHES, row).await.or_taken(Entity::Branch, name)?;
            if let Some(namespaces) = namespaces {
                check_namespaces(txn, parent.catalog, namespaces).await?;
            }
            self.copy_assets(parent.key, key, namespaces.as_ref()).await?;
            keep(txn, key).await?;
            Ok(branch)
        });
        let last = copies.pop_if(|_| !matches!(outcome, Err(ref error) if is_refusal(error)));
        self.discard(Owner::Branch, &copies).await;
        match (outcome, last) {
            (Err(error), Some(key)) => self.created_after_all(key).await.ok_or(error),
            (outcome, _) => outcome,
        }
    }

    async fn get_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        name: &Name,
    ) -> Result<Option<Branch>> {
        self.get(BRANCHES, address::branch_named(tenant, catalog, name), read).await
    }

    async fn list_branches(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Branch>> {
        let filter = after(doc! { "tenant": tenant, "catalog_name": catalog }, "name", page);
        self.list(BRANCHES, filter, doc! { "name": 1 }, page, read).await
    }

    async fn delete_branch(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()> {
        let on = BranchRef { catalog: catalog.clone(), branch: name.clone() };
        let key = transaction!(self, [Guard::Branch(tenant, on.clone())], |txn| {
            let branch = address::branch(txn, tenant, &on).await?;
            if name.as_str() == Branch::MAIN {
                return Err(StoreError::conflict(ConflictReason::Protected, name).into());
            }
            let sides = [doc! { "open_source": name }, doc! { "open_target": name }];
            let open = doc! { "catalog": branch.catalog.key, "$or": sides };
            if txn.any(MERGES, open).await? {
                return Err(StoreError::conflict(ConflictReason::InUse, name).into());
            }
            business_metadata::forget_all_of(txn, tenant, "branch", branch.key).await?;
            txn.delete_all(BRANCHES, doc! { "_id": branch.key }).await?;
            txn.insert(LEFTOVERS, note(Owner::Branch, branch.key)).await?;
            Ok(branch.key)
        })?;
        self.discard(Owner::Branch, &[key]).await;
        Ok(())
    }
}

/// Finds the branch that a new one is created from, and guards it: until the transaction ends no other
/// call can write to it, so its content stays what the transaction has read.
async fn touch_parent(
    txn: &mut Transaction,
    tenant: TenantId,
    catalog: &Name,
    new: &NewBranch,
) -> Result<BranchAt, Failure> {
    let parent = address::branch_named(tenant, catalog, &new.parent);
    if let Some(row) = txn.touch(BRANCHES, parent).await? {
        return address::branch_at(tenant, &row);
    }
    if !txn.any(CATALOGS, address::named(tenant, catalog)).await? {
        return Err(address::missing(txn, tenant, Entity::Catalog, catalog).await?.into());
    }
    if txn.any(BRANCHES, address::branch_named(tenant, catalog, &new.name)).await? {
        return Err(StoreError::already_exists(Entity::Branch, &new.name).into());
    }
    Err(StoreError::not_found(Entity::Branch, &new.parent).into())
}

async fn check_namespaces(
    txn: &mut Transaction,
    catalog: CatalogAt,
    namespaces: &SmallSet<NamespacePath>,
) -> Result<(), Failure> {
    let paths: Vec<&NamespacePath> = namespaces.items().iter().collect();
    let found = doc! { "catalog": catalog.key, "path": { "$in": &paths } };
    let stages = [doc! { "$match": found }, doc! { "$project": { "path": 1 } }];
    let rows = txn.all(NAMESPACES, stages).await?;
    let found = rows.iter().map(|row| row.read("path"));
    let found = found.collect::<Result<Vec<NamespacePath>, _>>()?;
    match paths.into_iter().find(|path| !found.contains(path)) {
        Some(path) => Err(StoreError::not_found(Entity::Namespace, path).into()),
        None => Ok(()),
    }
}

fn is_refusal(error: &StoreError) -> bool {
    !matches!(error, StoreError::Backend { .. })
}

impl MongoStore {
    /// The branch with that key, if the transaction that creates it took effect although the database did not
    /// say so. If it did not, its copy is deleted. If that cannot be found out, the record of the copy stays,
    /// and the next opening finds out.
    async fn created_after_all(&self, key: ObjectId) -> Option<Branch> {
        if self.doom(key).await.ok()? {
            self.discard(Owner::Branch, &[key]).await;
            return None;
        }
        self.get(BRANCHES, doc! { "_id": key }, read).await.ok()?
    }

    /// Copies the assets of one branch to the key of another one, also as its bases.
    ///
    /// The server copies them itself. It cannot do so in a transaction, and need not: the caller's
    /// transaction guards the source, and no call reads the copy before the caller's branch is committed.
    /// The reads are local, because what the caller's transaction has read may not have reached a majority
    /// yet; it has when that transaction is committed.
    async fn copy_assets(
        &self,
        from: ObjectId,
        to: ObjectId,
        namespaces: Option<&SmallSet<NamespacePath>>,
    ) -> Result<()> {
        let mut filter = doc! { "branch": from, "content.name": { "$gt": "" } };
        if let Some(namespaces) = namespaces {
            let within: Vec<Document> = namespaces.items().iter().map(within).collect();
            if within.is_empty() {
                return Ok(());
            }
            filter.insert("$or", within);
        }
        let copy = doc! {
            "_id": 0, "branch": to, "asset": 1, "tenant": 1, "catalog": 1, "folded": 1,
            "content": 1, "base": "$content",
        };
        let merge = doc! {
            "into": ASSETS, "on": ["branch", "asset"],
            "whenMatched": "fail", "whenNotMatched": "insert",
        };
        let pipeline =
            [doc! { "$match": filter }, doc! { "$project": copy }, doc! { "$merge": merge }];
        let collection = self.collection(ASSETS);
        let rows = collection.aggregate(pipeline).read_concern(ReadConcern::local()).await?;
        rows.try_for_each(async |_| Ok(())).await?;
        Ok(())
    }
}

/// Matches what is in or below a namespace: its key, and its key followed by the separator U+001F, which
/// sorts before every character of a name, and anything.
fn within(namespace: &NamespacePath) -> Document {
    let key = namespace.to_key();
    let end = format!("{key} ");
    doc! { "content.namespace": { "$gte": key, "$lt": end } }
}

/// The document of a branch.
pub(super) fn row(at: CatalogAt, catalog: &Name, key: ObjectId, branch: &Branch) -> Document {
    let Branch { name, kind, parent, head } = branch;
    doc! {
        "_id": key, "tenant": at.tenant, "catalog": at.key, "catalog_name": catalog, "name": name,
        "folded": fold(name), "kind": kind, "parent": parent, "head": head, "touched": 0_i64,
    }
}

pub(super) fn read(row: &Document) -> Result<Branch, Undecodable> {
    Ok(Branch {
        name: row.read("name")?,
        kind: row.read("kind")?,
        parent: row.read("parent")?,
        head: row.read("head")?,
    })
}
