//! Access requests: the table `access_requests`.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::statement::Statements;
use super::{SqliteStore, address, business_metadata, users};
use crate::store::AccessRequests;
use crate::{
    AccessRequest, AccessRequestId, AccessRequestKey, ConflictReason, Entity, NewAccessRequest,
    Page, RequestStatus, Result, Review, StoreError, TenantId,
};

/// The columns that [`read`] reads.
const COLUMNS: &str =
    "tenant, id, user, asset, reason, requested_at, status, reviewed_by, reviewed_at, comment";

#[async_trait]
impl AccessRequests for SqliteStore {
    async fn create_access_request(&self, request: &NewAccessRequest) -> Result<()> {
        let request = AccessRequest::from(request.clone());
        self.write(move |db| {
            address::tenant(db, request.tenant)?;
            if get(db, request.tenant, request.id)?.is_some() {
                return Err(StoreError::already_exists(Entity::AccessRequest, request.id));
            }
            users::must_be_of(db, request.tenant, request.user)?;
            if !business_metadata::has_asset(db, request.tenant, request.asset)? {
                return Err(StoreError::not_found(Entity::Asset, request.asset));
            }
            let sql = formatcp!(
                "INSERT INTO access_requests ({COLUMNS})
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            );
            let row = (
                request.tenant,
                request.id,
                request.user,
                request.asset,
                request.reason,
                request.requested_at,
                request.status,
                request.reviewed_by,
                request.reviewed_at,
                request.comment,
            );
            db.run(sql, row)?;
            Ok(())
        })
        .await
    }

    async fn get_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
    ) -> Result<Option<AccessRequest>> {
        self.read(move |db| get(db, tenant, request)).await
    }

    async fn list_access_requests(
        &self,
        tenant: TenantId,
        status: Option<RequestStatus>,
        page: &Page<AccessRequestKey>,
    ) -> Result<Vec<AccessRequest>> {
        let page = page.clone();
        self.read(move |db| {
            let after = page.after.map_or(i64::MIN, |after| after.requested_at.micros());
            let id = page.after.map(|after| after.id);
            let Some(status) = status else {
                let sql = formatcp!(
                    "SELECT {COLUMNS} FROM access_requests
                     WHERE tenant = ?1 AND (requested_at, id) > (?2, coalesce(?3, x''))
                     ORDER BY requested_at, id LIMIT ?4"
                );
                return Ok(db.all(sql, (tenant, after, id, page.limit), read)?);
            };
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM access_requests
                 WHERE tenant = ?1 AND (requested_at, id) > (?2, coalesce(?3, x''))
                   AND status = ?5
                 ORDER BY requested_at, id LIMIT ?4"
            );
            Ok(db.all(sql, (tenant, after, id, page.limit, status), read)?)
        })
        .await
    }

    async fn review_access_request(
        &self,
        tenant: TenantId,
        request: AccessRequestId,
        review: &Review,
    ) -> Result<AccessRequest> {
        let review = review.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let before = get(db, tenant, request)?;
            let before =
                before.ok_or_else(|| StoreError::not_found(Entity::AccessRequest, request))?;
            if before.status != RequestStatus::Pending {
                return Err(StoreError::conflict(ConflictReason::IllegalState, request));
            }
            let after = before.reviewed(&review);
            let sql = "UPDATE access_requests
                       SET status = ?3, reviewed_by = ?4, reviewed_at = ?5, comment = ?6
                       WHERE tenant = ?1 AND id = ?2";
            let AccessRequest { status, reviewed_by, reviewed_at, comment, .. } = &after;
            db.run(sql, (tenant, request, status, reviewed_by, reviewed_at, comment))?;
            Ok(after)
        })
        .await
    }
}

fn get(
    db: &Connection,
    tenant: TenantId,
    request: AccessRequestId,
) -> Result<Option<AccessRequest>> {
    let sql = formatcp!("SELECT {COLUMNS} FROM access_requests WHERE tenant = ?1 AND id = ?2");
    Ok(db.first(sql, (tenant, request), read)?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<AccessRequest> {
    Ok(AccessRequest {
        tenant: row.get(0)?,
        id: row.get(1)?,
        user: row.get(2)?,
        asset: row.get(3)?,
        reason: row.get(4)?,
        requested_at: row.get(5)?,
        status: row.get(6)?,
        reviewed_by: row.get(7)?,
        reviewed_at: row.get(8)?,
        comment: row.get(9)?,
    })
}
