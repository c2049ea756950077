//! Users.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::users::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::NAMES;

pub(super) struct Users;

impl Area for Users {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Tenants];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        match method {
            Method::CreateUser => model.in_a_tenant(|_| None),
            Method::GetUser
            | Method::GetUserByUsername
            | Method::GetUserByOauth
            | Method::UpdateUser
            | Method::DeleteUser => {
                model.users(None).is_empty().then_some(method::Method::CreateUser)
            }
            Method::ListUsers => model.in_a_tenant(|tenant| model.needs_user(tenant)),
        }
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        match method {
            Method::CreateUser => draw.create_user(),
            Method::GetUser => Op::GetUser { user: draw.user() },
            Method::GetUserByUsername => Op::GetUserByUsername { username: draw.username() },
            Method::GetUserByOauth => Op::GetUserByOauth { identity: draw.oauth() },
            Method::ListUsers => {
                let tenant = if draw.choose.percent(70) { Some(draw.tenant()) } else { None };
                Op::ListUsers { tenant, page: draw.page(&NAMES) }
            }
            Method::UpdateUser => draw.update_user(),
            Method::DeleteUser => Op::DeleteUser { user: draw.user() },
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::ListUsers { tenant: Some(tenant), page: Page::all() }]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateUser { user } => vec![
                Op::GetUser { user: user.id },
                Op::GetUserByUsername { username: user.username.clone() },
            ],
            Call::UpdateUser { user, .. } => vec![Op::GetUser { user }],
            Call::DeleteUser { user } => {
                vec![Op::GetUser { user }, Op::ListUsers { tenant: None, page: Page::all() }]
            }
            Call::GetUser { .. }
            | Call::GetUserByUsername { .. }
            | Call::GetUserByOauth { .. }
            | Call::ListUsers { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    /// Mostly a user of any tenant or of none.
    fn user(&mut self) -> UserId {
        let there = self.model.users(None).into_iter().map(|user| user.id);
        self.existing_id(&there.collect::<Vec<UserId>>())
    }

    /// Mostly a user of the tenant.
    pub(super) fn user_of(&mut self, tenant: TenantId) -> UserId {
        let there = self.model.users(Some(tenant)).into_iter().map(|user| user.id);
        self.existing_id(&there.collect::<Vec<UserId>>())
    }

    fn username(&mut self) -> Name {
        let there = self.model.users(None).into_iter().map(|user| user.username);
        self.existing(&there.collect::<Vec<Name>>(), &NAMES)
    }

    fn oauth(&mut self) -> OAuthIdentity {
        let provider = self.choose.pick(&NAMES[..2]).expect("there are names").clone();
        let subject = self.choose.pick(&NAMES[..4]).expect("there are names").clone();
        OAuthIdentity { provider, subject }
    }

    fn create_user(&mut self) -> Op {
        let tenant = self.tenant();
        let there = self.model.users(None);
        let (ids, names): (Vec<_>, Vec<_>) =
            there.into_iter().map(|user| (user.id, user.username)).unzip();
        let user = User {
            id: self.fresh_id(&ids),
            tenant: if self.choose.percent(85) { Some(tenant) } else { None },
            username: self.fresh(&names, &NAMES),
            email: self.text(),
            password_hash: self.maybe(Self::secret),
            oauth: self.maybe(Self::oauth),
            role: self.one_of(),
            active: self.choose.percent(70),
            created_at: self.time(),
            updated_at: self.time(),
            last_login: self.maybe(Self::time),
        };
        Op::CreateUser { user }
    }

    fn update_user(&mut self) -> Op {
        let user = self.user();
        let update = UserUpdate {
            username: self.maybe(Self::name),
            email: self.maybe(Self::text),
            password_hash: self.maybe(|this| this.maybe(Self::secret)),
            oauth: self.maybe(|this| this.maybe(Self::oauth)),
            role: self.maybe(Self::one_of),
            active: self.maybe(|this| this.choose.percent(50)),
            last_login: self.maybe(|this| this.maybe(Self::time)),
            updated_at: self.time(),
        };
        Op::UpdateUser { user, update }
    }
}
