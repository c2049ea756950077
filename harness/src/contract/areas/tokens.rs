//! Tokens and their revocations.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::tokens::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world;

pub(super) struct Tokens;

impl Area for Tokens {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Users];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::StoreToken => model.needs_user(tenant),
            Method::ListActiveTokens => {
                model.tokens(tenant).is_empty().then_some(method::Method::StoreToken)
            }
            Method::RevokeToken
            | Method::IsTokenRevoked
            | Method::GetRevocation
            | Method::CleanupExpiredTokens => None,
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::StoreToken => draw.store_token(tenant),
            Method::ListActiveTokens => {
                let user = draw.maybe(|draw| draw.user_of(tenant));
                let there = draw.token_ids(tenant);
                let page = draw.page_of(&there, &world::ids());
                Op::ListActiveTokens { tenant, user, now: draw.expiry(tenant), page }
            }
            Method::RevokeToken => {
                let token = draw.token(tenant);
                let reason = draw.maybe(Draw::text);
                let expires_at = draw.time();
                Op::RevokeToken { tenant, revocation: Revocation { token, reason, expires_at } }
            }
            Method::IsTokenRevoked => Op::IsTokenRevoked { tenant, token: draw.token(tenant) },
            Method::GetRevocation => Op::GetRevocation { tenant, token: draw.token(tenant) },
            Method::CleanupExpiredTokens => {
                Op::CleanupExpiredTokens { tenant, now: draw.expiry(tenant) }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        let revocations = world::ids().into_iter().map(|token| Op::GetRevocation { tenant, token });
        [list_all(tenant)].into_iter().chain(revocations).collect()
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::StoreToken { token } => vec![list_all(token.tenant)],
            Call::RevokeToken { tenant, revocation: &Revocation { token, .. } } => vec![
                Op::IsTokenRevoked { tenant, token },
                Op::GetRevocation { tenant, token },
                list_all(tenant),
            ],
            Call::CleanupExpiredTokens { tenant, .. } => vec![list_all(tenant)],
            Call::ListActiveTokens { .. }
            | Call::IsTokenRevoked { .. }
            | Call::GetRevocation { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

/// The read that shows all tokens of a tenant that are not revoked.
fn list_all(tenant: TenantId) -> Op {
    Op::ListActiveTokens { tenant, user: None, now: Timestamp::MIN, page: Page::all() }
}

impl Draw<'_> {
    fn token_ids(&self, tenant: TenantId) -> Vec<TokenId> {
        self.model.tokens(tenant).into_iter().map(|token| token.id).collect()
    }

    /// Mostly a token of the tenant that is not revoked.
    fn token(&mut self, tenant: TenantId) -> TokenId {
        let there = self.token_ids(tenant);
        self.existing_id(&there)
    }

    /// Often a time at which some token expires and others do not yet.
    fn expiry(&mut self, tenant: TenantId) -> Timestamp {
        let tokens = self.model.tokens(tenant);
        match tokens.iter().map(|token| token.expires_at).min() {
            Some(first) if self.choose.percent(60) => first,
            _ => self.time(),
        }
    }

    fn store_token(&mut self, tenant: TenantId) -> Op {
        let there = self.token_ids(tenant);
        let token = Token {
            id: self.fresh_id(&there),
            tenant,
            user: self.user_of(tenant),
            created_at: self.time(),
            expires_at: self.time(),
        };
        Op::StoreToken { token }
    }
}
