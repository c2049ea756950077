use async_trait::async_trait;
use rusqlite::Row;

use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, address};
use crate::store::AuditLog;
use crate::{
    AuditAction, AuditEvent, AuditEventId, AuditFilter, AuditKey, AuditResult, Entity, Page,
    ResourceId, ResourceType, Result, TenantId, UserId,
};

/// What [`read`] reads.
macro_rules! columns {
    () => {
        "tenant, id, user, username, action, resource_type, resource_id, resource_name, timestamp,
         ip_address, user_agent, result, error_message, metadata"
    };
}

/// The events of a [`Selection`], by the index that starts with the column that `$by` names.
macro_rules! selected {
    ($by:literal) => {
        concat!(
            " FROM audit_events WHERE tenant = ?1 AND ",
            $by,
            " AND (timestamp, id) < (?2, coalesce(?3, x'')) AND timestamp >= ?4
              AND (?5 IS NULL OR user = ?5) AND (?6 IS NULL OR resource_id = ?6)
              AND (?7 IS NULL OR action = ?7) AND (?8 IS NULL OR resource_type = ?8)
              AND (?9 IS NULL OR result = ?9)"
        )
    };
}

macro_rules! list {
    ($by:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            selected!($by),
            " ORDER BY timestamp DESC, id DESC LIMIT ?10"
        )
    };
}

macro_rules! count {
    ($by:literal) => {
        concat!("SELECT count(*)", selected!($by))
    };
}

#[async_trait]
impl AuditLog for SqliteStore {
    async fn log_audit_event(&self, event: &AuditEvent) -> Result<()> {
        let event = event.clone();
        self.write(move |db| {
            address::tenant(db, event.tenant)?;
            let sql = concat!(
                "INSERT INTO audit_events (",
                columns!(),
                ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
            );
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
            db.run(sql, row).or_taken(Entity::AuditEvent, event.id)?;
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
            let sql =
                concat!("SELECT ", columns!(), " FROM audit_events WHERE tenant = ?1 AND id = ?2");
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
        let (of, limit) = (Selection::new(filter, page.after), page.limit);
        self.read(move |db| {
            let sql = match (of.resource_id, of.user) {
                (Some(_), _) => list!("resource_id = ?6"),
                (None, Some(_)) => list!("user = ?5"),
                (None, None) => list!("TRUE"),
            };
            let (before, id) = of.before;
            let values = (
                tenant,
                before,
                id,
                of.from,
                of.user,
                of.resource_id,
                of.action,
                of.resource_type,
                of.result,
                limit,
            );
            Ok(db.all(sql, values, read)?)
        })
        .await
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: &AuditFilter) -> Result<u64> {
        let of = Selection::new(filter, None);
        self.read(move |db| {
            let sql = match (of.resource_id, of.user) {
                (Some(_), _) => count!("resource_id = ?6"),
                (None, Some(_)) => count!("user = ?5"),
                (None, None) => count!("TRUE"),
            };
            let (before, id) = of.before;
            let values = (
                tenant,
                before,
                id,
                of.from,
                of.user,
                of.resource_id,
                of.action,
                of.resource_type,
                of.result,
            );
            let count = db.first(sql, values, |row| row.get::<_, i64>(0))?;
            Ok(count.map_or(0, i64::unsigned_abs))
        })
        .await
    }
}

/// Which events: those that a filter matches, after a key of the listing.
struct Selection {
    /// The events lie before this key in time; no id sorts before every id.
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
