//! The audit log.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::audit::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::{self, TIMES};

pub(super) struct Audit;

impl Area for Audit {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Tenants];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::LogAuditEvent => None,
            Method::GetAuditEvent | Method::ListAuditEvents | Method::CountAuditEvents => {
                model.audit_events(tenant).is_empty().then_some(method::Method::LogAuditEvent)
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        let there = draw.model.audit_events(tenant);
        match method {
            Method::LogAuditEvent => draw.log_audit_event(tenant, &there),
            Method::GetAuditEvent => {
                let there: Vec<AuditEventId> = there.into_iter().map(|event| event.id).collect();
                Op::GetAuditEvent { tenant, event: draw.existing_id(&there) }
            }
            Method::ListAuditEvents => {
                let keys: Vec<AuditKey> = TIMES
                    .iter()
                    .zip(world::ids())
                    .map(|(&timestamp, id)| AuditKey { timestamp, id })
                    .chain(there.iter().map(AuditEvent::key))
                    .collect();
                let filter = draw.audit_filter(&there);
                Op::ListAuditEvents { tenant, filter, page: draw.page(&keys) }
            }
            Method::CountAuditEvents => {
                Op::CountAuditEvents { tenant, filter: draw.audit_filter(&there) }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::ListAuditEvents { tenant, filter: AuditFilter::default(), page: Page::all() }]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::LogAuditEvent { event } => {
                vec![Op::GetAuditEvent { tenant: event.tenant, event: event.id }]
            }
            Call::GetAuditEvent { .. }
            | Call::ListAuditEvents { .. }
            | Call::CountAuditEvents { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    fn log_audit_event(&mut self, tenant: TenantId, there: &[AuditEvent]) -> Op {
        let there: Vec<AuditEventId> = there.iter().map(|event| event.id).collect();
        let event = AuditEvent {
            id: self.fresh_id(&there),
            tenant,
            user: self.maybe(Self::id),
            username: self.text(),
            action: self.one_of(),
            resource_type: self.one_of(),
            resource_id: self.maybe(Self::id),
            resource_name: self.text(),
            timestamp: self.time(),
            ip_address: self.maybe(Self::text),
            user_agent: self.maybe(Self::text),
            result: self.one_of(),
            error_message: self.maybe(Self::text),
            metadata: self.maybe(Self::json),
        };
        Op::LogAuditEvent { event }
    }

    /// A filter that mostly asks for what some event has.
    fn audit_filter(&mut self, there: &[AuditEvent]) -> AuditFilter {
        let like = if self.choose.percent(80) { self.choose.pick(there) } else { None };
        let Some(like) = like else {
            return AuditFilter {
                user: self.maybe(Self::id),
                action: self.maybe(Self::one_of),
                ..AuditFilter::default()
            };
        };
        let mut given = |percent| self.choose.percent(percent);
        AuditFilter {
            user: like.user.filter(|_| given(25)),
            action: given(25).then_some(like.action),
            resource_type: given(25).then_some(like.resource_type),
            resource_id: like.resource_id.filter(|_| given(25)),
            from: given(25).then_some(like.timestamp),
            to: given(25).then_some(like.timestamp),
            result: given(25).then_some(like.result),
        }
    }
}
