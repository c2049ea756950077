//! Tenants.

use pangolin_store::*;

use super::{Area, Blame, Simpler, all_tenants_and_users, tenant_rows};
use crate::contract::calls::tenants::{Call, Method};
use crate::contract::draw::{Draw, MISS};
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::NAMES;

pub(super) struct Tenants;

impl Area for Tenants {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        match method {
            Method::CreateTenant | Method::GetTenant | Method::ListTenants => None,
            Method::UpdateTenant | Method::DeleteTenant => model.in_a_tenant(|_| None),
        }
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        match method {
            Method::CreateTenant => draw.create_tenant(),
            Method::GetTenant => Op::GetTenant { tenant: draw.tenant() },
            Method::ListTenants => Op::ListTenants { page: draw.page(&NAMES) },
            Method::UpdateTenant => Op::UpdateTenant {
                tenant: draw.tenant(),
                update: TenantUpdate {
                    name: draw.maybe(Draw::name),
                    properties: draw.maybe(Draw::properties),
                },
            },
            Method::DeleteTenant => {
                let tenant = if draw.choose.percent(20) { draw.id() } else { draw.tenant() };
                Op::DeleteTenant { tenant }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::GetTenant { tenant }]
    }

    fn touched(call: Call<'_>, model: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateTenant { tenant } => vec![Op::GetTenant { tenant: tenant.id }],
            Call::UpdateTenant { tenant, .. } => {
                vec![Op::GetTenant { tenant }, Op::ListTenants { page: Page::all() }]
            }
            Call::DeleteTenant { tenant } => {
                let mut reads = tenant_rows(tenant, model);
                reads.splice(1..1, all_tenants_and_users());
                reads
            }
            Call::GetTenant { .. } | Call::ListTenants { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    /// Mostly a tenant that exists; of several, mostly the first, so that it gets crowded.
    pub(super) fn tenant(&mut self) -> TenantId {
        if self.choose.percent(MISS) {
            return self.id();
        }
        let there = self.model.tenants();
        match there.first() {
            Some(&first) if self.choose.percent(70) => first,
            _ => self.existing_id(&there),
        }
    }

    fn create_tenant(&mut self) -> Op {
        let there = self.model.tenants();
        let named = there.iter().filter_map(|&tenant| self.model.tenant(tenant));
        let names: Vec<Name> = named.map(|tenant| tenant.name).collect();
        let id = self.fresh_id(&there);
        let name = self.fresh(&names, &NAMES);
        Op::CreateTenant { tenant: Tenant { id, name, properties: self.properties() } }
    }
}
