use async_trait::async_trait;

use crate::{AuditEvent, AuditEventId, AuditFilter, AuditKey, Page, Result, TenantId};

/// The audit log of a tenant: append-only. The id is unique in the tenant.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends an event.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(AuditEvent)`.
    async fn log_audit_event(&self, event: &AuditEvent) -> Result<()>;

    /// The event with that id.
    async fn get_audit_event(
        &self,
        tenant: TenantId,
        event: AuditEventId,
    ) -> Result<Option<AuditEvent>>;

    /// The events that match, newest first: by `timestamp`, then id, both descending.
    async fn list_audit_events(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        page: &Page<AuditKey>,
    ) -> Result<Vec<AuditEvent>>;

    /// How many events match.
    async fn count_audit_events(&self, tenant: TenantId, filter: &AuditFilter) -> Result<u64>;
}
