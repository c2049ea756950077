//! The audit log.

use pangolin_store::*;
use serde_json::Value;

use super::metadata::with_numbers;
use crate::fault::fault;
use crate::op::Op;
use crate::outcome::Reply;

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

fault!(
    ListFailsOnJsonNull,
    "audit-list-fails-on-json-null",
    Audit,
    Divergent,
    "fails to list an event whose metadata is JSON's null, which it can write",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        let null = |event: &AuditEvent| event.metadata == Some(Json::default());
        let listed = reply.get_mut::<Vec<AuditEvent>>();
        if listed.is_some_and(|events| events.iter().any(null)) {
            return Err(StoreError::backend("column metadata: expected JSON, found null"));
        }
        Ok(reply)
    }
);

fault!(
    LargeIntegersRounded,
    "audit-large-integers-rounded",
    Audit,
    Divergent,
    "rounds integers above 2^53 in an event's metadata",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        each_event(&mut reply, |event| {
            event.metadata = event.metadata.as_ref().map(|json| {
                with_numbers(json, |number| match number.as_i64() {
                    Some(integer) => Value::from(integer as f64 as i64),
                    None => Value::Number(number.clone()),
                })
            });
        });
        Ok(reply)
    }
);
