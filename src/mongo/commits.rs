use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::address::{self, CatalogAt, branch_named};
use super::error::Undecodable;
use super::query::into_rows;
use super::queue::Guard;
use super::schema::{BRANCHES, CATALOGS, COMMIT_BODIES, COMMITS};
use super::transaction::{Failure, OrTaken, Transaction, transaction};
use super::value::{AsJson, Fields, json};
use super::{MongoStore, apply};
use crate::store::Commits;
use crate::{
    BranchRef, Commit, CommitId, CommitOperation, ConflictReason, Entity, HistoryStart, Name,
    NewCommit, Result, StoreError, TenantId, Text, Timestamp,
};

/// About how many bytes of operations one document gets, which may have 16 MiB.
const PART_BYTES: usize = 4 * 1024 * 1024;

#[async_trait]
impl Commits for MongoStore {
    async fn commit(&self, tenant: TenantId, on: &BranchRef, commit: &NewCommit) -> Result<()> {
        let commit = Commit::from(commit.clone());
        let advance = doc! { "$set": { "head": commit.id }, "$inc": { "touched": 1_i64 } };
        transaction!(self, [Guard::Branch(tenant, on.clone())], |txn| {
            let this = branch_named(tenant, &on.catalog, &on.branch);
            let branch = match txn.swap(BRANCHES, this, advance.clone()).await? {
                Some(row) => address::branch_at(tenant, &row)?,
                None => return Err(missing(txn, tenant, on).await?.into()),
            };
            store_links(txn, branch.catalog, &commit).await?;
            apply::apply(txn, &branch, &commit.operations).await?;
            if commit.parent != branch.branch.head {
                return Err(StoreError::conflict(ConflictReason::Stale, on).into());
            }
            store_bodies(txn, branch.catalog, &commit).await
        })
    }

    async fn get_commit(
        &self,
        tenant: TenantId,
        catalog: &Name,
        commit: CommitId,
    ) -> Result<Option<Commit>> {
        let mut pipeline = vec![doc! { "$match": address::named(tenant, catalog) }];
        pipeline.push(doc! { "$project": { "of": { "catalog": "$_id", "id": commit } } });
        pipeline.extend(into_rows(COMMITS, "of", "_id", vec![]));
        pipeline.extend(with_bodies());
        let parts = self.all(CATALOGS, pipeline, read_part).await?;
        Ok(assemble(parts).pop())
    }

    async fn commit_history(
        &self,
        tenant: TenantId,
        catalog: &Name,
        from: &HistoryStart,
        limit: NonZeroU32,
    ) -> Result<Vec<Commit>> {
        let (collection, start, newest) = match from {
            HistoryStart::Branch(branch) => {
                let newest = doc! { "catalog": "$catalog", "id": "$head" };
                (BRANCHES, branch_named(tenant, catalog, branch), newest)
            }
            HistoryStart::Commit(commit) => {
                let newest = doc! { "catalog": "$_id", "id": commit };
                (CATALOGS, address::named(tenant, catalog), newest)
            }
        };
        let history = doc! { "$graphLookup": {
            "from": COMMITS, "startWith": newest, "connectFromField": "before",
            "connectToField": "_id", "as": "commit", "maxDepth": i64::from(limit.get()) - 1,
            "depthField": "age",
        } };
        let mut pipeline = vec![
            doc! { "$match": start },
            history,
            doc! { "$unwind": "$commit" },
            doc! { "$replaceRoot": { "newRoot": "$commit" } },
            doc! { "$sort": { "age": 1 } },
        ];
        pipeline.extend(with_bodies());
        Ok(assemble(self.all(collection, pipeline, read_part).await?))
    }
}

async fn missing(
    txn: &mut Transaction,
    tenant: TenantId,
    on: &BranchRef,
) -> Result<StoreError, Failure> {
    address::missing_branch(txn, tenant, &on.catalog, &on.branch).await
}

/// The commit with that id.
pub(super) fn by_id(catalog: ObjectId, commit: CommitId) -> Document {
    doc! { "_id": key(catalog, commit) }
}

/// The key of a commit, in every collection.
fn key(catalog: ObjectId, commit: CommitId) -> Document {
    doc! { "catalog": catalog, "id": commit }
}

/// Stores the part of a commit that a history follows. This claims the id.
pub(super) async fn store_links(
    txn: &mut Transaction,
    catalog: CatalogAt,
    commit: &Commit,
) -> Result<(), Failure> {
    let Commit { id, parent, at, .. } = commit;
    let row = doc! {
        "_id": key(catalog.key, *id), "before": parent.map(|parent| key(catalog.key, parent)),
        "catalog": catalog.key, "at": at,
    };
    txn.insert(COMMITS, row).await.or_taken(Entity::Commit, id)
}

/// Stores the rest of a commit, in as many parts as it needs.
pub(super) async fn store_bodies(
    txn: &mut Transaction,
    catalog: CatalogAt,
    commit: &Commit,
) -> Result<(), Failure> {
    let Commit { id, author, message, operations, .. } = commit;
    let of = key(catalog.key, *id);
    let row = |part: i64, operations: String| {
        let mut row = doc! {
            "of": &of, "part": part, "catalog": catalog.key, "operations": format!("[{operations}]"),
        };
        if part == 0 {
            row.extend(doc! { "author": author, "message": message });
        }
        row
    };
    let (mut rows, mut part) = (Vec::new(), String::new());
    for operation in operations.iter() {
        if part.len() > PART_BYTES {
            rows.push(row(rows.len() as i64, std::mem::take(&mut part)));
        }
        if !part.is_empty() {
            part.push(',');
        }
        part.push_str(json(operation).as_str().unwrap_or_default());
    }
    rows.push(row(rows.len() as i64, part));
    Ok(txn.insert_all(COMMIT_BODIES, rows).await?)
}

/// The stages that add their bodies to commits: one document per part, in order.
fn with_bodies() -> Vec<Document> {
    let bodies = doc! { "$lookup": {
        "from": COMMIT_BODIES, "localField": "_id", "foreignField": "of",
        "pipeline": [{ "$sort": { "part": 1 } }], "as": "body",
    } };
    vec![bodies, doc! { "$unwind": "$body" }]
}

/// A commit with a part of its operations.
struct Part {
    id: CommitId,
    parent: Option<CommitId>,
    at: Timestamp,
    author: Option<Text>,
    message: Option<Text>,
    operations: Vec<CommitOperation>,
}

fn read_part(row: &Document) -> Result<Part, Undecodable> {
    let document = |field: &str| row.get(field).and_then(Bson::as_document);
    let missing = |field: &str| Undecodable { field: field.to_owned(), expected: "document" };
    let key = document("_id").ok_or_else(|| missing("_id"))?;
    let body = document("body").ok_or_else(|| missing("body"))?;
    let AsJson(operations) = body.read("operations")?;
    Ok(Part {
        id: key.read("id")?,
        parent: document("before").map(|before| before.read("id")).transpose()?,
        at: row.read("at")?,
        author: body.read("author")?,
        message: body.read("message")?,
        operations,
    })
}

/// Puts the parts of each commit together; they follow one another.
fn assemble(parts: Vec<Part>) -> Vec<Commit> {
    let mut parts = parts.into_iter().peekable();
    let mut commits = Vec::new();
    while let Some(Part { id, parent, at, author, message, mut operations }) = parts.next() {
        while let Some(part) = parts.next_if(|part| part.id == id) {
            operations.extend(part.operations);
        }
        commits.push(Commit {
            id,
            parent,
            author: author.unwrap_or_default(),
            message: message.unwrap_or_default(),
            at,
            operations: Arc::from(operations),
        });
    }
    commits
}
