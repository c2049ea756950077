use async_trait::async_trait;

use super::MemoryStore;
use super::state::CatalogState;
use super::table::{Row, first};
use crate::store::Catalogs;
use crate::{
    AssetId, Catalog, CatalogId, CatalogKind, CatalogUpdate, ConflictReason, Entity, Name, Page,
    Result, StoreError, TenantId,
};

impl Row for CatalogState {
    const ENTITY: Entity = Entity::Catalog;
    type Id = CatalogId;
    type Key = Name;

    fn id(&self) -> CatalogId {
        self.catalog.id
    }

    fn key(&self) -> Name {
        self.catalog.name.clone()
    }

    fn label(&self) -> String {
        self.catalog.name.to_string()
    }
}

#[async_trait]
impl Catalogs for MemoryStore {
    async fn create_catalog(&self, tenant: TenantId, catalog: &Catalog) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            tenant.catalogs.add(CatalogState::new(catalog.clone()))?;
            if let Some(warehouse) = &catalog.warehouse {
                tenant.warehouses.find_at(warehouse)?;
            }
            Ok(())
        })
    }

    async fn get_catalog(&self, tenant: TenantId, name: &Name) -> Result<Option<Catalog>> {
        self.read(|state| Ok(Some(state.tenant(tenant)?.catalog(name)?.catalog.clone())))
    }

    async fn list_catalogs(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Catalog>> {
        self.read(|state| {
            let catalogs = state.tenant(tenant)?.catalogs.after(page.after.as_ref());
            Ok(first(page.limit, catalogs.map(|row| &row.catalog)))
        })
    }

    async fn update_catalog(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &CatalogUpdate,
    ) -> Result<Catalog> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            let before = tenant.catalog(name)?.clone();
            let after = CatalogState { catalog: before.catalog.updated(update), ..before };
            let after = tenant.catalogs.put(after)?.catalog;
            if let Some(Some(warehouse)) = &update.warehouse {
                tenant.warehouses.find_at(warehouse)?;
            }
            if update.federation.is_some() && after.kind == CatalogKind::Local {
                return Err(StoreError::conflict(ConflictReason::NotFederated, name));
            }
            Ok(after)
        })
    }

    async fn delete_catalog(&self, tenant: TenantId, name: &Name) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            let catalog = tenant.catalog(name)?.catalog.id;
            let gone = tenant.catalogs.remove(catalog)?;
            let assets: Vec<AssetId> =
                gone.branches.values().flat_map(|branch| branch.assets.ids()).collect();
            tenant.forget_lost(assets)
        })
    }
}
