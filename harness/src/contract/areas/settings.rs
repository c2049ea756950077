//! System settings.

use pangolin_store::{SettingsUpdate, TenantId};

use super::{Area, Blame, Simpler};
use crate::contract::calls::settings::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;

pub(super) struct Settings;

impl Area for Settings {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Tenants];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        match method {
            Method::GetSettings | Method::UpdateSettings => model.in_a_tenant(|_| None),
        }
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::GetSettings => Op::GetSettings { tenant },
            Method::UpdateSettings => draw.update_settings(tenant),
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::GetSettings { tenant }]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::UpdateSettings { tenant, .. } => vec![Op::GetSettings { tenant }],
            Call::GetSettings { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    fn update_settings(&mut self, tenant: TenantId) -> Op {
        let days = [0, 1, 30, u32::MAX];
        let ports = [0, 25, u16::MAX];
        let update = SettingsUpdate {
            allow_public_signup: self.maybe(|this| this.choose.percent(50)),
            default_warehouse_bucket: self.maybe(|this| this.maybe(Self::text)),
            default_retention_days: self.maybe(|this| days[this.choose.below(days.len())]),
            smtp_host: self.maybe(|this| this.maybe(Self::text)),
            smtp_port: self.maybe(|this| this.maybe(|this| ports[this.choose.below(ports.len())])),
            smtp_user: self.maybe(|this| this.maybe(Self::text)),
            smtp_password: self.maybe(|this| this.maybe(Self::secret)),
        };
        Op::UpdateSettings { tenant, update }
    }
}
