use async_trait::async_trait;

use super::MemoryStore;
use super::table::{Row, first};
use crate::store::AccessRequests;
use crate::{
    AccessRequest, AccessRequestId, AccessRequestKey, ConflictReason, Entity, NewAccessRequest,
    Page, RequestStatus, Result, Review, StoreError, TenantId,
};

impl Row for AccessRequest {
    const ENTITY: Entity = Entity::AccessRequest;
    type Id = AccessRequestId;
    type Key = AccessRequestKey;

    fn id(&self) -> AccessRequestId {
        self.id
    }

    fn key(&self) -> AccessRequestKey {
        AccessRequest::key(self)
    }
}

#[async_trait]
impl AccessRequests for MemoryStore {
    async fn create_access_request(&self, request: &NewAccessRequest) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(request.tenant)?;
            tenant.access_requests.add(request.clone().into())?;
            tenant.requests_by_asset.entry(request.asset).or_default().insert(request.id);
            state.user_of(request.tenant, request.user)?;
            state.tenant(request.tenant)?.check_held(request.asset)
        })
    }

    async fn get_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
    ) -> Result<Option<AccessRequest>> {
        self.read(|state| Ok(state.tenant(tenant)?.access_requests.get(request).cloned()))
    }

    async fn list_access_requests(
        &self,
        tenant: TenantId,
        status: Option<RequestStatus>,
        page: &Page<AccessRequestKey>,
    ) -> Result<Vec<AccessRequest>> {
        self.read(|state| {
            let requests = state.tenant(tenant)?.access_requests.after(page.after.as_ref());
            let wanted =
                requests.filter(|request| status.is_none_or(|status| request.status == status));
            Ok(first(page.limit, wanted))
        })
    }

    async fn review_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
        review: &Review,
    ) -> Result<AccessRequest> {
        self.write(|state| {
            let requests = &mut state.tenant_mut(tenant)?.access_requests;
            let before = requests.find(request)?.clone();
            if before.status != RequestStatus::Pending {
                return Err(StoreError::conflict(ConflictReason::IllegalState, request));
            }
            requests.put(before.reviewed(review))
        })
    }
}
