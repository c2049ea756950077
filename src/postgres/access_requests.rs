//! Access requests: the table `access_requests`.

use async_trait::async_trait;
use const_format::formatcp;
use uuid::Uuid;

use super::PostgresStore;
use super::business_metadata::LOCKED_ASSET;
use super::statement::{Row, limit, values};
use crate::store::AccessRequests;
use crate::{
    AccessRequest, AccessRequestId, AccessRequestKey, ConflictReason, Entity, NewAccessRequest,
    Page, RequestStatus, Result, Review, StoreError, TenantId,
};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    r.tenant, r.id, r.user_id, r.asset, r.reason, r.requested_at, r.status, r.reviewed_by,
    r.reviewed_at, r.comment";

#[async_trait]
impl AccessRequests for PostgresStore {
    async fn create_access_request(&self, request: &NewAccessRequest) -> Result<()> {
        let sql = formatcp!(
            "WITH at AS (
                 SELECT NOT EXISTS (SELECT FROM access_requests r
                                    WHERE r.tenant = $1 AND r.id = $3) AS free,
                        EXISTS (SELECT FROM users u WHERE u.tenant = $1 AND u.id = $4) AS has_user,
                        EXISTS (SELECT FROM assets a
                                WHERE a.tenant = $1 AND a.id = $2) AS has_asset
                 FROM tenants t WHERE t.id = $1
             ),
             {LOCKED_ASSET},
             locked_user AS (
                 SELECT u.id FROM users u WHERE u.tenant = $1 AND u.id = $4 FOR KEY SHARE
             ),
             inserted AS (
                 INSERT INTO access_requests (tenant, id, user_id, asset, reason, requested_at,
                                              status)
                 SELECT $1, $3, locked_user.id, locked.asset, $5, $6, $7
                 FROM at, locked, locked_user WHERE at.free
                 ON CONFLICT DO NOTHING RETURNING id
             )
             SELECT free, has_user, has_asset, EXISTS (SELECT FROM inserted) FROM at"
        );
        let NewAccessRequest { id, tenant, user, asset, reason, requested_at } = request;
        let status = RequestStatus::Pending;
        let values = values![tenant, asset, id, user, reason, requested_at, status];
        self.write(sql, values, |mut answer| {
            answer.tenant(*tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::AccessRequest, id))?;
            answer.holds(|| StoreError::not_found(Entity::User, user))?;
            answer.holds(|| StoreError::not_found(Entity::Asset, asset))?;
            answer.done()
        })
        .await
    }

    async fn get_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
    ) -> Result<Option<AccessRequest>> {
        let sql =
            formatcp!("SELECT {COLUMNS} FROM access_requests r WHERE r.tenant = $1 AND r.id = $2");
        self.first(sql, values![tenant, request], read).await
    }

    async fn list_access_requests(
        &self,
        tenant: TenantId,
        status: Option<RequestStatus>,
        page: &Page<AccessRequestKey>,
    ) -> Result<Vec<AccessRequest>> {
        let after = page.after.map_or(i64::MIN, |after| after.requested_at.micros());
        let id = page.after.map_or(Uuid::nil(), |after| after.id.uuid());
        let limit = limit(page.limit);
        let Some(status) = status else {
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM access_requests r
                 WHERE r.tenant = $1 AND (r.requested_at, r.id) > ($2, $3)
                 ORDER BY r.requested_at, r.id LIMIT $4"
            );
            return self.all(sql, values![tenant, after, id, limit], read).await;
        };
        let sql = formatcp!(
            "SELECT {COLUMNS} FROM access_requests r
             WHERE r.tenant = $1 AND r.status = $5 AND (r.requested_at, r.id) > ($2, $3)
             ORDER BY r.requested_at, r.id LIMIT $4"
        );
        self.all(sql, values![tenant, after, id, limit, status], read).await
    }

    async fn review_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
        review: &Review,
    ) -> Result<AccessRequest> {
        let sql = formatcp!(
            "WITH before AS (
                 SELECT r.id, r.status IS NOT DISTINCT FROM 'pending' AS pending
                 FROM tenants t LEFT JOIN access_requests r ON r.tenant = t.id AND r.id = $2
                 WHERE t.id = $1
             ),
             after AS (
                 UPDATE access_requests r
                 SET status = $3, reviewed_by = $4, reviewed_at = $5, comment = $6
                 WHERE r.tenant = $1 AND r.id = $2 AND r.status = 'pending'
                 RETURNING r.*
             )
             SELECT b.id IS NOT NULL, b.pending, r.id IS NOT NULL, {COLUMNS}
             FROM before b LEFT JOIN after r ON TRUE"
        );
        let Review { decision, reviewed_by, reviewed_at, comment } = review;
        let status = RequestStatus::from(*decision);
        let values = values![tenant, request, status, reviewed_by, reviewed_at, comment];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.holds(|| StoreError::not_found(Entity::AccessRequest, request))?;
            answer.is_in_state(ConflictReason::IllegalState, request)?;
            answer.read(read)
        })
        .await
    }
}

fn read(row: &Row, at: usize) -> sqlx::Result<AccessRequest> {
    Ok(AccessRequest {
        tenant: row.get(at)?,
        id: row.get(at + 1)?,
        user: row.get(at + 2)?,
        asset: row.get(at + 3)?,
        reason: row.get(at + 4)?,
        requested_at: row.get(at + 5)?,
        status: row.get(at + 6)?,
        reviewed_by: row.get(at + 7)?,
        reviewed_at: row.get(at + 8)?,
        comment: row.get(at + 9)?,
    })
}
