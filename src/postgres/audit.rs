//! The audit log: the table `audit_events`, with indexes for all events of a tenant, for those of a
//! user and for those about a resource.

use async_trait::async_trait;
use const_format::formatcp;
use uuid::Uuid;

use super::PostgresStore;
use super::namespaces::count;
use super::statement::{Row, Values, limit, values};
use crate::store::AuditLog;
use crate::{
    AuditAction, AuditEvent, AuditEventId, AuditFilter, AuditKey, AuditResult, Entity, Page,
    ResourceId, ResourceType, Result, StoreError, TenantId, UserId,
};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    tenant, id, user_id, username, action, resource_type, resource_id, resource_name, timestamp,
    ip_address, user_agent, result, error_message, metadata";

/// The condition that an event is in a [`Selection`], on top of its tenant.
///
/// A statement for one resource or one user also compares that column by itself, so that the planner can
/// use the index on the tenant and that column.
const IS_SELECTED: &str = "\
    (timestamp, id) < ($2, $3) AND timestamp >= $4
    AND ($5 IS NULL OR user_id = $5) AND ($6 IS NULL OR resource_id = $6)
    AND ($7 IS NULL OR action = $7) AND ($8 IS NULL OR resource_type = $8)
    AND ($9 IS NULL OR result = $9)";

const PAGE: &str = "ORDER BY timestamp DESC, id DESC LIMIT $10";

const LIST: &str = formatcp!(
    "SELECT {COLUMNS} FROM audit_events
     WHERE tenant = $1 AND {IS_SELECTED} {PAGE}"
);
const LIST_OF_RESOURCE: &str = formatcp!(
    "SELECT {COLUMNS} FROM audit_events
     WHERE tenant = $1 AND resource_id = $6 AND {IS_SELECTED} {PAGE}"
);
const LIST_OF_USER: &str = formatcp!(
    "SELECT {COLUMNS} FROM audit_events
     WHERE tenant = $1 AND user_id = $5 AND {IS_SELECTED} {PAGE}"
);

// `$10 IS NULL` gives a count the same parameters as a listing.
const COUNT: &str = formatcp!(
    "SELECT count(*) FROM audit_events
     WHERE tenant = $1 AND {IS_SELECTED} AND $10 IS NULL"
);
const COUNT_OF_RESOURCE: &str = formatcp!(
    "SELECT count(*) FROM audit_events
     WHERE tenant = $1 AND resource_id = $6 AND {IS_SELECTED} AND $10 IS NULL"
);
const COUNT_OF_USER: &str = formatcp!(
    "SELECT count(*) FROM audit_events
     WHERE tenant = $1 AND user_id = $5 AND {IS_SELECTED} AND $10 IS NULL"
);

#[async_trait]
impl AuditLog for PostgresStore {
    async fn log_audit_event(&self, event: &AuditEvent) -> Result<()> {
        let sql = formatcp!(
            "WITH at AS (
                 SELECT t.id AS tenant,
                        NOT EXISTS (SELECT FROM audit_events WHERE tenant = $1 AND id = $2) AS free
                 FROM tenants t WHERE t.id = $1
             ),
             inserted AS (
                 INSERT INTO audit_events ({COLUMNS})
                 SELECT tenant, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
                 FROM at WHERE free
                 ON CONFLICT DO NOTHING RETURNING id
             )
             SELECT free, EXISTS (SELECT FROM inserted) FROM at"
        );
        let values = values![
            event.tenant,
            event.id,
            event.user,
            &event.username,
            event.action,
            event.resource_type,
            event.resource_id,
            &event.resource_name,
            event.timestamp,
            &event.ip_address,
            &event.user_agent,
            event.result,
            &event.error_message,
            &event.metadata,
        ];
        self.write(sql, values, |mut answer| {
            answer.tenant(event.tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::AuditEvent, event.id))?;
            answer.done()
        })
        .await
    }

    async fn get_audit_event(
        &self,
        tenant: TenantId,
        event: AuditEventId,
    ) -> Result<Option<AuditEvent>> {
        let sql = formatcp!("SELECT {COLUMNS} FROM audit_events WHERE tenant = $1 AND id = $2");
        self.first(sql, values![tenant, event], read).await
    }

    async fn list_audit_events(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        page: &Page<AuditKey>,
    ) -> Result<Vec<AuditEvent>> {
        let selection = Selection::new(filter, page.after);
        let sql = match (selection.resource_id, selection.user) {
            (Some(_), _) => LIST_OF_RESOURCE,
            (None, Some(_)) => LIST_OF_USER,
            (None, None) => LIST,
        };
        self.all(sql, selection.values(tenant, Some(limit(page.limit))), read).await
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: &AuditFilter) -> Result<u64> {
        let selection = Selection::new(filter, None);
        let sql = match (selection.resource_id, selection.user) {
            (Some(_), _) => COUNT_OF_RESOURCE,
            (None, Some(_)) => COUNT_OF_USER,
            (None, None) => COUNT,
        };
        Ok(self.first(sql, selection.values(tenant, None), count).await?.unwrap_or(0))
    }
}

/// The events that a filter matches and that follow a key in the listing, which has the newest first.
struct Selection {
    /// The events lie before this time and id. No id sorts before the nil one.
    before: (i64, Uuid),
    from: i64,
    user: Option<UserId>,
    resource_id: Option<ResourceId>,
    action: Option<AuditAction>,
    resource_type: Option<ResourceType>,
    result: Option<AuditResult>,
}

impl Selection {
    fn new(filter: &AuditFilter, after: Option<AuditKey>) -> Self {
        let to = (filter.to.map_or(i64::MAX, |to| to.micros() + 1), Uuid::nil());
        let after = after.map(|after| (after.timestamp.micros(), after.id.uuid()));
        Self {
            before: after.map_or(to, |after| after.min(to)),
            from: filter.from.map_or(i64::MIN, |from| from.micros()),
            user: filter.user,
            resource_id: filter.resource_id,
            action: filter.action,
            resource_type: filter.resource_type,
            result: filter.result,
        }
    }

    fn values(&self, tenant: TenantId, limit: Option<i64>) -> Values {
        let (before, id) = self.before;
        values![
            tenant,
            before,
            id,
            self.from,
            self.user,
            self.resource_id,
            self.action,
            self.resource_type,
            self.result,
            limit,
        ]
    }
}

fn read(row: &Row, at: usize) -> sqlx::Result<AuditEvent> {
    Ok(AuditEvent {
        tenant: row.get(at)?,
        id: row.get(at + 1)?,
        user: row.get(at + 2)?,
        username: row.get(at + 3)?,
        action: row.get(at + 4)?,
        resource_type: row.get(at + 5)?,
        resource_id: row.get(at + 6)?,
        resource_name: row.get(at + 7)?,
        timestamp: row.get(at + 8)?,
        ip_address: row.get(at + 9)?,
        user_agent: row.get(at + 10)?,
        result: row.get(at + 11)?,
        error_message: row.get(at + 12)?,
        metadata: row.get(at + 13)?,
    })
}
