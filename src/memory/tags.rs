use async_trait::async_trait;

use super::MemoryStore;
use super::table::{after, first};
use crate::store::Tags;
use crate::{Entity, Name, Page, Result, StoreError, Tag, TenantId};

#[async_trait]
impl Tags for MemoryStore {
    async fn create_tag(&self, tenant: TenantId, catalog: &Name, tag: &Tag) -> Result<()> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            if catalog.tags.insert(tag.name.clone(), tag.clone()).is_some() {
                return Err(StoreError::already_exists(Entity::Tag, &tag.name));
            }
            catalog.commit(tag.commit).map(drop)
        })
    }

    async fn get_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<Option<Tag>> {
        self.read(|state| Ok(state.tenant(tenant)?.catalog(catalog)?.tags.get(name).cloned()))
    }

    async fn list_tags(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Tag>> {
        self.read(|state| {
            let tags = &state.tenant(tenant)?.catalog(catalog)?.tags;
            Ok(first(page.limit, after(tags, page.after.as_ref()).map(|(_, tag)| tag)))
        })
    }

    async fn delete_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()> {
        self.write(|state| {
            let gone = state.tenant_mut(tenant)?.catalog_mut(catalog)?.tags.remove(name);
            gone.map(drop).ok_or_else(|| StoreError::not_found(Entity::Tag, name))
        })
    }
}
