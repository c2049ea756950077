use async_trait::async_trait;
use bson::{Document, doc};

use super::error::Undecodable;
use super::queue::Guard;
use super::schema::AUDIT_EVENTS;
use super::transaction::{OrTaken, transaction};
use super::value::Fields;
use super::{MongoStore, address};
use crate::store::AuditLog;
use crate::{AuditEvent, AuditEventId, AuditFilter, AuditKey, Entity, Page, Result, TenantId};

#[async_trait]
impl AuditLog for MongoStore {
    async fn log_audit_event(&self, event: &AuditEvent) -> Result<()> {
        let row = doc! {
            "tenant": event.tenant,
            "id": event.id,
            "user": event.user,
            "username": &event.username,
            "action": event.action,
            "resource_type": event.resource_type,
            "resource_id": event.resource_id,
            "resource_name": &event.resource_name,
            "timestamp": event.timestamp,
            "ip_address": &event.ip_address,
            "user_agent": &event.user_agent,
            "result": event.result,
            "error_message": &event.error_message,
            "metadata": &event.metadata,
        };
        let slot = self.next_slot();
        transaction!(self, [Guard::Slot(event.tenant, slot)], |txn| {
            address::tenant(txn, event.tenant, slot).await?;
            txn.insert(AUDIT_EVENTS, row.clone()).await.or_taken(Entity::AuditEvent, event.id)
        })
    }

    async fn get_audit_event(
        &self,
        tenant: TenantId,
        event: AuditEventId,
    ) -> Result<Option<AuditEvent>> {
        self.get(AUDIT_EVENTS, doc! { "tenant": tenant, "id": event }, read).await
    }

    async fn list_audit_events(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        page: &Page<AuditKey>,
    ) -> Result<Vec<AuditEvent>> {
        let mut events = matching(tenant, filter);
        if let Some(AuditKey { timestamp, id }) = page.after {
            let sooner = doc! { "timestamp": { "$lt": timestamp } };
            events.insert("$or", [sooner, doc! { "timestamp": timestamp, "id": { "$lt": id } }]);
        }
        self.list(AUDIT_EVENTS, events, doc! { "timestamp": -1, "id": -1 }, page, read).await
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: &AuditFilter) -> Result<u64> {
        let count = vec![doc! { "$match": matching(tenant, filter) }, doc! { "$count": "count" }];
        self.count(AUDIT_EVENTS, count).await
    }
}

/// Matches the events of a tenant that a filter selects.
fn matching(tenant: TenantId, filter: &AuditFilter) -> Document {
    let AuditFilter { user, action, resource_type, resource_id, from, to, result } = *filter;
    let mut events = doc! { "tenant": tenant };
    events.extend(user.map(|user| ("user".to_owned(), user.into())));
    events.extend(action.map(|action| ("action".to_owned(), action.into())));
    events.extend(resource_type.map(|kind| ("resource_type".to_owned(), kind.into())));
    events.extend(resource_id.map(|id| ("resource_id".to_owned(), id.into())));
    events.extend(result.map(|result| ("result".to_owned(), result.into())));
    let mut time = Document::new();
    time.extend(from.map(|from| ("$gte".to_owned(), from.into())));
    time.extend(to.map(|to| ("$lte".to_owned(), to.into())));
    if !time.is_empty() {
        events.insert("timestamp", time);
    }
    events
}

fn read(row: &Document) -> Result<AuditEvent, Undecodable> {
    Ok(AuditEvent {
        tenant: row.read("tenant")?,
        id: row.read("id")?,
        user: row.read("user")?,
        username: row.read("username")?,
        action: row.read("action")?,
        resource_type: row.read("resource_type")?,
        resource_id: row.read("resource_id")?,
        resource_name: row.read("resource_name")?,
        timestamp: row.read("timestamp")?,
        ip_address: row.read("ip_address")?,
        user_agent: row.read("user_agent")?,
        result: row.read("result")?,
        error_message: row.read("error_message")?,
        metadata: row.read("metadata")?,
    })
}
