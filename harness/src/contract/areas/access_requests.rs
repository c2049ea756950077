//! Access requests.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::access_requests::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;

pub(super) struct AccessRequests;

impl Area for AccessRequests {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame { rows_go_with_asset: true, ..Blame::USUAL };
    const NEEDS: &'static [Feature] = &[Feature::Users, Feature::Assets];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        use method::Method::CreateAccessRequest;
        model.in_a_tenant(|tenant| match method {
            Method::CreateAccessRequest => {
                model.needs_user(tenant).or_else(|| model.needs_asset(tenant))
            }
            Method::GetAccessRequest | Method::ListAccessRequests | Method::ReviewAccessRequest => {
                model.access_requests(tenant).is_empty().then_some(CreateAccessRequest)
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::CreateAccessRequest => draw.create_access_request(tenant),
            Method::GetAccessRequest => {
                Op::GetAccessRequest { tenant, request: draw.access_request(tenant) }
            }
            Method::ListAccessRequests => {
                let there = draw.model.access_requests(tenant);
                let keys: Vec<AccessRequestKey> = there.iter().map(AccessRequest::key).collect();
                let status = draw.maybe(Draw::one_of);
                Op::ListAccessRequests { tenant, status, page: draw.page(&keys) }
            }
            Method::ReviewAccessRequest => {
                let request = draw.access_request(tenant);
                let review = Review {
                    decision: draw.one_of(),
                    reviewed_by: draw.id(),
                    reviewed_at: draw.time(),
                    comment: draw.maybe(Draw::text),
                };
                Op::ReviewAccessRequest { tenant, request, review }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::ListAccessRequests { tenant, status: None, page: Page::all() }]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateAccessRequest { request } => {
                vec![Op::GetAccessRequest { tenant: request.tenant, request: request.id }]
            }
            Call::ReviewAccessRequest { tenant, request, .. } => {
                vec![Op::GetAccessRequest { tenant, request }]
            }
            Call::GetAccessRequest { .. } | Call::ListAccessRequests { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    fn access_request_ids(&self, tenant: TenantId) -> Vec<AccessRequestId> {
        self.model.access_requests(tenant).into_iter().map(|request| request.id).collect()
    }

    fn access_request(&mut self, tenant: TenantId) -> AccessRequestId {
        let there = self.access_request_ids(tenant);
        self.existing_id(&there)
    }

    fn create_access_request(&mut self, tenant: TenantId) -> Op {
        let there = self.access_request_ids(tenant);
        let request = NewAccessRequest {
            id: self.fresh_id(&there),
            tenant,
            user: self.user_of(tenant),
            asset: self.asset_of(tenant),
            reason: self.maybe(Self::text),
            requested_at: self.time(),
        };
        Op::CreateAccessRequest { request }
    }
}
