use async_trait::async_trait;

use crate::{
    ApiKeyHash, Name, Page, Result, ServiceUser, ServiceUserId, ServiceUserUpdate, TenantId,
    Timestamp,
};

/// Service users of a tenant. Id and name are unique in it, the API-key hash is unique everywhere.
#[async_trait]
pub trait ServiceUsers: Send + Sync {
    /// Creates a service user.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(ServiceUser)` when the id, the name or the hash is taken.
    async fn create_service_user(&self, service_user: &ServiceUser) -> Result<()>;

    /// The service user with that id.
    async fn get_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<Option<ServiceUser>>;

    /// The service user with that hash, in any tenant, also when it is inactive or expired: the caller
    /// must refuse it then.
    async fn get_service_user_by_api_key_hash(
        &self,
        hash: &ApiKeyHash,
    ) -> Result<Option<ServiceUser>>;

    /// A tenant's service users by name.
    async fn list_service_users(
        &self,
        tenant: TenantId,
        page: &Page<Name>,
    ) -> Result<Vec<ServiceUser>>;

    /// Changes a service user and returns it as it is now.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(ServiceUser)`; `AlreadyExists(ServiceUser)` when another one
    /// has the new name.
    async fn update_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        update: &ServiceUserUpdate,
    ) -> Result<ServiceUser>;

    /// Replaces a service user's key by the one with that hash. The old hash no longer finds it.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(ServiceUser)`; `AlreadyExists(ServiceUser)` when another one
    /// has the hash.
    async fn rotate_api_key(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        hash: &ApiKeyHash,
    ) -> Result<()>;

    /// Records that a service user authenticated at that time. `last_used` only increases: an earlier
    /// time changes nothing.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(ServiceUser)`.
    async fn touch_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
        at: Timestamp,
    ) -> Result<()>;

    /// Deletes a service user.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(ServiceUser)`.
    async fn delete_service_user(
        &self,
        tenant: TenantId,
        service_user: ServiceUserId,
    ) -> Result<()>;
}
