use async_trait::async_trait;

use crate::{Grant, Page, Permission, PermissionId, Result, TenantId, UserId};

/// Grants given directly to users of a tenant. The id is unique in the tenant.
#[async_trait]
pub trait Permissions: Send + Sync {
    /// Grants a permission.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(Permission)`; `NotFound(User)` unless the user
    /// belongs to the tenant.
    async fn grant_permission(&self, tenant: TenantId, permission: &Permission) -> Result<()>;

    /// Revokes a permission.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Permission)`.
    async fn revoke_permission(&self, tenant: TenantId, permission: PermissionId) -> Result<()>;

    /// A user's permissions in a tenant, by id.
    async fn list_user_permissions(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>>;

    /// A tenant's permissions, by id.
    async fn list_tenant_permissions(
        &self,
        tenant: TenantId,
        page: &Page<PermissionId>,
    ) -> Result<Vec<Permission>>;

    /// What a user may do in a tenant: the union of the user's permissions and of the grants of the
    /// user's roles, one grant per scope with all actions of that scope, by scope
    /// ([`permission::effective`](crate::permission::effective)).
    async fn effective_permissions(&self, tenant: TenantId, user: UserId) -> Result<Vec<Grant>>;
}
