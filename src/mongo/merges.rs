use async_trait::async_trait;
use bson::oid::ObjectId;
use bson::{Bson, Document, doc};

use super::address::{self, BranchAt, CatalogAt, branch_named};
use super::error::Undecodable;
use super::namespaces::in_catalog;
use super::query::{after, into_rows, page_of};
use super::queue::Guard;
use super::schema::{ASSETS, BRANCHES, CATALOGS, MERGE_CONFLICTS, MERGES};
use super::transaction::{Failure, OrTaken, Transaction, transaction};
use super::value::Fields;
use super::{MongoStore, apply, commits, merge_input};
use crate::merge::plan;
use crate::store::Merges;
use crate::{
    BranchKind, BranchRef, ConflictId, ConflictReason, Entity, MergeCommit, MergeConflict, MergeId,
    MergeKey, MergeOperation, MergeStatus, Name, NewConflict, NewMerge, Page, Resolution,
    ResolutionChoice, Result, StoreError, TenantId, Timestamp,
};

#[async_trait]
impl Merges for MongoStore {
    async fn begin_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: &NewMerge,
    ) -> Result<MergeOperation> {
        transaction!(
            self,
            [
                Guard::branch(tenant, catalog, &merge.source),
                Guard::branch(tenant, catalog, &merge.target)
            ],
            |txn| {
                let source = touch_side(txn, tenant, catalog, merge, &merge.source).await?;
                let target = touch_side(txn, tenant, catalog, merge, &merge.target).await?;
                let open = open_or_of_that_id(txn, source.catalog, merge).await?;
                let from = &source.branch;
                if from.kind != BranchKind::Ingest || from.parent.as_ref() != Some(&merge.target) {
                    return Err(conflict(ConflictReason::NotMergeable, &merge.source));
                }
                if open {
                    return Err(conflict(ConflictReason::IllegalState, &merge.source));
                }
                let found =
                    plan(&merge_input::load(txn, &source, &target, None).await?).found(merge.id);
                let (from, onto) = (source.branch.head, target.branch.head);
                let merge = merge.begun(from, onto, !found.is_empty());
                let key = ObjectId::new();
                txn.insert(MERGES, row(source.catalog, key, &merge)).await?;
                let found = found.values().map(|found| conflict_row(source.catalog, key, found));
                txn.insert_all(MERGE_CONFLICTS, found.collect()).await?;
                Ok(merge)
            }
        )
    }

    async fn report_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: &NewConflict,
    ) -> Result<()> {
        let new = MergeConflict::from(conflict.clone());
        transaction!(self, [Guard::Catalog(tenant, catalog.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, catalog).await?;
            let (key, merge) = find(txn, catalog, merge).await?;
            let row = conflict_row(catalog, key, &new);
            txn.insert(MERGE_CONFLICTS, row).await.or_taken(Entity::Conflict, new.id)?;
            if !touch_side_with(txn, catalog, &merge, &new).await? {
                return Err(StoreError::not_found(Entity::Asset, new.asset).into());
            }
            merge.check_open()?;
            set_status(txn, key, MergeStatus::Conflicted).await
        })
    }

    async fn resolve_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
        resolution: &Resolution,
    ) -> Result<MergeConflict> {
        transaction!(self, [Guard::Catalog(tenant, catalog.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, catalog).await?;
            let (key, merge) = find(txn, catalog, merge).await?;
            let this = doc! { "merge": key, "id": conflict };
            let Some(before) = txn.first(MERGE_CONFLICTS, this.clone()).await? else {
                return Err(StoreError::not_found(Entity::Conflict, conflict).into());
            };
            let before = read_conflict(&before)?;
            if let ResolutionChoice::Manual { asset } = &resolution.choice {
                catalog.check_namespace(txn, &asset.namespace).await?;
                before.check_manual(asset)?;
            }
            merge.check_open()?;
            let resolve = doc! { "$set": { "resolution": resolution } };
            txn.change(MERGE_CONFLICTS, this, resolve).await?;
            let unresolved = doc! { "merge": key, "resolution": Bson::Null };
            if !txn.any(MERGE_CONFLICTS, unresolved).await? {
                set_status(txn, key, MergeStatus::Ready).await?;
            }
            Ok(MergeConflict { resolution: Some(resolution.clone()), ..before })
        })
    }

    async fn complete_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        commit: &MergeCommit,
    ) -> Result<MergeOperation> {
        let name = catalog;
        transaction!(self, [Guard::Catalog(tenant, name.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, name).await?;
            let (key, merge) = find(txn, catalog, merge).await?;
            if txn.any(super::schema::COMMITS, commits::by_id(catalog.key, commit.id)).await? {
                return Err(StoreError::already_exists(Entity::Commit, commit.id).into());
            }
            if merge.status != MergeStatus::Ready {
                return Err(conflict(ConflictReason::IllegalState, merge.id));
            }
            let on = |branch: &Name| BranchRef { catalog: name.clone(), branch: branch.clone() };
            let source = address::branch(txn, tenant, &on(&merge.source)).await?;
            let target = address::branch(txn, tenant, &on(&merge.target)).await?;
            let plan = plan(&merge_input::load(txn, &source, &target, Some(key)).await?);
            if !plan.conflicts.is_empty() {
                return Err(conflict(ConflictReason::Unresolved, merge.id));
            }
            let commit = commit.on(target.branch.head, plan.operations);
            apply::apply(txn, &target, &commit.operations).await?;
            commits::store_links(txn, catalog, &commit).await?;
            commits::store_bodies(txn, catalog, &commit).await?;
            let advance = doc! { "$set": { "head": commit.id } };
            txn.change(BRANCHES, doc! { "_id": target.key }, advance).await?;
            merge_input::remember_content(txn, &source).await?;
            let merge = merge.completed(&commit);
            end(txn, key, &merge).await?;
            Ok(merge)
        })
    }

    async fn abort_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        at: Timestamp,
    ) -> Result<MergeOperation> {
        transaction!(self, [Guard::Catalog(tenant, catalog.clone())], |txn| {
            let (catalog, _) = address::catalog(txn, tenant, catalog).await?;
            let (key, merge) = find(txn, catalog, merge).await?;
            let merge = merge.aborted(at)?;
            end(txn, key, &merge).await?;
            Ok(merge)
        })
    }

    async fn get_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
    ) -> Result<Option<MergeOperation>> {
        let this = vec![doc! { "$match": { "id": merge } }];
        self.first(CATALOGS, in_catalog(tenant, catalog, MERGES, this), read).await
    }

    async fn list_merges(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<MergeKey>,
    ) -> Result<Vec<MergeOperation>> {
        let mut merges = doc! {};
        if let Some(MergeKey { initiated_at, id }) = page.after {
            let later = doc! { "initiated_at": { "$gt": initiated_at } };
            let same = doc! { "initiated_at": initiated_at, "id": { "$gt": id } };
            merges.insert("$or", [later, same]);
        }
        let merges = page_of(merges, doc! { "initiated_at": 1, "id": 1 }, page);
        self.all(CATALOGS, in_catalog(tenant, catalog, MERGES, merges), read).await
    }

    async fn get_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
    ) -> Result<Option<MergeConflict>> {
        let this = vec![doc! { "$match": { "id": conflict } }];
        self.first(CATALOGS, in_merge(tenant, catalog, merge, this), read_conflict).await
    }

    async fn list_conflicts(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        page: &Page<ConflictId>,
    ) -> Result<Vec<MergeConflict>> {
        let conflicts = page_of(after(doc! {}, "id", page), doc! { "id": 1 }, page);
        self.all(CATALOGS, in_merge(tenant, catalog, merge, conflicts), read_conflict).await
    }
}

/// The stages that lead from catalogs to what `pipeline` yields of the conflicts of a merge.
fn in_merge(
    tenant: TenantId,
    catalog: &Name,
    merge: MergeId,
    pipeline: Vec<Document>,
) -> Vec<Document> {
    let this = vec![doc! { "$match": { "id": merge } }];
    let mut stages = in_catalog(tenant, catalog, MERGES, this);
    stages.extend(into_rows(MERGE_CONFLICTS, "_id", "merge", pipeline));
    stages
}

/// Finds one of the branches of a new merge, and guards it.
async fn touch_side(
    txn: &mut Transaction,
    tenant: TenantId,
    catalog: &Name,
    merge: &NewMerge,
    branch: &Name,
) -> Result<BranchAt, Failure> {
    if let Some(row) = txn.touch(BRANCHES, branch_named(tenant, catalog, branch)).await? {
        return address::branch_at(tenant, &row);
    }
    let Some(row) = txn.first(CATALOGS, address::named(tenant, catalog)).await? else {
        return Err(address::missing(txn, tenant, Entity::Catalog, catalog).await?.into());
    };
    open_or_of_that_id(txn, CatalogAt { tenant, key: row.read("_id")? }, merge).await?;
    Err(StoreError::not_found(Entity::Branch, branch).into())
}

/// Whether another merge of the source is open.
///
/// # Errors
/// `AlreadyExists` when there is one with that id, open or ended.
async fn open_or_of_that_id(
    txn: &mut Transaction,
    catalog: CatalogAt,
    merge: &NewMerge,
) -> Result<bool, Failure> {
    let either = [doc! { "id": merge.id }, doc! { "open_source": &merge.source }];
    let either = doc! { "catalog": catalog.key, "$or": either };
    let stages = [doc! { "$match": either }, doc! { "$project": { "id": 1 } }];
    let found = txn.all(MERGES, stages).await?;
    for row in &found {
        if row.read::<MergeId>("id")? == merge.id {
            return Err(StoreError::already_exists(Entity::Merge, merge.id).into());
        }
    }
    Ok(!found.is_empty())
}

/// Whether source or target holds the asset of a conflict; guards the branch that does.
async fn touch_side_with(
    txn: &mut Transaction,
    catalog: CatalogAt,
    merge: &MergeOperation,
    conflict: &MergeConflict,
) -> Result<bool, Failure> {
    let names = doc! { "$in": [&merge.source, &merge.target] };
    let held = doc! { "asset": conflict.asset, "content": { "$exists": true } };
    let mut stages = vec![doc! { "$match": { "catalog": catalog.key, "name": names } }];
    let row = [doc! { "$match": held }, doc! { "$limit": 1 }, doc! { "$project": { "_id": 1 } }];
    stages.push(doc! { "$lookup": {
        "from": ASSETS, "localField": "_id", "foreignField": "branch", "pipeline": row.to_vec(),
        "as": "row",
    } });
    stages.extend([doc! { "$match": { "row": { "$ne": [] } } }, doc! { "$limit": 1 }]);
    let Some(branch) = txn.all(BRANCHES, stages).await?.pop() else { return Ok(false) };
    address::touch_found(txn, catalog.tenant, &branch).await
}

/// Finds a merge and guards it.
async fn find(
    txn: &mut Transaction,
    catalog: CatalogAt,
    merge: MergeId,
) -> Result<(ObjectId, MergeOperation), Failure> {
    match txn.touch(MERGES, doc! { "catalog": catalog.key, "id": merge }).await? {
        Some(row) => Ok((row.read("_id")?, read(&row)?)),
        None => Err(StoreError::not_found(Entity::Merge, merge).into()),
    }
}

fn conflict(reason: ConflictReason, key: impl std::fmt::Display) -> Failure {
    StoreError::conflict(reason, key).into()
}

async fn set_status(
    txn: &mut Transaction,
    merge: ObjectId,
    status: MergeStatus,
) -> Result<(), Failure> {
    txn.change(MERGES, doc! { "_id": merge }, doc! { "$set": { "status": status } }).await?;
    Ok(())
}

async fn end(txn: &mut Transaction, key: ObjectId, merge: &MergeOperation) -> Result<(), Failure> {
    let MergeOperation { status, completed_at, result_commit, .. } = merge;
    let update = doc! {
        "$set": {
            "status": status, "completed_at": completed_at, "result_commit": result_commit,
        },
        "$unset": { "open_source": "", "open_target": "" },
    };
    txn.change(MERGES, doc! { "_id": key }, update).await?;
    Ok(())
}

/// The document of an open merge.
fn row(catalog: CatalogAt, key: ObjectId, merge: &MergeOperation) -> Document {
    let MergeOperation { source, target, .. } = merge;
    doc! {
        "_id": key, "catalog": catalog.key, "id": merge.id, "source": source, "target": target,
        "initiated_by": merge.initiated_by, "initiated_at": merge.initiated_at,
        "status": merge.status, "source_head": merge.source_head, "target_head": merge.target_head,
        "open_source": source, "open_target": target,
    }
}

fn conflict_row(catalog: CatalogAt, merge: ObjectId, conflict: &MergeConflict) -> Document {
    let MergeConflict { id, asset, kind, resolution } = conflict;
    doc! {
        "merge": merge, "catalog": catalog.key, "id": id, "asset": asset, "kind": kind,
        "resolution": resolution,
    }
}

fn read(row: &Document) -> Result<MergeOperation, Undecodable> {
    Ok(MergeOperation {
        id: row.read("id")?,
        source: row.read("source")?,
        target: row.read("target")?,
        initiated_by: row.read("initiated_by")?,
        initiated_at: row.read("initiated_at")?,
        status: row.read("status")?,
        completed_at: row.read("completed_at")?,
        result_commit: row.read("result_commit")?,
        source_head: row.read("source_head")?,
        target_head: row.read("target_head")?,
    })
}

pub(super) fn read_conflict(row: &Document) -> Result<MergeConflict, Undecodable> {
    Ok(MergeConflict {
        id: row.read("id")?,
        asset: row.read("asset")?,
        kind: row.read("kind")?,
        resolution: row.read("resolution")?,
    })
}
