use async_trait::async_trait;

use super::MemoryStore;
use super::table::{after, first};
use crate::permission;
use crate::store::Permissions;
use crate::{Entity, Grant, Page, Permission, PermissionId, Result, StoreError, TenantId, UserId};

#[async_trait]
impl Permissions for MemoryStore {
    async fn grant_permission(&self, tenant: TenantId, permission: &Permission) -> Result<()> {
        self.write(|state| {
            let permissions = &mut state.tenant_mut(tenant)?.permissions;
            if permissions.insert(permission.id, permission.clone()).is_some() {
                return Err(StoreError::already_exists(Entity::Permission, permission.id));
            }
            state.user_of(tenant, permission.user).map(drop)
        })
    }

    async fn revoke_permission(&self, tenant: TenantId, permission: PermissionId) -> Result<()> {
        self.write(|state| {
            let gone = state.tenant_mut(tenant)?.permissions.remove(&permission);
            gone.map(drop).ok_or_else(|| StoreError::not_found(Entity::Permission, permission))
        })
    }

    async fn list_user_permissions(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>> {
        self.read(|state| {
            let permissions = after(&state.tenant(tenant)?.permissions, page.after.as_ref());
            let permissions = permissions.map(|(_, permission)| permission);
            Ok(first(page.limit, permissions.filter(|permission| permission.user == user)))
        })
    }

    async fn list_tenant_permissions(
        &self,
        tenant: TenantId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>> {
        self.read(|state| {
            let permissions = after(&state.tenant(tenant)?.permissions, page.after.as_ref());
            Ok(first(page.limit, permissions.map(|(_, permission)| permission)))
        })
    }

    async fn effective_permissions(&self, tenant: TenantId, user: UserId) -> Result<Vec<Grant>> {
        self.read(|state| {
            let tenant = state.tenant(tenant)?;
            let direct = tenant.permissions.values().filter(|permission| permission.user == user);
            let direct = direct.map(|permission| Grant {
                scope: permission.scope.clone(),
                actions: permission.actions.clone(),
            });
            let by_role = tenant.roles_of(user).flat_map(|role| role.grants.items()).cloned();
            Ok(permission::effective(direct.chain(by_role)))
        })
    }
}
