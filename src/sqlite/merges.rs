//! Merges: the tables `merges` and `merge_conflicts`.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::address::{self, CatalogAt};
use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, branches, commits, merge_input};
use crate::merge::plan;
use crate::store::Merges;
use crate::{
    BranchKind, ConflictId, ConflictReason, Entity, MergeCommit, MergeConflict, MergeId, MergeKey,
    MergeOperation, MergeStatus, Name, NewConflict, NewMerge, Page, Resolution, ResolutionChoice,
    Result, StoreError, TenantId, Timestamp,
};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    m.id, m.source, m.target, m.initiated_by, m.initiated_at, m.status, m.completed_at,
    m.result_commit, m.source_head, m.target_head";

#[async_trait]
impl Merges for SqliteStore {
    async fn begin_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: &NewMerge,
    ) -> Result<MergeOperation> {
        let (catalog, new) = (catalog.clone(), merge.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            if get(db, catalog, new.id)?.is_some() {
                return Err(StoreError::already_exists(Entity::Merge, new.id));
            }
            let (source, ingest) = branches::find(db, catalog, &new.source)?;
            let (target, _) = branches::find(db, catalog, &new.target)?;
            if ingest.kind != BranchKind::Ingest || ingest.parent.as_ref() != Some(&new.target) {
                return Err(StoreError::conflict(ConflictReason::NotMergeable, new.source));
            }
            let open = "SELECT 1 FROM merges
                        WHERE catalog = ?1 AND source = ?2 AND status IN ('conflicted', 'ready')";
            if db.any(open, (catalog.key, &new.source))? {
                return Err(StoreError::conflict(ConflictReason::IllegalState, new.source));
            }
            let found = plan(&merge_input::load(db, source, target, None)?).found(new.id);
            let merge = new.begun(source.head, target.head, !found.is_empty());
            let key = insert(db, catalog, &merge)?;
            found.values().try_for_each(|conflict| insert_conflict(db, key, conflict))?;
            Ok(merge)
        })
        .await
    }

    async fn report_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: &NewConflict,
    ) -> Result<()> {
        let (catalog, conflict) = (catalog.clone(), MergeConflict::from(conflict.clone()));
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            let (key, merge) = find(db, catalog, merge)?;
            insert_conflict(db, key, &conflict)?;
            let assets = "SELECT 1 FROM branches b JOIN assets a ON a.branch = b.key AND a.id = ?4
                          WHERE b.catalog = ?1 AND b.name IN (?2, ?3)";
            if !db.any(assets, (catalog.key, &merge.source, &merge.target, conflict.asset))? {
                return Err(StoreError::not_found(Entity::Asset, conflict.asset));
            }
            merge.check_open()?;
            set_status(db, key, MergeStatus::Conflicted)
        })
        .await
    }

    async fn resolve_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
        resolution: &Resolution,
    ) -> Result<MergeConflict> {
        let (catalog, resolution) = (catalog.clone(), resolution.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            let (key, merge) = find(db, catalog, merge)?;
            let before = get_conflict(db, key, conflict)?;
            let before = before.ok_or_else(|| StoreError::not_found(Entity::Conflict, conflict))?;
            if let ResolutionChoice::Manual { asset } = &resolution.choice {
                catalog.namespace(db, &asset.namespace)?;
                before.check_manual(asset)?;
            }
            merge.check_open()?;
            let sql = "UPDATE merge_conflicts SET resolution = ?3 WHERE merge = ?1 AND id = ?2";
            db.run(sql, (key, conflict, &resolution))?;
            let unresolved =
                "SELECT 1 FROM merge_conflicts WHERE merge = ?1 AND resolution IS NULL";
            if !db.any(unresolved, [key])? {
                set_status(db, key, MergeStatus::Ready)?;
            }
            Ok(MergeConflict { resolution: Some(resolution), ..before })
        })
        .await
    }

    async fn complete_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        commit: &MergeCommit,
    ) -> Result<MergeOperation> {
        let (catalog, new) = (catalog.clone(), commit.clone());
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            let (key, merge) = find(db, catalog, merge)?;
            commits::must_be_new(db, catalog, new.id)?;
            if merge.status != MergeStatus::Ready {
                return Err(StoreError::conflict(ConflictReason::IllegalState, merge.id));
            }
            let (source, _) = branches::find(db, catalog, &merge.source)?;
            let (target, _) = branches::find(db, catalog, &merge.target)?;
            let input = merge_input::load(db, source, target, Some(key))?;
            let plan = plan(&input);
            if !plan.conflicts.is_empty() {
                return Err(StoreError::conflict(ConflictReason::Unresolved, merge.id));
            }
            let commit = new.on(target.head, plan.operations);
            commits::apply(db, target, &commit.operations)?;
            commits::store_as_head(db, target, &commit)?;
            let merged = input.assets.into_keys().collect();
            merge_input::remember_content(db, source, merged)?;
            let merge = merge.completed(&commit);
            end(db, key, &merge)?;
            Ok(merge)
        })
        .await
    }

    async fn abort_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        at: Timestamp,
    ) -> Result<MergeOperation> {
        let catalog = catalog.clone();
        self.write(move |db| {
            let catalog = address::catalog(db, tenant, &catalog)?;
            let (key, merge) = find(db, catalog, merge)?;
            let merge = merge.aborted(at)?;
            end(db, key, &merge)?;
            Ok(merge)
        })
        .await
    }

    async fn get_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
    ) -> Result<Option<MergeOperation>> {
        let catalog = catalog.clone();
        self.read(move |db| {
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM catalogs c JOIN merges m ON m.catalog = c.key
                 WHERE c.tenant = ?1 AND c.name = ?2 AND m.id = ?3"
            );
            Ok(db.first(sql, (tenant, catalog, merge), read)?)
        })
        .await
    }

    async fn list_merges(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<MergeKey>,
    ) -> Result<Vec<MergeOperation>> {
        let (catalog, page) = (catalog.clone(), page.clone());
        self.read(move |db| {
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM catalogs c JOIN merges m ON m.catalog = c.key
                 WHERE c.tenant = ?1 AND c.name = ?2
                   AND (m.initiated_at, m.id) > (?3, coalesce(?4, x''))
                 ORDER BY m.initiated_at, m.id LIMIT ?5"
            );
            let after = page.after.map_or(i64::MIN, |after| after.initiated_at.micros());
            let id = page.after.map(|after| after.id);
            Ok(db.all(sql, (tenant, catalog, after, id, page.limit), read)?)
        })
        .await
    }

    async fn get_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
    ) -> Result<Option<MergeConflict>> {
        let catalog = catalog.clone();
        self.read(move |db| {
            let sql = "SELECT f.id, f.asset, f.kind, f.resolution
                       FROM catalogs c
                       JOIN merges m ON m.catalog = c.key
                       JOIN merge_conflicts f ON f.merge = m.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND m.id = ?3 AND f.id = ?4";
            Ok(db.first(sql, (tenant, catalog, merge, conflict), read_conflict)?)
        })
        .await
    }

    async fn list_conflicts(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        page: &Page<ConflictId>,
    ) -> Result<Vec<MergeConflict>> {
        let (catalog, page) = (catalog.clone(), page.clone());
        self.read(move |db| {
            let sql = "SELECT f.id, f.asset, f.kind, f.resolution
                       FROM catalogs c
                       JOIN merges m ON m.catalog = c.key
                       JOIN merge_conflicts f ON f.merge = m.key
                       WHERE c.tenant = ?1 AND c.name = ?2 AND m.id = ?3
                         AND f.id > coalesce(?4, x'')
                       ORDER BY f.id LIMIT ?5";
            Ok(db.all(sql, (tenant, catalog, merge, page.after, page.limit), read_conflict)?)
        })
        .await
    }
}

fn get(
    db: &Connection,
    catalog: CatalogAt,
    merge: MergeId,
) -> Result<Option<(i64, MergeOperation)>> {
    let sql = formatcp!("SELECT {COLUMNS}, m.key FROM merges m WHERE m.catalog = ?1 AND m.id = ?2");
    Ok(db.first(sql, (catalog.key, merge), |row| Ok((row.get(10)?, read(row)?)))?)
}

fn find(db: &Connection, catalog: CatalogAt, merge: MergeId) -> Result<(i64, MergeOperation)> {
    get(db, catalog, merge)?.ok_or_else(|| StoreError::not_found(Entity::Merge, merge))
}

fn insert(db: &Connection, catalog: CatalogAt, merge: &MergeOperation) -> Result<i64> {
    let sql = "INSERT INTO merges (catalog, id, source, target, initiated_by, initiated_at, status,
                                   source_head, target_head)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let row = (
        catalog.key,
        merge.id,
        &merge.source,
        &merge.target,
        merge.initiated_by,
        merge.initiated_at,
        merge.status,
        merge.source_head,
        merge.target_head,
    );
    db.run(sql, row)?;
    Ok(db.last_insert_rowid())
}

fn set_status(db: &Connection, merge: i64, status: MergeStatus) -> Result<()> {
    db.run("UPDATE merges SET status = ?2 WHERE key = ?1", (merge, status))?;
    Ok(())
}

fn end(db: &Connection, key: i64, merge: &MergeOperation) -> Result<()> {
    let sql = "UPDATE merges SET status = ?2, completed_at = ?3, result_commit = ?4 WHERE key = ?1";
    db.run(sql, (key, merge.status, merge.completed_at, merge.result_commit))?;
    Ok(())
}

fn insert_conflict(db: &Connection, merge: i64, conflict: &MergeConflict) -> Result<()> {
    let sql = "INSERT INTO merge_conflicts (merge, id, asset, kind, resolution)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let MergeConflict { id, asset, kind, resolution } = conflict;
    db.run(sql, (merge, id, asset, kind, resolution)).or_taken(Entity::Conflict, id)?;
    Ok(())
}

fn get_conflict(
    db: &Connection,
    merge: i64,
    conflict: ConflictId,
) -> Result<Option<MergeConflict>> {
    let sql = "SELECT id, asset, kind, resolution FROM merge_conflicts
               WHERE merge = ?1 AND id = ?2";
    Ok(db.first(sql, (merge, conflict), read_conflict)?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<MergeOperation> {
    Ok(MergeOperation {
        id: row.get(0)?,
        source: row.get(1)?,
        target: row.get(2)?,
        initiated_by: row.get(3)?,
        initiated_at: row.get(4)?,
        status: row.get(5)?,
        completed_at: row.get(6)?,
        result_commit: row.get(7)?,
        source_head: row.get(8)?,
        target_head: row.get(9)?,
    })
}

/// Reads id, asset, kind and resolution.
pub(super) fn read_conflict(row: &Row<'_>) -> rusqlite::Result<MergeConflict> {
    Ok(MergeConflict {
        id: row.get(0)?,
        asset: row.get(1)?,
        kind: row.get(2)?,
        resolution: row.get(3)?,
    })
}
