//! Merges: the tables `merges` and `merge_conflicts`.

use async_trait::async_trait;
use const_format::formatcp;
use uuid::Uuid;

use super::address::{AT_CATALOG, CATALOG_KEY};
use super::answer::Answer;
use super::connection::Connection;
use super::error::Failure;
use super::locks::{self, LockedMerge};
use super::retry::transaction;
use super::statement::{Row, first_id, limit, values};
use super::{PostgresStore, commits, merge_input, operations};
use crate::merge::plan;
use crate::store::Merges;
use crate::{
    BranchKind, ConflictId, ConflictReason, Entity, MergeCommit, MergeConflict, MergeId, MergeKey,
    MergeOperation, MergeStatus, Name, NewConflict, NewMerge, Page, Resolution, ResolutionChoice,
    Result, StoreError, TenantId, Timestamp,
};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str = "\
    m.id, m.source, m.target, m.initiated_by, m.initiated_at, m.status, m.completed_at,
    m.result_commit, m.source_head, m.target_head";

#[async_trait]
impl Merges for PostgresStore {
    async fn begin_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: &NewMerge,
    ) -> Result<MergeOperation> {
        transaction!(self, |db| {
            let branches = (&merge.source, &merge.target);
            let locked = locks::source_and_target(db, tenant, catalog, branches).await?;
            must_be_mergeable(db, tenant, catalog, merge).await?;
            let (source, target) = locked.ok_or(Failure::Overtaken)?;
            let found = plan(&merge_input::load(db, source, target, None).await?).found(merge.id);
            let merge = merge.begun(source.head, target.head, !found.is_empty());
            let key = insert(db, source.catalog, &merge).await?;
            insert_conflicts(db, key, found.into_values()).await?;
            Ok(merge)
        })
    }

    async fn report_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: &NewConflict,
    ) -> Result<()> {
        let conflict = MergeConflict::from(conflict.clone());
        transaction!(self, |db| {
            let LockedMerge { key, merge, .. } = locks::merge(db, tenant, catalog, merge).await?;
            let sql = "SELECT NOT EXISTS (SELECT FROM merge_conflicts f
                                          WHERE f.merge = $1 AND f.id = $2),
                              EXISTS (SELECT FROM branches b
                                      JOIN assets a ON a.branch = b.key AND a.id = $3
                                      WHERE b.catalog = m.catalog AND b.name IN (m.source, m.target)),
                              EXISTS (SELECT FROM branches b
                                      JOIN assets a ON a.branch = b.key AND a.id = $3
                                      WHERE b.catalog = m.catalog AND b.name IN (m.source, m.target)
                                      FOR KEY SHARE OF a)
                       FROM merges m WHERE m.key = $1";
            let values = values![key, conflict.id, conflict.asset];
            let mut answer = Answer::new(db.row(sql, values).await?);
            answer.holds(|| StoreError::already_exists(Entity::Conflict, conflict.id))?;
            answer.holds(|| StoreError::not_found(Entity::Asset, conflict.asset))?;
            merge.check_open()?;
            answer.done()?;
            insert_conflicts(db, key, [conflict.clone()]).await?;
            set_status(db, key, MergeStatus::Conflicted).await
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
        transaction!(self, |db| {
            let LockedMerge { key, merge, .. } = locks::merge(db, tenant, catalog, merge).await?;
            let sql = "SELECT id, asset, kind, resolution FROM merge_conflicts
                       WHERE merge = $1 AND id = $2";
            let before = db.first(sql, values![key, conflict], read_conflict).await?;
            let before = before.ok_or_else(|| StoreError::not_found(Entity::Conflict, conflict))?;
            if let ResolutionChoice::Manual { asset } = &resolution.choice {
                let sql = "SELECT n.path
                           FROM merges m JOIN namespaces n ON n.catalog = m.catalog AND n.path = $2
                           WHERE m.key = $1 FOR KEY SHARE OF n";
                if db.row(sql, values![key, &asset.namespace]).await?.is_none() {
                    return Err(StoreError::not_found(Entity::Namespace, &asset.namespace).into());
                }
                before.check_manual(asset)?;
            }
            merge.check_open()?;
            let sql = "UPDATE merge_conflicts SET resolution = $3 WHERE merge = $1 AND id = $2";
            db.run(sql, values![key, conflict, resolution]).await?;
            let sql = "UPDATE merges SET status = 'ready'
                       WHERE key = $1
                         AND NOT EXISTS (SELECT FROM merge_conflicts f
                                         WHERE f.merge = $1 AND f.resolution IS NULL)";
            db.run(sql, values![key]).await?;
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
        transaction!(self, |db| {
            let LockedMerge { catalog: catalog_key, key, merge } =
                locks::merge(db, tenant, catalog, merge).await?;
            commits::must_be_new(db, catalog_key, commit.id).await?;
            if merge.status != MergeStatus::Ready {
                return Err(StoreError::conflict(ConflictReason::IllegalState, merge.id).into());
            }
            let branches = (&merge.source, &merge.target);
            let locked = locks::source_and_target(db, tenant, catalog, branches).await?;
            let (source, target) = locked.ok_or(Failure::Overtaken)?;
            let input = merge_input::load(db, source, target, Some(key)).await?;
            let plan = plan(&input);
            if !plan.conflicts.is_empty() {
                // After what this refusal rests on was read: a free id was free then, too.
                commits::must_be_new(db, catalog_key, commit.id).await?;
                return Err(StoreError::conflict(ConflictReason::Unresolved, merge.id).into());
            }
            let commit = commit.on(target.head, plan.operations);
            let changes = operations::work_out(db, target, &commit.operations).await?;
            operations::carry_out(db, target, &changes).await?;
            commits::store_as_head(db, target, &commit).await?;
            let merged = input.assets.into_keys().collect();
            merge_input::remember_content(db, source, merged).await?;
            let merge = merge.completed(&commit);
            end(db, key, &merge).await?;
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
        transaction!(self, |db| {
            let LockedMerge { key, merge, .. } = locks::merge(db, tenant, catalog, merge).await?;
            let merge = merge.aborted(at)?;
            end(db, key, &merge).await?;
            Ok(merge)
        })
    }

    async fn get_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
    ) -> Result<Option<MergeOperation>> {
        let sql = formatcp!(
            "SELECT {COLUMNS} FROM catalogs c JOIN merges m ON m.catalog = c.key
             WHERE c.tenant = $1 AND c.name = $2 AND m.id = $3"
        );
        self.first(sql, values![tenant, catalog, merge], read).await
    }

    async fn list_merges(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<MergeKey>,
    ) -> Result<Vec<MergeOperation>> {
        let sql = formatcp!(
            "SELECT {COLUMNS}
             FROM merges m
             WHERE m.catalog = {CATALOG_KEY} AND (m.initiated_at, m.id) > ($3, $4)
             ORDER BY m.initiated_at, m.id LIMIT $5"
        );
        let after = page.after.map_or(i64::MIN, |after| after.initiated_at.micros());
        let id = page.after.map_or(Uuid::nil(), |after| after.id.uuid());
        self.all(sql, values![tenant, catalog, after, id, limit(page.limit)], read).await
    }

    async fn get_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
    ) -> Result<Option<MergeConflict>> {
        let sql = "SELECT f.id, f.asset, f.kind, f.resolution
                   FROM catalogs c
                   JOIN merges m ON m.catalog = c.key
                   JOIN merge_conflicts f ON f.merge = m.key
                   WHERE c.tenant = $1 AND c.name = $2 AND m.id = $3 AND f.id = $4";
        self.first(sql, values![tenant, catalog, merge, conflict], read_conflict).await
    }

    async fn list_conflicts(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        page: &Page<ConflictId>,
    ) -> Result<Vec<MergeConflict>> {
        let sql = formatcp!(
            "SELECT f.id, f.asset, f.kind, f.resolution FROM merge_conflicts f
             WHERE f.merge = (SELECT m.key FROM merges m
                              WHERE m.catalog = {CATALOG_KEY} AND m.id = $3)
               AND f.id >= $4
             ORDER BY f.id LIMIT $5"
        );
        let values = values![tenant, catalog, merge, first_id(page.after), limit(page.limit)];
        self.all(sql, values, read_conflict).await
    }
}

/// Checks that a merge can begin, in the order of the contract.
async fn must_be_mergeable(
    db: &mut Connection,
    tenant: TenantId,
    catalog: &Name,
    merge: &NewMerge,
) -> Result<(), Failure> {
    let sql = formatcp!(
        "WITH {AT_CATALOG}
         SELECT at.catalog IS NOT NULL,
                NOT EXISTS (SELECT FROM merges m WHERE m.catalog = at.catalog AND m.id = $3),
                s.key IS NOT NULL, t.key IS NOT NULL,
                s.kind IS NOT DISTINCT FROM $6 AND s.parent IS NOT DISTINCT FROM $5,
                NOT EXISTS (SELECT FROM merges m
                            WHERE m.catalog = at.catalog AND m.source = $4
                              AND m.status IN ('conflicted', 'ready'))
         FROM at
         LEFT JOIN branches s ON s.catalog = at.catalog AND s.name = $4
         LEFT JOIN branches t ON t.catalog = at.catalog AND t.name = $5"
    );
    let NewMerge { id, source, target, .. } = merge;
    let values = values![tenant, catalog, id, source, target, BranchKind::Ingest];
    let mut answer = Answer::new(db.row(sql, values).await?);
    answer.catalog(tenant, catalog)?;
    answer.holds(|| StoreError::already_exists(Entity::Merge, id))?;
    answer.holds(|| StoreError::not_found(Entity::Branch, source))?;
    answer.holds(|| StoreError::not_found(Entity::Branch, target))?;
    answer.is_in_state(ConflictReason::NotMergeable, source)?;
    answer.is_in_state(ConflictReason::IllegalState, source)
}

/// Stores a merge without its conflicts, and returns its key.
async fn insert(db: &mut Connection, catalog: i64, merge: &MergeOperation) -> Result<i64, Failure> {
    let sql = "INSERT INTO merges (catalog, id, source, target, initiated_by, initiated_at, status,
                                   source_head, target_head)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               RETURNING key";
    let values = values![
        catalog,
        merge.id,
        &merge.source,
        &merge.target,
        merge.initiated_by,
        merge.initiated_at,
        merge.status,
        merge.source_head,
        merge.target_head,
    ];
    let key = db.first(sql, values, |row, at| row.get(at)).await?;
    key.ok_or(Failure::Overtaken)
}

async fn insert_conflicts(
    db: &mut Connection,
    merge: i64,
    conflicts: impl IntoIterator<Item = MergeConflict>,
) -> Result<(), Failure> {
    let mut ids = Vec::new();
    let mut assets = Vec::new();
    let mut kinds = Vec::new();
    for MergeConflict { id, asset, kind, .. } in conflicts {
        ids.push(id);
        assets.push(asset);
        kinds.push(kind);
    }
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO merge_conflicts (merge, id, asset, kind)
               SELECT $1, id, asset, kind FROM unnest($2, $3, $4) AS found (id, asset, kind)";
    db.run(sql, values![merge, ids, assets, kinds]).await?;
    Ok(())
}

async fn set_status(db: &mut Connection, merge: i64, status: MergeStatus) -> Result<(), Failure> {
    db.run("UPDATE merges SET status = $2 WHERE key = $1", values![merge, status]).await?;
    Ok(())
}

async fn end(db: &mut Connection, key: i64, merge: &MergeOperation) -> Result<(), Failure> {
    let sql = "UPDATE merges SET status = $2, completed_at = $3, result_commit = $4 WHERE key = $1";
    db.run(sql, values![key, merge.status, merge.completed_at, merge.result_commit]).await?;
    Ok(())
}

/// Reads the [`COLUMNS`]. The first one is column `at`.
pub(super) fn read(row: &Row, at: usize) -> sqlx::Result<MergeOperation> {
    Ok(MergeOperation {
        id: row.get(at)?,
        source: row.get(at + 1)?,
        target: row.get(at + 2)?,
        initiated_by: row.get(at + 3)?,
        initiated_at: row.get(at + 4)?,
        status: row.get(at + 5)?,
        completed_at: row.get(at + 6)?,
        result_commit: row.get(at + 7)?,
        source_head: row.get(at + 8)?,
        target_head: row.get(at + 9)?,
    })
}

/// Reads id, asset, kind and resolution. The first one is column `at`.
pub(super) fn read_conflict(row: &Row, at: usize) -> sqlx::Result<MergeConflict> {
    Ok(MergeConflict {
        id: row.get(at)?,
        asset: row.get(at + 1)?,
        kind: row.get(at + 2)?,
        resolution: row.get(at + 3)?,
    })
}
