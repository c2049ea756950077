//! Permissions: direct grants, and those of roles.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::permissions::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::{self, NAMES, PATHS};

pub(super) struct Permissions;

impl Area for Permissions {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Users, Feature::Roles];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::GrantPermission => model.needs_user(tenant),
            Method::RevokePermission
            | Method::ListUserPermissions
            | Method::ListTenantPermissions
            | Method::EffectivePermissions => {
                let none = model.permissions(tenant).is_empty();
                none.then_some(method::Method::GrantPermission)
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::GrantPermission => draw.grant_permission(tenant),
            Method::RevokePermission => {
                let there = draw.model.permissions(tenant);
                Op::RevokePermission { tenant, permission: draw.existing_id(&there) }
            }
            Method::ListUserPermissions => {
                let user = draw.user_of(tenant);
                let there = draw.model.permissions(tenant);
                Op::ListUserPermissions { tenant, user, page: draw.page_of(&there, &world::ids()) }
            }
            Method::ListTenantPermissions => {
                let there = draw.model.permissions(tenant);
                Op::ListTenantPermissions { tenant, page: draw.page_of(&there, &world::ids()) }
            }
            Method::EffectivePermissions => {
                Op::EffectivePermissions { tenant, user: draw.user_of(tenant) }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::ListTenantPermissions { tenant, page: Page::all() }]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::GrantPermission { tenant, permission: &Permission { user, .. } } => vec![
                Op::ListUserPermissions { tenant, user, page: Page::all() },
                Op::EffectivePermissions { tenant, user },
            ],
            Call::RevokePermission { tenant, .. } => {
                vec![Op::ListTenantPermissions { tenant, page: Page::all() }]
            }
            Call::ListUserPermissions { .. }
            | Call::ListTenantPermissions { .. }
            | Call::EffectivePermissions { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    /// One of few scopes, so that grants meet.
    pub(super) fn scope(&mut self) -> Scope {
        match self.choose.below(5) {
            0 => Scope::Tenant,
            1 => Scope::Catalog { catalog: self.id() },
            2 => {
                let namespace = self.choose.pick(&PATHS[..4]).expect("there are paths").clone();
                Scope::Namespace { catalog: world::id(0), namespace }
            }
            3 => Scope::Asset { asset: world::id(self.choose.below(2)) },
            _ => {
                Scope::Tag { tag: self.choose.pick(&NAMES[..4]).expect("there are names").clone() }
            }
        }
    }

    /// Up to three actions.
    pub(super) fn actions(&mut self) -> SmallSet<Action> {
        let actions: Vec<Action> = (0..self.choose.below(4)).map(|_| self.one_of()).collect();
        SmallSet::new(actions).expect("three are few enough")
    }

    fn grant_permission(&mut self, tenant: TenantId) -> Op {
        let there = self.model.permissions(tenant);
        let permission = Permission {
            id: self.fresh_id(&there),
            user: self.user_of(tenant),
            scope: self.scope(),
            actions: self.actions(),
            granted_by: self.id(),
            granted_at: self.time(),
        };
        Op::GrantPermission { tenant, permission }
    }
}
