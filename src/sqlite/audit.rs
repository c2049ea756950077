//! The audit log: the table `audit_events`, with indexes for all events of a tenant, for those of a
//! user and for those about a resource.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::Row;

use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, address};
use crate::store::AuditLog;
use crate::{
    AuditAction, AuditEvent, AuditEventId, AuditFilter, AuditKey, AuditResult, Entity, Page,
    ResourceId, ResourceType, Result, TenantId, UserId,
};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    tenant, id, user, username, action, resource_type, resource_id, resource_name, timestamp,
    ip_address, user_agent, result, error_message, metadata";

const INSERT: &str = formatcp!(
    "INSERT INTO audit_events ({COLUMNS})
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
);

/// The condition that an event is in a [`Selection`], on top of its tenant.
///
/// A statement for one resource or one user also compares that column by itself, so that the planner can
/// use the index on the tenant and that column.
const IS_SELECTED: &str = "\
    (timestamp, id) < (?2, coalesce(?3, x'')) AND timestamp >= ?4
    AND (?5 IS NULL OR user = ?5) AND (?6 IS NULL OR resource_id = ?6)
    AND (?7 IS NULL OR action = ?7) AND (?8 IS NULL OR resource_type = ?8)
    AND (?9 IS NULL OR result = ?9)";

const PAGE: &str = "ORDER BY timestamp DESC, id DESC LIMIT ?10";

const LIST: &str = formatcp!(
    "SELECT {COLUMNS} FROM audit_events
     WHERE tenant = ?1 AND {IS_SELECTED} {PAGE}"
);
const LIST_OF_RESOURCE: &str = formatcp!(
    "SELECT {COLUMNS} FROM audit_events
     WHERE tenant = ?1 AND resource_id = ?6 AND {IS_SELECTED} {PAGE}"
);
const LIST_OF_USER: &str = formatcp!(
    "SELECT {COLUMNS} FROM audit_events
     WHERE tenant = ?1 AND user = ?5 AND {IS_SELECTED} {PAGE}"
);

const COUNT: &str =
    formatcp!("SELECT count(*) FROM audit_events WHERE tenant = ?1 AND {IS_SELECTED}");
const COUNT_OF_RESOURCE: &str = formatcp!(
    "SELECT count(*) FROM audit_events
     WHERE tenant = ?1 AND resource_id = ?6 AND {IS_SELECTED}"
);
const COUNT_OF_USER: &str = formatcp!(
    "SELECT count(*) FROM audit_events
     WHERE tenant = ?1 AND user = ?5 AND {IS_SELECTED}"
);

#[async_trait]
impl AuditLog for SqliteStore {
    async fn log_audit_event(&self, event: &AuditEvent) -> Result<()> {
        let event = event.clone();
        self.write(move |db| {
            address::tenant(db, event.tenant)?;
            let row = (
                event.tenant,
                event.id,
                event.user,
                event.username,
                event.action,
                event.resource_type,
                event.resource_id,
                event.resource_name,
                event.timestamp,
                event.ip_address,
                event.user_agent,
                event.result,
                event.error_message,
                event.metadata,
            );
            db.run(INSERT, row).or_taken(Entity::AuditEvent, event.id)?;
            Ok(())
        })
        .await
    }

    async fn get_audit_event(
        &self,
        tenant: TenantId,
        event: AuditEventId,
    ) -> Result<Option<AuditEvent>> {
        self.read(move |db| {
            let sql = formatcp!("SELECT {COLUMNS} FROM audit_events WHERE tenant = ?1 AND id = ?2");
            Ok(db.first(sql, (tenant, event), read)?)
        })
        .await
    }

    async fn list_audit_events(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        page: &Page<AuditKey>,
    ) -> Result<Vec<AuditEvent>> {
        let (selection, limit) = (Selection::new(filter, page.after), page.limit);
        self.read(move |db| {
            let sql = match (selection.resource_id, selection.user) {
                (Some(_), _) => LIST_OF_RESOURCE,
                (None, Some(_)) => LIST_OF_USER,
                (None, None) => LIST,
            };
            let (before, id) = selection.before;
            let values = (
                tenant,
                before,
                id,
                selection.from,
                selection.user,
                selection.resource_id,
                selection.action,
                selection.resource_type,
                selection.result,
                limit,
            );
            Ok(db.all(sql, values, read)?)
        })
        .await
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: &AuditFilter) -> Result<u64> {
        let selection = Selection::new(filter, None);
        self.read(move |db| {
            let sql = match (selection.resource_id, selection.user) {
                (Some(_), _) => COUNT_OF_RESOURCE,
                (None, Some(_)) => COUNT_OF_USER,
                (None, None) => COUNT,
            };
            let (before, id) = selection.before;
            let values = (
                tenant,
                before,
                id,
                selection.from,
                selection.user,
                selection.resource_id,
                selection.action,
                selection.resource_type,
                selection.result,
            );
            let count = db.first(sql, values, |row| row.get::<_, i64>(0))?;
            Ok(count.map_or(0, i64::unsigned_abs))
        })
        .await
    }
}

/// The events that a filter matches and that follow a key in the listing, which has the newest first.
struct Selection {
    /// The events lie before this time and id. Without an id, it sorts before every id of that time.
    before: (i64, Option<AuditEventId>),
    from: i64,
    user: Option<UserId>,
    resource_id: Option<ResourceId>,
    action: Option<AuditAction>,
    resource_type: Option<ResourceType>,
    result: Option<AuditResult>,
}

impl Selection {
    fn new(filter: &AuditFilter, after: Option<AuditKey>) -> Self {
        let to = filter.to.map_or(i64::MAX, |to| to.micros() + 1);
        let after = after.map(|after| (after.timestamp.micros(), Some(after.id)));
        Self {
            before: after.map_or((to, None), |after| after.min((to, None))),
            from: filter.from.map_or(i64::MIN, |from| from.micros()),
            user: filter.user,
            resource_id: filter.resource_id,
            action: filter.action,
            resource_type: filter.resource_type,
            result: filter.result,
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEvent> {
    Ok(AuditEvent {
        tenant: row.get(0)?,
        id: row.get(1)?,
        user: row.get(2)?,
        username: row.get(3)?,
        action: row.get(4)?,
        resource_type: row.get(5)?,
        resource_id: row.get(6)?,
        resource_name: row.get(7)?,
        timestamp: row.get(8)?,
        ip_address: row.get(9)?,
        user_agent: row.get(10)?,
        result: row.get(11)?,
        error_message: row.get(12)?,
        metadata: row.get(13)?,
    })
}
