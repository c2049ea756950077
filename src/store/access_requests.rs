use async_trait::async_trait;

use crate::{
    AccessRequest, AccessRequestId, AccessRequestKey, NewAccessRequest, Page, RequestStatus,
    Result, Review, TenantId,
};

/// Access requests of a tenant. The id is unique in it. They are deleted together with the last row of
/// their asset over all catalogs and branches.
#[async_trait]
pub trait AccessRequests: Send + Sync {
    /// Creates a request, `Pending`.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(AccessRequest)`; `NotFound(User)` unless the user
    /// belongs to the tenant; `NotFound(Asset)` unless some branch holds the asset.
    async fn create_access_request(&self, request: &NewAccessRequest) -> Result<()>;

    /// The request with that id.
    async fn get_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
    ) -> Result<Option<AccessRequest>>;

    /// A tenant's requests, all or those with one status, by `requested_at`, then id.
    async fn list_access_requests(
        &self,
        tenant: TenantId,
        status: Option<RequestStatus>,
        page: &Page<AccessRequestKey>,
    ) -> Result<Vec<AccessRequest>>;

    /// Decides a request and returns it as it is now. A request can be decided once.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(AccessRequest)`; `Conflict(IllegalState)` unless it is
    /// `Pending`.
    async fn review_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
        review: &Review,
    ) -> Result<AccessRequest>;
}
