//! Roles and their assignments.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::roles::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::{self, NAMES};

pub(super) struct Roles;

impl Area for Roles {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Users, Feature::Roles];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        use method::Method::{AssignRole, CreateRole};
        model.in_a_tenant(|tenant| {
            let needs_role = || model.needs(CreateRole, |model| !model.roles(tenant).is_empty());
            match method {
                Method::CreateRole => None,
                Method::GetRole | Method::ListRoles | Method::UpdateRole | Method::DeleteRole => {
                    needs_role()
                }
                Method::AssignRole => model.needs_user(tenant).or_else(needs_role),
                Method::RevokeRole | Method::ListUserRoles => model.needs(AssignRole, |model| {
                    let users = model.users(Some(tenant)).into_iter();
                    users.map(|user| user.id).any(|user| !model.user_roles(tenant, user).is_empty())
                }),
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::CreateRole => draw.create_role(tenant),
            Method::GetRole => Op::GetRole { tenant, role: draw.role(tenant) },
            Method::ListRoles => Op::ListRoles { tenant, page: draw.page(&NAMES) },
            Method::UpdateRole => draw.update_role(tenant),
            Method::DeleteRole => Op::DeleteRole { tenant, role: draw.role(tenant) },
            Method::AssignRole => {
                Op::AssignRole { tenant, user: draw.user_of(tenant), role: draw.role(tenant) }
            }
            Method::RevokeRole => {
                let user = draw.user_of(tenant);
                let there = draw.model.user_roles(tenant, user);
                Op::RevokeRole { tenant, user, role: draw.existing_id(&there) }
            }
            Method::ListUserRoles => {
                let user = draw.user_of(tenant);
                let there = draw.model.user_roles(tenant, user);
                Op::ListUserRoles { tenant, user, page: draw.page_of(&there, &world::ids()) }
            }
        }
    }

    fn rows(tenant: TenantId, model: Model<'_>) -> Vec<Op> {
        let assigned = |user: User| Op::ListUserRoles { tenant, user: user.id, page: Page::all() };
        let assignments = model.users(Some(tenant)).into_iter().map(assigned);
        [Op::ListRoles { tenant, page: Page::all() }].into_iter().chain(assignments).collect()
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateRole { tenant, role: &Role { id: role, .. } }
            | Call::UpdateRole { tenant, role, .. }
            | Call::DeleteRole { tenant, role } => {
                vec![Op::GetRole { tenant, role }, Op::ListRoles { tenant, page: Page::all() }]
            }
            Call::AssignRole { tenant, user, .. } | Call::RevokeRole { tenant, user, .. } => {
                vec![
                    Op::ListUserRoles { tenant, user, page: Page::all() },
                    Op::EffectivePermissions { tenant, user },
                ]
            }
            Call::GetRole { .. } | Call::ListRoles { .. } | Call::ListUserRoles { .. } => {
                Vec::new()
            }
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    /// Mostly a role of the tenant.
    fn role(&mut self, tenant: TenantId) -> RoleId {
        let there = self.model.roles(tenant).into_iter().map(|role| role.id);
        self.existing_id(&there.collect::<Vec<RoleId>>())
    }

    fn grants(&mut self) -> SmallSet<Grant> {
        let grants: Vec<Grant> = (0..self.choose.below(4))
            .map(|_| Grant { scope: self.scope(), actions: self.actions() })
            .collect();
        SmallSet::new(grants).expect("three are few enough")
    }

    fn create_role(&mut self, tenant: TenantId) -> Op {
        let there = self.model.roles(tenant);
        let (ids, names): (Vec<_>, Vec<_>) =
            there.into_iter().map(|role| (role.id, role.name)).unzip();
        let role = Role {
            id: self.fresh_id(&ids),
            name: self.fresh(&names, &NAMES),
            description: self.maybe(Self::text),
            grants: self.grants(),
            created_by: self.id(),
            created_at: self.time(),
            updated_at: self.time(),
        };
        Op::CreateRole { tenant, role }
    }

    fn update_role(&mut self, tenant: TenantId) -> Op {
        let role = self.role(tenant);
        let update = RoleUpdate {
            name: self.maybe(Self::name),
            description: self.maybe(|this| this.maybe(Self::text)),
            grants: self.maybe(Self::grants),
            updated_at: self.time(),
        };
        Op::UpdateRole { tenant, role, update }
    }
}
