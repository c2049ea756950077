//! Business metadata: the table `business_metadata`. An asset has the same metadata on all its branches.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::statement::{Row, values};
use crate::search::fold;
use crate::store::BusinessMetadataStore;
use crate::{
    AssetId, BusinessMetadata, Entity, MetadataWrite, Result, SmallSet, StoreError, TenantId,
};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str = "\
    m.asset, m.description, m.tags, m.properties, m.discoverable, m.created_by, m.created_at,
    m.updated_by, m.updated_at";

/// `locked (asset)`: the id of the asset `$2` of the tenant `$1`. One row of the asset is locked
/// against deletion.
pub(super) const LOCKED_ASSET: &str = "\
    locked AS (
        SELECT a.id AS asset FROM assets a WHERE a.tenant = $1 AND a.id = $2
        LIMIT 1 FOR KEY SHARE
    )";

#[async_trait]
impl BusinessMetadataStore for PostgresStore {
    async fn upsert_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
        write: &MetadataWrite,
    ) -> Result<BusinessMetadata> {
        let sql = formatcp!(
            "WITH at AS (
                 SELECT EXISTS (SELECT FROM assets a WHERE a.tenant = $1 AND a.id = $2) AS has_asset
                 FROM tenants t WHERE t.id = $1
             ),
             {LOCKED_ASSET},
             m AS (
                 INSERT INTO business_metadata AS m (tenant, asset, description, folded, tags,
                                                     properties, discoverable, created_by,
                                                     created_at, updated_by, updated_at)
                 SELECT $1, asset, $3, $4, $5, $6, $7, $8, $9, $8, $9 FROM locked
                 ON CONFLICT (tenant, asset) DO UPDATE
                 SET description = excluded.description, folded = excluded.folded,
                     tags = excluded.tags, properties = excluded.properties,
                     discoverable = excluded.discoverable, updated_by = excluded.updated_by,
                     updated_at = excluded.updated_at
                 RETURNING m.*
             )
             SELECT at.has_asset, m.asset IS NOT NULL, {COLUMNS}
             FROM at LEFT JOIN m ON TRUE"
        );
        let MetadataWrite { description, tags, properties, discoverable, by, at } = write;
        let values = values![
            tenant,
            asset,
            description,
            description.as_deref().map(fold),
            tags.items().iter().cloned().collect::<Vec<_>>(),
            properties,
            discoverable,
            by,
            at,
        ];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::Asset, asset))?;
            answer.read(read)
        })
        .await
    }

    async fn get_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
    ) -> Result<Option<BusinessMetadata>> {
        let sql = formatcp!(
            "SELECT {COLUMNS} FROM business_metadata m WHERE m.tenant = $1 AND m.asset = $2"
        );
        self.first(sql, values![tenant, asset], read).await
    }

    async fn delete_business_metadata(&self, tenant: TenantId, asset: AssetId) -> Result<()> {
        let sql = "WITH deleted AS (
                       DELETE FROM business_metadata WHERE tenant = $1 AND asset = $2
                       RETURNING asset
                   )
                   SELECT EXISTS (SELECT FROM business_metadata WHERE tenant = $1 AND asset = $2),
                          EXISTS (SELECT FROM deleted)
                   FROM tenants t WHERE t.id = $1";
        self.write(sql, values![tenant, asset], |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::BusinessMetadata, asset))?;
            answer.done()
        })
        .await
    }
}

/// Reads the [`COLUMNS`]. The first one is column `at`.
pub(super) fn read(row: &Row, at: usize) -> sqlx::Result<BusinessMetadata> {
    let tags = SmallSet::new(row.get::<Vec<_>>(at + 2)?);
    Ok(BusinessMetadata {
        asset: row.get(at)?,
        description: row.get(at + 1)?,
        tags: tags.map_err(|invalid| sqlx::Error::Decode(invalid.into()))?,
        properties: row.get(at + 3)?,
        discoverable: row.get(at + 4)?,
        created_by: row.get(at + 5)?,
        created_at: row.get(at + 6)?,
        updated_by: row.get(at + 7)?,
        updated_at: row.get(at + 8)?,
    })
}
