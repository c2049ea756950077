use async_trait::async_trait;

use super::MemoryStore;
use super::state::TenantState;
use super::table::{Row, first};
use crate::store::Warehouses;
use crate::{
    CatalogId, ConflictReason, Entity, Name, Page, Result, StoreError, TenantId, Warehouse,
    WarehouseId, WarehouseUpdate,
};

impl Row for Warehouse {
    const ENTITY: Entity = Entity::Warehouse;
    type Id = WarehouseId;
    type Key = Name;

    fn id(&self) -> WarehouseId {
        self.id
    }

    fn key(&self) -> Name {
        self.name.clone()
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}

impl TenantState {
    /// The catalogs that name a warehouse.
    fn catalogs_of(&self, warehouse: &Name) -> Vec<CatalogId> {
        let catalogs = self.catalogs.iter().map(|row| &row.catalog);
        let naming = catalogs.filter(|catalog| catalog.warehouse.as_ref() == Some(warehouse));
        naming.map(|catalog| catalog.id).collect()
    }
}

#[async_trait]
impl Warehouses for MemoryStore {
    async fn create_warehouse(&self, tenant: TenantId, warehouse: &Warehouse) -> Result<()> {
        self.write(|state| state.tenant_mut(tenant)?.warehouses.add(warehouse.clone()))
    }

    async fn get_warehouse(&self, tenant: TenantId, name: &Name) -> Result<Option<Warehouse>> {
        self.read(|state| Ok(state.tenant(tenant)?.warehouses.at(name).cloned()))
    }

    async fn list_warehouses(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Warehouse>> {
        self.read(|state| {
            let warehouses = &state.tenant(tenant)?.warehouses;
            Ok(first(page.limit, warehouses.after(page.after.as_ref())))
        })
    }

    async fn update_warehouse(
        &self,
        tenant: TenantId,
        name: &Name,
        update: &WarehouseUpdate,
    ) -> Result<Warehouse> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            let after = tenant.warehouses.find_at(name)?.clone().updated(update);
            let after = tenant.warehouses.put(after)?;
            for catalog in tenant.catalogs_of(name) {
                tenant.catalogs.find_mut(catalog)?.catalog.warehouse = Some(after.name.clone());
            }
            Ok(after)
        })
    }

    async fn delete_warehouse(&self, tenant: TenantId, name: &Name) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            let warehouse = tenant.warehouses.find_at(name)?.id;
            if !tenant.catalogs_of(name).is_empty() {
                return Err(StoreError::conflict(ConflictReason::InUse, name));
            }
            tenant.warehouses.remove(warehouse).map(drop)
        })
    }
}
