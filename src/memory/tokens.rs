use async_trait::async_trait;

use super::MemoryStore;
use super::table::{after, first, retain};
use crate::store::Tokens;
use crate::{
    Entity, Page, Result, Revocation, StoreError, TenantId, Timestamp, Token, TokenId, UserId,
};

#[async_trait]
impl Tokens for MemoryStore {
    async fn store_token(&self, token: &Token) -> Result<()> {
        self.write(|state| {
            let tokens = &mut state.tenant_mut(token.tenant)?.tokens;
            if tokens.insert(token.id, token.clone()).is_some() {
                return Err(StoreError::already_exists(Entity::Token, token.id));
            }
            state.user_of(token.tenant, token.user).map(drop)
        })
    }

    async fn list_active_tokens(
        &self,
        tenant: TenantId,
        user: Option<UserId>,
        now: Timestamp,
        page: &Page<TokenId>,
    ) -> Result<Vec<Token>> {
        self.read(|state| {
            let tenant = state.tenant(tenant)?;
            let tokens = after(&tenant.tokens, page.after.as_ref()).map(|(_, token)| token);
            let active = tokens.filter(|token| {
                user.is_none_or(|user| token.user == user)
                    && token.expires_at > now
                    && !tenant.revocations.contains_key(&token.id)
            });
            Ok(first(page.limit, active))
        })
    }

    async fn revoke_token(&self, tenant: TenantId, revocation: &Revocation) -> Result<()> {
        self.write(|state| {
            let revocations = &mut state.tenant_mut(tenant)?.revocations;
            revocations.entry(revocation.token).or_insert_with(|| revocation.clone());
            Ok(())
        })
    }

    async fn is_token_revoked(&self, tenant: TenantId, token: TokenId) -> Result<bool> {
        self.read(|state| Ok(state.tenant(tenant)?.revocations.contains_key(&token)))
    }

    async fn get_revocation(&self, tenant: TenantId, token: TokenId) -> Result<Option<Revocation>> {
        self.read(|state| Ok(state.tenant(tenant)?.revocations.get(&token).cloned()))
    }

    async fn cleanup_expired_tokens(&self, tenant: TenantId, now: Timestamp) -> Result<u64> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            retain(&mut tenant.tokens, |token| token.expires_at > now);
            let before = tenant.revocations.len();
            retain(&mut tenant.revocations, |revocation| revocation.expires_at > now);
            Ok((before - tenant.revocations.len()) as u64)
        })
    }
}
