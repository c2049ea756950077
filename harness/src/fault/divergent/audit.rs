//! The audit log.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::fault;

/// Changes every event in a reply.
pub(super) fn each_event(reply: &mut Reply, change: impl Fn(&mut AuditEvent)) {
    if let Some(Some(event)) = reply.get_mut::<Option<AuditEvent>>() {
        change(event);
    }
    if let Some(events) = reply.get_mut::<Vec<AuditEvent>>() {
        events.iter_mut().for_each(change);
    }
}

fault!(
    ActionCollapsed,
    "audit-action-collapsed",
    Audit,
    Divergent,
    "reads every action of two words back as the first of all actions",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        each_event(&mut reply, |event| {
            if event.action.to_string().contains('_') {
                event.action = AuditAction::CreateTenant;
            }
        });
        Ok(reply)
    }
);

fault!(
    FilterSpelling,
    "audit-filter-spelling",
    Audit,
    Divergent,
    "filters by a spelling of actions that it never stored, so that nothing matches",
    |op, inner| match op {
        Op::ListAuditEvents { filter: AuditFilter { action: Some(_), .. }, .. } => {
            Ok(Reply::new(Vec::<AuditEvent>::new()))
        }
        Op::CountAuditEvents { filter: AuditFilter { action: Some(_), .. }, .. } => {
            Ok(Reply::new(0_u64))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    AuditTenantDropped,
    "audit-tenant-dropped",
    Audit,
    Divergent,
    "leaves the tenant out when it gets an audit event",
    |op, inner| match op {
        Op::GetAuditEvent { event, .. } => {
            for tenant in inner.list_tenants(&Page::all()).await? {
                if let Some(event) = inner.get_audit_event(tenant.id, event).await? {
                    return Ok(Reply::new(Some(event)));
                }
            }
            Ok(Reply::new(None::<AuditEvent>))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    AuditOldestFirst,
    "audit-oldest-first",
    Audit,
    Divergent,
    "lists audit events oldest first",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(events) = reply.get_mut::<Vec<AuditEvent>>() {
            events.reverse();
        }
        Ok(reply)
    }
);
