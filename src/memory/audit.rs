use std::cmp::Reverse;

use async_trait::async_trait;

use super::MemoryStore;
use super::table::{Row, first};
use crate::store::AuditLog;
use crate::{AuditEvent, AuditEventId, AuditFilter, AuditKey, Entity, Page, Result, TenantId};

impl Row for AuditEvent {
    const ENTITY: Entity = Entity::AuditEvent;
    type Id = AuditEventId;
    type Key = Reverse<AuditKey>;

    fn id(&self) -> AuditEventId {
        self.id
    }

    fn key(&self) -> Reverse<AuditKey> {
        Reverse(AuditEvent::key(self))
    }
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn log_audit_event(&self, event: &AuditEvent) -> Result<()> {
        self.write(|state| state.tenant_mut(event.tenant)?.audit_events.add(event.clone()))
    }

    async fn get_audit_event(
        &self,
        tenant: TenantId,
        event: AuditEventId,
    ) -> Result<Option<AuditEvent>> {
        self.read(|state| Ok(state.tenant(tenant)?.audit_events.get(event).cloned()))
    }

    async fn list_audit_events(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        page: &Page<AuditKey>,
    ) -> Result<Vec<AuditEvent>> {
        self.read(|state| {
            let newest = &state.tenant(tenant)?.audit_events;
            let events = newest.after(page.after.map(Reverse).as_ref());
            Ok(first(page.limit, events.filter(|event| filter.matches(event))))
        })
    }

    async fn count_audit_events(&self, tenant: TenantId, filter: &AuditFilter) -> Result<u64> {
        self.read(|state| {
            let events = state.tenant(tenant)?.audit_events.iter();
            Ok(events.filter(|event| filter.matches(event)).count() as u64)
        })
    }
}
