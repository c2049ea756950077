use async_trait::async_trait;
use bson::{Document, doc};

use super::MongoStore;
use super::business_metadata::touch_holder;
use super::error::Undecodable;
use super::queue::Guard;
use super::schema::ACCESS_REQUESTS;
use super::transaction::{OrTaken, transaction};
use super::users::touch_user;
use super::value::Fields;
use crate::store::AccessRequests;
use crate::{
    AccessRequest, AccessRequestId, AccessRequestKey, ConflictReason, Entity, NewAccessRequest,
    Page, RequestStatus, Result, Review, StoreError, TenantId,
};

#[async_trait]
impl AccessRequests for MongoStore {
    async fn create_access_request(&self, request: &NewAccessRequest) -> Result<()> {
        let AccessRequest { id, tenant, user, asset, reason, requested_at, status, .. } =
            request.clone().into();
        let row = doc! {
            "tenant": tenant, "id": id, "user": user, "asset": asset, "reason": reason,
            "requested_at": requested_at, "status": status,
        };
        transaction!(self, [Guard::User(user)], |txn| {
            let requested = (ACCESS_REQUESTS, Entity::AccessRequest, id.uuid());
            touch_user(txn, tenant, user, requested).await?;
            txn.insert(ACCESS_REQUESTS, row.clone()).await.or_taken(Entity::AccessRequest, id)?;
            match touch_holder(txn, tenant, asset).await? {
                true => Ok(()),
                false => Err(StoreError::not_found(Entity::Asset, asset).into()),
            }
        })
    }

    async fn get_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
    ) -> Result<Option<AccessRequest>> {
        self.get(ACCESS_REQUESTS, doc! { "tenant": tenant, "id": request }, read).await
    }

    async fn list_access_requests(
        &self,
        tenant: TenantId,
        status: Option<RequestStatus>,
        page: &Page<AccessRequestKey>,
    ) -> Result<Vec<AccessRequest>> {
        let mut requests = doc! { "tenant": tenant };
        requests.extend(status.map(|status| ("status".to_owned(), status.into())));
        if let Some(AccessRequestKey { requested_at, id }) = page.after {
            let later = doc! { "requested_at": { "$gt": requested_at } };
            let same = doc! { "requested_at": requested_at, "id": { "$gt": id } };
            requests.insert("$or", [later, same]);
        }
        let order = doc! { "requested_at": 1, "id": 1 };
        self.list(ACCESS_REQUESTS, requests, order, page, read).await
    }

    async fn review_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
        review: &Review,
    ) -> Result<AccessRequest> {
        let Review { decision, reviewed_by, reviewed_at, comment } = review;
        let this = doc! { "tenant": tenant, "id": request };
        let mut pending = this.clone();
        pending.insert("status", RequestStatus::Pending);
        let update = doc! { "$set": {
            "status": RequestStatus::from(*decision), "reviewed_by": reviewed_by,
            "reviewed_at": reviewed_at, "comment": comment,
        } };
        if let Some(row) = self.change(ACCESS_REQUESTS, pending, update).await? {
            return Ok(read(&row)?);
        }
        match self.get(ACCESS_REQUESTS, this, read).await? {
            Some(_) => Err(StoreError::conflict(ConflictReason::IllegalState, request)),
            None => Err(self.missing_in(tenant, Entity::AccessRequest, request).await),
        }
    }
}

fn read(row: &Document) -> Result<AccessRequest, Undecodable> {
    Ok(AccessRequest {
        tenant: row.read("tenant")?,
        id: row.read("id")?,
        user: row.read("user")?,
        asset: row.read("asset")?,
        reason: row.read("reason")?,
        requested_at: row.read("requested_at")?,
        status: row.read("status")?,
        reviewed_by: row.read("reviewed_by")?,
        reviewed_at: row.read("reviewed_at")?,
        comment: row.read("comment")?,
    })
}
