//! Assets: the table `assets`, with a row for each asset on each branch.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::address::{AT_ASSET, AT_NAMESPACE, BRANCH_KEY, LOCKED_BRANCH};
use super::namespaces::count;
use super::statement::{Row, limit, values};
use crate::search::fold;
use crate::store::Assets;
use crate::{
    Asset, AssetId, AssetPlace, AssetRef, AssetUpdate, BranchRef, ConflictReason, Entity,
    MetadataSwap, Name, NamespacePath, Page, Result, StoreError, TenantId,
};

/// The columns of an asset `a`, as [`read`] expects them.
pub(super) const COLUMNS: &str =
    "a.id, a.namespace, a.name, a.kind, a.location, a.metadata_location, a.properties";

/// Reads the assets `a` of the branch `$3` of the catalog `$2` of the tenant `$1`. More
/// conditions can follow.
const FROM_BRANCH: &str = "\
    FROM catalogs c
    JOIN branches b ON b.catalog = c.key
    JOIN assets a ON a.branch = b.key
    WHERE c.tenant = $1 AND c.name = $2 AND b.name = $3";

/// The condition that `a` is the asset at the place `$4`, `$5` of the locked branch.
const IS_AT_PLACE: &str = "\
    a.branch = locked.branch AND a.namespace = $4 AND a.name = $5 AND at.namespace IS NOT NULL";

/// The checks that [`Answer::asset`](super::answer::Answer::asset) reads.
const ASSET_FOUND: &str = "\
    at.catalog IS NOT NULL, at.branch IS NOT NULL, at.namespace IS NOT NULL, at.asset IS NOT NULL";

#[async_trait]
impl Assets for PostgresStore {
    async fn create_asset(&self, tenant: TenantId, on: &BranchRef, asset: &Asset) -> Result<()> {
        let sql = formatcp!(
            "WITH {AT_NAMESPACE}, {LOCKED_BRANCH}, place AS (
                 SELECT NOT EXISTS (SELECT FROM assets a WHERE a.branch = at.branch AND a.id = $5)
                        AND NOT EXISTS (SELECT FROM assets a
                                        WHERE a.branch = at.branch AND a.namespace = $4
                                          AND a.name = $6) AS free
                 FROM at
             ),
             inserted AS (
                 INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind,
                                     location, metadata_location, properties, on_main)
                 SELECT locked.branch, $5, at.tenant, locked.catalog, at.namespace, $6, $7, $8, $9,
                        $10, $11, $3 = 'main'
                 FROM locked, at, place WHERE at.namespace IS NOT NULL AND place.free
                 ON CONFLICT DO NOTHING RETURNING id
             )
             SELECT at.catalog IS NOT NULL, at.branch IS NOT NULL, at.namespace IS NOT NULL,
                    place.free, EXISTS (SELECT FROM inserted)
             FROM at, place"
        );
        let Asset { id, namespace, name, kind, location, metadata_location, properties } = asset;
        let values = values![
            tenant,
            &on.catalog,
            &on.branch,
            namespace,
            id,
            name,
            fold(name),
            kind,
            location,
            metadata_location,
            properties,
        ];
        self.write(sql, values, |mut answer| {
            answer.namespace(tenant, on, namespace)?;
            answer.holds(|| StoreError::already_exists(Entity::Asset, asset.place()))?;
            answer.done()
        })
        .await
    }

    async fn get_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<Option<Asset>> {
        let sql = formatcp!("SELECT {COLUMNS} {FROM_BRANCH} AND a.namespace = $4 AND a.name = $5");
        let AssetRef { catalog, branch, namespace, name } = at;
        self.first(sql, values![tenant, catalog, branch, namespace, name], read).await
    }

    async fn get_asset_by_id(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        asset: AssetId,
    ) -> Result<Option<Asset>> {
        let sql = formatcp!("SELECT {COLUMNS} {FROM_BRANCH} AND a.id = $4");
        self.first(sql, values![tenant, &on.catalog, &on.branch, asset], read).await
    }

    async fn list_assets(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        namespace: &NamespacePath,
        page: &Page<Name>,
    ) -> Result<Vec<Asset>> {
        let sql = formatcp!(
            "SELECT {COLUMNS}
             FROM assets a
             WHERE a.branch = {BRANCH_KEY} AND a.namespace = $4 AND a.name > coalesce($5, '')
             ORDER BY a.name LIMIT $6"
        );
        let BranchRef { catalog, branch } = on;
        let limit = limit(page.limit);
        self.all(sql, values![tenant, catalog, branch, namespace, &page.after, limit], read).await
    }

    async fn update_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        update: &AssetUpdate,
    ) -> Result<Asset> {
        let sql = formatcp!(
            "WITH {AT_ASSET}, {LOCKED_BRANCH}, after AS (
                 UPDATE assets a
                 SET kind = coalesce($6, a.kind), location = coalesce($7, a.location),
                     metadata_location = CASE WHEN $8 THEN $9 ELSE a.metadata_location END,
                     properties = coalesce($10, a.properties)
                 FROM locked, at WHERE {IS_AT_PLACE}
                 RETURNING {COLUMNS}
             )
             SELECT {ASSET_FOUND}, a.id IS NOT NULL, {COLUMNS}
             FROM at LEFT JOIN after a ON TRUE"
        );
        let values = values![
            tenant,
            &at.catalog,
            &at.branch,
            &at.namespace,
            &at.name,
            update.kind,
            &update.location,
            update.metadata_location.is_some(),
            update.metadata_location.as_ref().and_then(Option::as_ref),
            &update.properties,
        ];
        self.write(sql, values, |mut answer| {
            answer.asset(tenant, at)?;
            answer.read(read)
        })
        .await
    }

    async fn rename_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        to: &AssetPlace,
    ) -> Result<Asset> {
        let sql = formatcp!(
            "WITH {AT_ASSET}, {LOCKED_BRANCH}, destination AS (
                 SELECT NOT EXISTS (SELECT FROM assets o
                                    WHERE o.branch = at.branch AND o.namespace = $6 AND o.name = $7
                                      AND o.id <> at.asset) AS free,
                        EXISTS (SELECT FROM namespaces n
                                WHERE n.catalog = at.catalog AND n.path = $6) AS has_namespace
                 FROM at
             ),
             after AS (
                 UPDATE assets a SET namespace = $6, name = $7, folded = $8
                 FROM locked, at
                 WHERE {IS_AT_PLACE} AND (SELECT free AND has_namespace FROM destination)
                 RETURNING {COLUMNS}
             )
             SELECT {ASSET_FOUND}, (SELECT free FROM destination),
                    (SELECT has_namespace FROM destination), a.id IS NOT NULL, {COLUMNS}
             FROM at LEFT JOIN after a ON TRUE"
        );
        let values = values![
            tenant,
            &at.catalog,
            &at.branch,
            &at.namespace,
            &at.name,
            &to.namespace,
            &to.name,
            fold(&to.name),
        ];
        self.write(sql, values, |mut answer| {
            answer.asset(tenant, at)?;
            answer.holds(|| StoreError::already_exists(Entity::Asset, to))?;
            answer.holds(|| StoreError::not_found(Entity::Namespace, &to.namespace))?;
            answer.read(read)
        })
        .await
    }

    async fn delete_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<()> {
        let sql = formatcp!(
            "WITH {AT_ASSET}, {LOCKED_BRANCH}, deleted AS (
                 DELETE FROM assets a USING locked, at WHERE {IS_AT_PLACE} RETURNING a.id
             )
             SELECT {ASSET_FOUND}, EXISTS (SELECT FROM deleted) FROM at"
        );
        let AssetRef { catalog, branch, namespace, name } = at;
        self.write(sql, values![tenant, catalog, branch, namespace, name], |mut answer| {
            answer.asset(tenant, at)?;
            answer.done()
        })
        .await
    }

    async fn commit_metadata(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        swap: &MetadataSwap,
    ) -> Result<Asset> {
        let sql = formatcp!(
            "WITH {AT_ASSET}, {LOCKED_BRANCH}, after AS (
                 UPDATE assets a SET metadata_location = $7
                 FROM locked, at
                 WHERE {IS_AT_PLACE} AND a.metadata_location IS NOT DISTINCT FROM $6
                 RETURNING {COLUMNS}
             )
             SELECT {ASSET_FOUND}, at.metadata_location IS NOT DISTINCT FROM $6,
                    a.id IS NOT NULL, {COLUMNS}
             FROM at LEFT JOIN after a ON TRUE"
        );
        let MetadataSwap { expected, new } = swap;
        let AssetRef { catalog, branch, namespace, name } = at;
        let values = values![tenant, catalog, branch, namespace, name, expected, new];
        self.write(sql, values, |mut answer| {
            answer.asset(tenant, at)?;
            answer.is_in_state(ConflictReason::Stale, at)?;
            answer.read(read)
        })
        .await
    }

    async fn count_assets(&self, tenant: TenantId) -> Result<u64> {
        let sql = "SELECT count(*) FROM assets WHERE tenant = $1";
        Ok(self.first(sql, values![tenant], count).await?.unwrap_or(0))
    }
}

/// Reads the [`COLUMNS`] of an asset. The first one is column `at`.
pub(super) fn read(row: &Row, at: usize) -> sqlx::Result<Asset> {
    Ok(Asset {
        id: row.get(at)?,
        namespace: row.get(at + 1)?,
        name: row.get(at + 2)?,
        kind: row.get(at + 3)?,
        location: row.get(at + 4)?,
        metadata_location: row.get(at + 5)?,
        properties: row.get(at + 6)?,
    })
}

/// Reads the columns of an asset from an outer join, which are NULL if there is none.
pub(super) fn read_joined(row: &Row, at: usize) -> sqlx::Result<Option<Asset>> {
    match row.get::<Option<AssetId>>(at)? {
        Some(_) => read(row, at).map(Some),
        None => Ok(None),
    }
}
