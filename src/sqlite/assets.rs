//! Assets: the table `assets`, with a row for each asset on each branch.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::address::{self, BranchAt};
use super::error::OrTaken;
use super::namespaces::count;
use super::statement::Statements;
use super::{SqliteStore, business_metadata};
use crate::search::fold;
use crate::store::Assets;
use crate::{
    Asset, AssetId, AssetPlace, AssetRef, AssetUpdate, BranchRef, ConflictReason, Entity,
    MetadataSwap, Name, NamespacePath, Page, Result, StoreError, TenantId,
};

/// The columns of an asset `a`, as [`read`] expects them.
pub(super) const COLUMNS: &str =
    "a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location, a.properties";

/// Reads the assets `a` of the branch `?3` of the catalog `?2` of the tenant `?1`. More
/// conditions can follow.
const FROM_BRANCH: &str = "\
    FROM catalogs c
    JOIN branches b ON b.catalog = c.key
    JOIN assets a ON a.branch = b.key
    WHERE c.tenant = ?1 AND c.name = ?2 AND b.name = ?3";

/// Inserts an asset. See [`insert`] for the parameters.
const INSERT: &str = "\
    INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind, location,
                        metadata_location, properties, on_main)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Inserts an asset, or replaces the content of the same asset at the same place.
const INSERT_OR_REPLACE: &str = formatcp!(
    "{INSERT}
     ON CONFLICT DO UPDATE
     SET kind = excluded.kind, location = excluded.location,
         metadata_location = excluded.metadata_location, properties = excluded.properties
     WHERE id = excluded.id AND namespace = excluded.namespace AND name = excluded.name"
);

#[async_trait]
impl Assets for SqliteStore {
    async fn create_asset(&self, tenant: TenantId, on: &BranchRef, asset: &Asset) -> Result<()> {
        let (on, asset) = (on.clone(), asset.clone());
        self.write(move |db| {
            let branch = address::namespace_on(db, tenant, &on, &asset.namespace)?;
            insert(db, INSERT, branch, &asset)?;
            Ok(())
        })
        .await
    }

    async fn get_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<Option<Asset>> {
        let at = at.clone();
        self.read(move |db| {
            let sql =
                formatcp!("SELECT {COLUMNS} {FROM_BRANCH} AND a.namespace = ?4 AND a.name = ?5");
            let AssetRef { catalog, branch, namespace, name } = &at;
            let values = (tenant, catalog, branch, namespace, name);
            Ok(db.first(sql, values, |row| read_in(row, 0, namespace.clone()))?)
        })
        .await
    }

    async fn get_asset_by_id(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        asset: AssetId,
    ) -> Result<Option<Asset>> {
        let BranchRef { catalog, branch } = on.clone();
        self.read(move |db| {
            let sql = formatcp!("SELECT {COLUMNS} {FROM_BRANCH} AND a.id = ?4");
            Ok(db.first(sql, (tenant, catalog, branch, asset), |row| read(row, 0))?)
        })
        .await
    }

    async fn list_assets(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        namespace: &NamespacePath,
        page: &Page<Name>,
    ) -> Result<Vec<Asset>> {
        let BranchRef { catalog, branch } = on.clone();
        let (namespace, page) = (namespace.clone(), page.clone());
        self.read(move |db| {
            let sql = formatcp!(
                "SELECT {COLUMNS} {FROM_BRANCH}
                   AND a.namespace = ?4 AND a.name > coalesce(?5, '')
                 ORDER BY a.name LIMIT ?6"
            );
            let values = (tenant, catalog, branch, &namespace, page.after, page.limit);
            Ok(db.all(sql, values, |row| read_in(row, 0, namespace.clone()))?)
        })
        .await
    }

    async fn update_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        update: &AssetUpdate,
    ) -> Result<Asset> {
        let (at, update) = (at.clone(), update.clone());
        self.write(move |db| {
            let (branch, before) = find(db, tenant, &at)?;
            let after = before.updated(&update);
            let Asset { id, kind, location, metadata_location, properties, .. } = &after;
            let sql = "UPDATE assets
                       SET kind = ?3, location = ?4, metadata_location = ?5, properties = ?6
                       WHERE branch = ?1 AND id = ?2";
            db.run(sql, (branch.key, id, kind, location, metadata_location, properties))?;
            Ok(after)
        })
        .await
    }

    async fn rename_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        to: &AssetPlace,
    ) -> Result<Asset> {
        let (at, to) = (at.clone(), to.clone());
        self.write(move |db| {
            let (branch, before) = find(db, tenant, &at)?;
            if before.place() == to {
                return Ok(before);
            }
            // The namespace is checked first: no asset is in a namespace that does not exist, so the
            // place is free.
            branch.catalog.namespace(db, &to.namespace)?;
            let sql = "UPDATE assets SET namespace = ?3, name = ?4, folded = ?5
                       WHERE branch = ?1 AND id = ?2";
            db.run(sql, (branch.key, before.id, &to.namespace, &to.name, fold(&to.name)))
                .or_taken(Entity::Asset, &to)?;
            Ok(Asset { namespace: to.namespace, name: to.name, ..before })
        })
        .await
    }

    async fn delete_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<()> {
        let at = at.clone();
        self.write(move |db| {
            let branch = address::asset_parents(db, tenant, &at)?;
            let deleted = delete(db, branch, &at.place())?;
            business_metadata::forget_assets(db, tenant, &[deleted])
        })
        .await
    }

    async fn commit_metadata(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        swap: &MetadataSwap,
    ) -> Result<Asset> {
        let (at, swap) = (at.clone(), swap.clone());
        self.write(move |db| {
            let (branch, before) = find(db, tenant, &at)?;
            if before.metadata_location != swap.expected {
                return Err(StoreError::conflict(ConflictReason::Stale, at));
            }
            let sql = "UPDATE assets SET metadata_location = ?3 WHERE branch = ?1 AND id = ?2";
            db.run(sql, (branch.key, before.id, &swap.new))?;
            Ok(Asset { metadata_location: Some(swap.new), ..before })
        })
        .await
    }

    async fn count_assets(&self, tenant: TenantId) -> Result<u64> {
        self.read(move |db| count(db, "SELECT count(*) FROM assets WHERE tenant = ?1", tenant))
            .await
    }
}

/// Finds the asset at a place, and its branch.
fn find(db: &Connection, tenant: TenantId, at: &AssetRef) -> Result<(BranchAt, Asset)> {
    let branch = address::asset_parents(db, tenant, at)?;
    let sql = formatcp!(
        "SELECT {COLUMNS} FROM assets a WHERE a.branch = ?1 AND a.namespace = ?2 AND a.name = ?3"
    );
    let values = (branch.key, &at.namespace, &at.name);
    let found = db.first(sql, values, |row| read_in(row, 0, at.namespace.clone()))?;
    let asset = found.ok_or_else(|| StoreError::not_found(Entity::Asset, at))?;
    Ok((branch, asset))
}

/// Creates an asset. If it exists at this place, replaces its content.
///
/// # Errors
/// `AlreadyExists(Asset)` when another asset is at the place, or the asset is at another place.
pub(super) fn put(db: &Connection, branch: BranchAt, asset: &Asset) -> Result<()> {
    match insert(db, INSERT_OR_REPLACE, branch, asset)? {
        0 => Err(StoreError::already_exists(Entity::Asset, asset.place())),
        _ => Ok(()),
    }
}

/// Deletes the asset at a place and returns its id.
pub(super) fn delete(db: &Connection, branch: BranchAt, place: &AssetPlace) -> Result<AssetId> {
    let sql = "DELETE FROM assets WHERE branch = ?1 AND namespace = ?2 AND name = ?3 RETURNING id";
    let values = (branch.key, &place.namespace, &place.name);
    let deleted = db.first(sql, values, |row| row.get(0))?;
    deleted.ok_or_else(|| StoreError::not_found(Entity::Asset, place))
}

/// Runs [`INSERT`] or [`INSERT_OR_REPLACE`]. Returns how many rows it wrote.
fn insert(db: &Connection, sql: &str, branch: BranchAt, asset: &Asset) -> Result<usize> {
    let BranchAt { catalog, key, is_main, .. } = branch;
    let Asset { id, namespace, name, kind, location, metadata_location, properties } = asset;
    let folded = fold(name);
    let row = (
        key,
        id,
        catalog.tenant,
        catalog.key,
        namespace,
        name,
        folded,
        kind,
        location,
        metadata_location,
        properties,
        is_main,
    );
    db.run(sql, row).or_taken(Entity::Asset, format_args!("{namespace}.{name}"))
}

/// Reads the [`COLUMNS`]. The first one is column `at`.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Asset> {
    read_in(row, at, row.get(at + 1)?)
}

/// Reads the [`COLUMNS`] of an asset whose namespace is known. The column of the namespace is not parsed.
fn read_in(row: &Row<'_>, at: usize, namespace: NamespacePath) -> rusqlite::Result<Asset> {
    Ok(Asset {
        id: row.get(at)?,
        namespace,
        name: row.get(at + 2)?,
        kind: row.get(at + 3)?,
        location: row.get(at + 4)?,
        metadata_location: row.get(at + 5)?,
        properties: row.get(at + 6)?,
    })
}

/// Reads the [`COLUMNS`] from an outer join, in which they are NULL if there is no asset.
pub(super) fn read_joined(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Asset>> {
    match row.get::<_, Option<AssetId>>(at)? {
        Some(_) => read(row, at).map(Some),
        None => Ok(None),
    }
}
