use async_trait::async_trait;

use crate::{Name, Page, Result, Role, RoleId, RoleUpdate, TenantId, UserId};

/// Roles of a tenant, and which users have them. Id and name are unique in it.
#[async_trait]
pub trait Roles: Send + Sync {
    /// Creates a role.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(Role)` when the id or the name is taken.
    async fn create_role(&self, tenant: TenantId, role: &Role) -> Result<()>;

    /// The role with that id.
    async fn get_role(&self, tenant: TenantId, role: RoleId) -> Result<Option<Role>>;

    /// A tenant's roles by name.
    async fn list_roles(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Role>>;

    /// Changes a role and returns it as it is now.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Role)`; `AlreadyExists(Role)` when another one has the new
    /// name.
    async fn update_role(
        &self,
        tenant: TenantId,
        role: RoleId,
        update: &RoleUpdate,
    ) -> Result<Role>;

    /// Deletes a role with its assignments.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Role)`.
    async fn delete_role(&self, tenant: TenantId, role: RoleId) -> Result<()>;

    /// Assigns a role of the tenant to a user of the tenant.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(RoleAssignment)`; `NotFound(User)`, `NotFound(Role)`.
    async fn assign_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()>;

    /// Takes a role from a user.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `NotFound(RoleAssignment)`.
    async fn revoke_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()>;

    /// The roles of a user of the tenant, by role id.
    async fn list_user_roles(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<RoleId>,
    ) -> Result<Vec<Role>>;
}
