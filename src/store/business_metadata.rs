use async_trait::async_trait;

use crate::{AssetId, BusinessMetadata, MetadataWrite, Result, TenantId};

/// Business metadata: one row per asset of a tenant. It is deleted together with the last row of its
/// asset over all catalogs and branches.
#[async_trait]
pub trait BusinessMetadataStore: Send + Sync {
    /// Replaces all of an asset's business metadata and returns it as it is now. Who wrote it first,
    /// and when, stays the same.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `NotFound(Asset)` unless some branch holds the asset.
    async fn upsert_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
        write: &MetadataWrite,
    ) -> Result<BusinessMetadata>;

    /// An asset's business metadata.
    async fn get_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
    ) -> Result<Option<BusinessMetadata>>;

    /// Deletes an asset's business metadata.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(BusinessMetadata)`.
    async fn delete_business_metadata(&self, tenant: TenantId, asset: AssetId) -> Result<()>;
}
