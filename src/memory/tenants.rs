use async_trait::async_trait;

use super::MemoryStore;
use super::state::TenantState;
use super::table::{Row, first};
use crate::store::Tenants;
use crate::{Entity, Name, Page, Result, Tenant, TenantId, TenantUpdate, UserId};

impl Row for TenantState {
    const ENTITY: Entity = Entity::Tenant;
    type Id = TenantId;
    type Key = Name;

    fn id(&self) -> TenantId {
        self.tenant.id
    }

    fn key(&self) -> Name {
        self.tenant.name.clone()
    }

    fn label(&self) -> String {
        self.tenant.name.to_string()
    }
}

#[async_trait]
impl Tenants for MemoryStore {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<()> {
        self.write(|state| state.tenants.add(TenantState::new(tenant.clone())))
    }

    async fn get_tenant(&self, tenant: TenantId) -> Result<Option<Tenant>> {
        self.read(|state| Ok(Some(state.tenant(tenant)?.tenant.clone())))
    }

    async fn list_tenants(&self, page: &Page<Name>) -> Result<Vec<Tenant>> {
        self.read(|state| {
            let tenants = state.tenants.after(page.after.as_ref());
            Ok(first(page.limit, tenants.map(|row| &row.tenant)))
        })
    }

    async fn update_tenant(&self, tenant: TenantId, update: &TenantUpdate) -> Result<Tenant> {
        self.write(|state| {
            let before = state.tenant(tenant)?.clone();
            let after = TenantState { tenant: before.tenant.updated(update), ..before };
            Ok(state.tenants.put(after)?.tenant)
        })
    }

    async fn delete_tenant(&self, tenant: TenantId) -> Result<()> {
        self.write(|state| {
            let gone = state.tenants.remove(tenant)?;
            for service_user in gone.service_users.iter() {
                state.service_users_by_key.remove(&service_user.api_key_hash);
            }
            let users = state.users.iter().filter(|user| user.tenant == Some(tenant));
            let users: Vec<UserId> = users.map(|user| user.id).collect();
            for user in users {
                state.remove_user(user)?;
            }
            Ok(())
        })
    }
}
