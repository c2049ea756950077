use async_trait::async_trait;

use super::MemoryStore;
use crate::store::BusinessMetadataStore;
use crate::{AssetId, BusinessMetadata, Entity, MetadataWrite, Result, StoreError, TenantId};

#[async_trait]
impl BusinessMetadataStore for MemoryStore {
    async fn upsert_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
        write: &MetadataWrite,
    ) -> Result<BusinessMetadata> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            tenant.check_held(asset)?;
            let after = write.onto(asset, tenant.metadata.get(&asset));
            tenant.metadata.insert(asset, after.clone());
            Ok(after)
        })
    }

    async fn get_business_metadata(
        &self,
        tenant: TenantId,
        asset: AssetId,
    ) -> Result<Option<BusinessMetadata>> {
        self.read(|state| Ok(state.tenant(tenant)?.metadata.get(&asset).cloned()))
    }

    async fn delete_business_metadata(&self, tenant: TenantId, asset: AssetId) -> Result<()> {
        self.write(|state| {
            let gone = state.tenant_mut(tenant)?.metadata.remove(&asset);
            gone.map(drop).ok_or_else(|| StoreError::not_found(Entity::BusinessMetadata, asset))
        })
    }
}
