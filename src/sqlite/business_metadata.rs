//! Business metadata: the tables `business_metadata` and `business_tags`. An asset has the same metadata on
//! all its branches.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::SqliteStore;
use super::address::{self, BranchAt, CatalogAt};
use super::column::AsJson;
use super::statement::Statements;
use crate::search::fold;
use crate::store::BusinessMetadataStore;
use crate::{AssetId, BusinessMetadata, Entity, MetadataWrite, Result, StoreError, TenantId};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str = "\
    m.asset, m.description, m.properties, m.discoverable, m.created_by, m.created_at,
    m.updated_by, m.updated_at,
    (SELECT json_group_array(t.tag) FROM business_tags t
     WHERE t.tenant = m.tenant AND t.asset = m.asset)";

#[async_trait]
impl BusinessMetadataStore for SqliteStore {
    async fn upsert_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
        write: &MetadataWrite,
    ) -> Result<BusinessMetadata> {
        let write = write.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            if !has_asset(db, tenant, asset)? {
                return Err(StoreError::not_found(Entity::Asset, asset));
            }
            let before = get(db, tenant, asset)?;
            let after = write.onto(asset, before.as_ref());
            store(db, tenant, &after)?;
            if before.map(|before| before.tags) != Some(after.tags.clone()) {
                store_tags(db, tenant, &after)?;
            }
            Ok(after)
        })
        .await
    }

    async fn get_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
    ) -> Result<Option<BusinessMetadata>> {
        self.read(move |db| get(db, tenant, asset)).await
    }

    async fn delete_business_metadata(&self, tenant: TenantId, asset: AssetId) -> Result<()> {
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let sql = "DELETE FROM business_metadata WHERE tenant = ?1 AND asset = ?2";
            match db.run(sql, (tenant, asset))? {
                0 => Err(StoreError::not_found(Entity::BusinessMetadata, asset)),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// Whether the asset exists on some branch of the tenant.
pub(super) fn has_asset(db: &Connection, tenant: TenantId, asset: AssetId) -> Result<bool> {
    Ok(db.any("SELECT 1 FROM assets WHERE tenant = ?1 AND id = ?2", (tenant, asset))?)
}

/// Deletes the metadata and the access requests of those of the given assets that no longer exist on
/// any branch.
pub(super) fn forget_assets(db: &Connection, tenant: TenantId, assets: &[AssetId]) -> Result<()> {
    if assets.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = assets.iter().map(|asset| asset.uuid().simple().to_string()).collect();
    let ids = AsJson(ids);
    db.run(
        "DELETE FROM business_metadata
         WHERE tenant = ?1 AND asset IN (SELECT unhex(value) FROM json_each(?2))
           AND NOT EXISTS (SELECT 1 FROM assets a WHERE a.tenant = ?1 AND a.id = asset)",
        (tenant, &ids),
    )?;
    db.run(
        "DELETE FROM access_requests
         WHERE tenant = ?1 AND asset IN (SELECT unhex(value) FROM json_each(?2))
           AND NOT EXISTS (SELECT 1 FROM assets a WHERE a.tenant = ?1 AND a.id = asset)",
        (tenant, &ids),
    )?;
    Ok(())
}

/// Deletes the metadata and the access requests of the assets that exist on no other branch.
pub(super) fn forget_assets_of_branch(db: &Connection, branch: BranchAt) -> Result<()> {
    let values = (branch.catalog.tenant, branch.key);
    db.run(
        "DELETE FROM business_metadata
         WHERE tenant = ?1 AND asset IN (SELECT id FROM assets WHERE branch = ?2)
           AND NOT EXISTS (SELECT 1 FROM assets a
                           WHERE a.tenant = ?1 AND a.id = asset AND a.branch <> ?2)",
        values,
    )?;
    db.run(
        "DELETE FROM access_requests
         WHERE tenant = ?1 AND asset IN (SELECT id FROM assets WHERE branch = ?2)
           AND NOT EXISTS (SELECT 1 FROM assets a
                           WHERE a.tenant = ?1 AND a.id = asset AND a.branch <> ?2)",
        values,
    )?;
    Ok(())
}

/// Deletes the metadata and the access requests of the assets that exist in no other catalog.
pub(super) fn forget_assets_of_catalog(db: &Connection, catalog: CatalogAt) -> Result<()> {
    let values = (catalog.tenant, catalog.key);
    db.run(
        "DELETE FROM business_metadata
         WHERE tenant = ?1 AND asset IN (SELECT id FROM assets WHERE catalog = ?2)
           AND NOT EXISTS (SELECT 1 FROM assets a
                           WHERE a.tenant = ?1 AND a.id = asset AND a.catalog <> ?2)",
        values,
    )?;
    db.run(
        "DELETE FROM access_requests
         WHERE tenant = ?1 AND asset IN (SELECT id FROM assets WHERE catalog = ?2)
           AND NOT EXISTS (SELECT 1 FROM assets a
                           WHERE a.tenant = ?1 AND a.id = asset AND a.catalog <> ?2)",
        values,
    )?;
    Ok(())
}

fn get(db: &Connection, tenant: TenantId, asset: AssetId) -> Result<Option<BusinessMetadata>> {
    let sql =
        formatcp!("SELECT {COLUMNS} FROM business_metadata m WHERE m.tenant = ?1 AND m.asset = ?2");
    Ok(db.first(sql, (tenant, asset), |row| read(row, 0))?)
}

fn store(db: &Connection, tenant: TenantId, metadata: &BusinessMetadata) -> Result<()> {
    let sql = "INSERT INTO business_metadata (tenant, asset, description, folded, properties,
                                              discoverable, created_by, created_at, updated_by,
                                              updated_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
               ON CONFLICT (tenant, asset) DO UPDATE
               SET description = excluded.description, folded = excluded.folded,
                   properties = excluded.properties, discoverable = excluded.discoverable,
                   updated_by = excluded.updated_by, updated_at = excluded.updated_at";
    let row = (
        tenant,
        metadata.asset,
        &metadata.description,
        metadata.description.as_deref().map(fold),
        &metadata.properties,
        metadata.discoverable,
        metadata.created_by,
        metadata.created_at,
        metadata.updated_by,
        metadata.updated_at,
    );
    db.run(sql, row)?;
    Ok(())
}

fn store_tags(db: &Connection, tenant: TenantId, metadata: &BusinessMetadata) -> Result<()> {
    let BusinessMetadata { asset, tags, .. } = metadata;
    db.run("DELETE FROM business_tags WHERE tenant = ?1 AND asset = ?2", (tenant, asset))?;
    let sql = "INSERT INTO business_tags (tenant, asset, tag)
               SELECT ?1, ?2, value FROM json_each(?3)";
    db.run(sql, (tenant, asset, tags))?;
    Ok(())
}

/// Reads the [`COLUMNS`]. The first one is column `at`.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<BusinessMetadata> {
    Ok(BusinessMetadata {
        asset: row.get(at)?,
        description: row.get(at + 1)?,
        properties: row.get(at + 2)?,
        discoverable: row.get(at + 3)?,
        created_by: row.get(at + 4)?,
        created_at: row.get(at + 5)?,
        updated_by: row.get(at + 6)?,
        updated_at: row.get(at + 7)?,
        tags: row.get(at + 8)?,
    })
}
