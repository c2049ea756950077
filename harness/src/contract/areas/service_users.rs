//! Service users and their API keys.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::service_users::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::{HASHES, NAMES};

pub(super) struct ServiceUsers;

impl Area for ServiceUsers {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Tenants];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        use method::Method::CreateServiceUser;
        match method {
            Method::CreateServiceUser => model.in_a_tenant(|_| None),
            Method::GetServiceUserByApiKeyHash => model.needs(CreateServiceUser, |model| {
                let mut tenants = model.tenants().into_iter();
                tenants.any(|tenant| !model.service_users(tenant).is_empty())
            }),
            Method::GetServiceUser
            | Method::ListServiceUsers
            | Method::UpdateServiceUser
            | Method::RotateApiKey
            | Method::TouchServiceUser
            | Method::DeleteServiceUser => model.in_a_tenant(|tenant| {
                model.service_users(tenant).is_empty().then_some(CreateServiceUser)
            }),
        }
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::CreateServiceUser => draw.create_service_user(tenant),
            Method::GetServiceUser => {
                Op::GetServiceUser { tenant, service_user: draw.service_user(tenant) }
            }
            Method::GetServiceUserByApiKeyHash => {
                Op::GetServiceUserByApiKeyHash { hash: draw.existing_hash(tenant) }
            }
            Method::ListServiceUsers => Op::ListServiceUsers { tenant, page: draw.page(&NAMES) },
            Method::UpdateServiceUser => draw.update_service_user(tenant),
            Method::RotateApiKey => {
                let service_user = draw.service_user(tenant);
                let hash = draw.choose.pick(&HASHES).expect("there are hashes").clone();
                Op::RotateApiKey { tenant, service_user, hash }
            }
            Method::TouchServiceUser => {
                let service_user = draw.service_user(tenant);
                Op::TouchServiceUser { tenant, service_user, at: draw.time() }
            }
            Method::DeleteServiceUser => {
                Op::DeleteServiceUser { tenant, service_user: draw.service_user(tenant) }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::ListServiceUsers { tenant, page: Page::all() }]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateServiceUser { service_user } => {
                let ServiceUser { tenant, id, api_key_hash, .. } = service_user;
                vec![
                    Op::GetServiceUser { tenant: *tenant, service_user: *id },
                    Op::GetServiceUserByApiKeyHash { hash: api_key_hash.clone() },
                ]
            }
            Call::RotateApiKey { tenant, service_user, hash } => vec![
                Op::GetServiceUser { tenant, service_user },
                Op::GetServiceUserByApiKeyHash { hash: hash.clone() },
            ],
            Call::UpdateServiceUser { tenant, service_user, .. }
            | Call::TouchServiceUser { tenant, service_user, .. }
            | Call::DeleteServiceUser { tenant, service_user } => vec![
                Op::GetServiceUser { tenant, service_user },
                Op::ListServiceUsers { tenant, page: Page::all() },
            ],
            Call::GetServiceUser { .. }
            | Call::GetServiceUserByApiKeyHash { .. }
            | Call::ListServiceUsers { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    /// Mostly a service user of the tenant.
    fn service_user(&mut self, tenant: TenantId) -> ServiceUserId {
        let there = self.model.service_users(tenant).into_iter().map(|row| row.id);
        self.existing_id(&there.collect::<Vec<ServiceUserId>>())
    }

    /// Mostly the hash of a service user of the tenant.
    fn existing_hash(&mut self, tenant: TenantId) -> ApiKeyHash {
        let there = self.model.service_users(tenant).into_iter().map(|row| row.api_key_hash);
        self.existing(&there.collect::<Vec<ApiKeyHash>>(), &HASHES)
    }

    fn create_service_user(&mut self, tenant: TenantId) -> Op {
        let there = self.model.service_users(tenant);
        let ids: Vec<ServiceUserId> = there.iter().map(|row| row.id).collect();
        let names: Vec<Name> = there.iter().map(|row| row.name.clone()).collect();
        let hashes: Vec<ApiKeyHash> = there.into_iter().map(|row| row.api_key_hash).collect();
        let service_user = ServiceUser {
            id: self.fresh_id(&ids),
            tenant,
            name: self.fresh(&names, &NAMES),
            description: self.maybe(Self::text),
            api_key_hash: self.fresh(&hashes, &HASHES),
            role: self.one_of(),
            created_at: self.time(),
            created_by: self.id(),
            last_used: self.maybe(Self::time),
            expires_at: self.maybe(Self::time),
            active: self.choose.percent(70),
        };
        Op::CreateServiceUser { service_user }
    }

    fn update_service_user(&mut self, tenant: TenantId) -> Op {
        let service_user = self.service_user(tenant);
        let update = ServiceUserUpdate {
            name: self.maybe(Self::name),
            description: self.maybe(|this| this.maybe(Self::text)),
            role: self.maybe(Self::one_of),
            expires_at: self.maybe(|this| this.maybe(Self::time)),
            active: self.maybe(|this| this.choose.percent(50)),
        };
        Op::UpdateServiceUser { tenant, service_user, update }
    }
}
