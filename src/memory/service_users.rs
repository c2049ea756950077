use async_trait::async_trait;

use super::MemoryStore;
use super::state::State;
use super::table::{Row, first};
use crate::store::ServiceUsers;
use crate::{
    ApiKeyHash, Entity, Name, Page, Result, ServiceUser, ServiceUserId, ServiceUserUpdate,
    StoreError, TenantId, Timestamp,
};

impl Row for ServiceUser {
    const ENTITY: Entity = Entity::ServiceUser;
    type Id = ServiceUserId;
    type Key = Name;

    fn id(&self) -> ServiceUserId {
        self.id
    }

    fn key(&self) -> Name {
        self.name.clone()
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}

impl State {
    fn claim_key(&mut self, service_user: &ServiceUser) -> Result<()> {
        let ServiceUser { id, tenant, api_key_hash, .. } = service_user;
        if self.service_users_by_key.insert(api_key_hash.clone(), (*tenant, *id)).is_some() {
            return Err(StoreError::already_exists(Entity::ServiceUser, &service_user.name));
        }
        Ok(())
    }
}

#[async_trait]
impl ServiceUsers for MemoryStore {
    async fn create_service_user(&self, service_user: &ServiceUser) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(service_user.tenant)?;
            tenant.service_users.add(service_user.clone())?;
            state.claim_key(service_user)
        })
    }

    async fn get_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<Option<ServiceUser>> {
        self.read(|state| Ok(state.tenant(tenant)?.service_users.get(service_user).cloned()))
    }

    async fn get_service_user_by_api_key_hash(
        &self,
        hash: &ApiKeyHash,
    ) -> Result<Option<ServiceUser>> {
        self.read(|state| {
            let Some(&(tenant, id)) = state.service_users_by_key.get(hash) else { return Ok(None) };
            Ok(state.tenant(tenant)?.service_users.get(id).cloned())
        })
    }

    async fn list_service_users(
        &self,
        tenant: TenantId,
        page: &Page<Name>,
    ) -> Result<Vec<ServiceUser>> {
        self.read(|state| {
            let service_users = &state.tenant(tenant)?.service_users;
            Ok(first(page.limit, service_users.after(page.after.as_ref())))
        })
    }

    async fn update_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        update: &ServiceUserUpdate,
    ) -> Result<ServiceUser> {
        self.write(|state| {
            let service_users = &mut state.tenant_mut(tenant)?.service_users;
            let after = service_users.find(service_user)?.clone().updated(update);
            service_users.put(after)
        })
    }

    async fn rotate_api_key(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        hash: &ApiKeyHash,
    ) -> Result<()> {
        self.write(|state| {
            let row = state.tenant_mut(tenant)?.service_users.find_mut(service_user)?;
            let before = row.clone();
            row.api_key_hash = hash.clone();
            let after = row.clone();
            state.service_users_by_key.remove(&before.api_key_hash);
            state.claim_key(&after)
        })
    }

    async fn touch_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        at: Timestamp,
    ) -> Result<()> {
        self.write(|state| {
            let row = state.tenant_mut(tenant)?.service_users.find_mut(service_user)?;
            row.last_used = row.last_used.max(Some(at));
            Ok(())
        })
    }

    async fn delete_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<()> {
        self.write(|state| {
            let gone = state.tenant_mut(tenant)?.service_users.remove(service_user)?;
            state.service_users_by_key.remove(&gone.api_key_hash);
            Ok(())
        })
    }
}
