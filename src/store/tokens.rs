use async_trait::async_trait;

use crate::{Page, Result, Revocation, TenantId, Timestamp, Token, TokenId, UserId};

/// Tokens of a tenant: those that were issued and those that were revoked. The id is unique in the tenant.
///
/// A token or a revocation has expired at `now` when its `expires_at` is `now` or earlier.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// Stores a token that was issued.
    ///
    /// # Errors
    /// `NotFound(Tenant)`; `AlreadyExists(Token)`; `NotFound(User)` unless the user
    /// belongs to the tenant.
    async fn store_token(&self, token: &Token) -> Result<()>;

    /// The tokens of a user, or without a user of all users, that are neither revoked nor expired at
    /// `now`; by id.
    async fn list_active_tokens(
        &self,
        tenant: TenantId,
        user: Option<UserId>,
        now: Timestamp,
        page: &Page<TokenId>,
    ) -> Result<Vec<Token>>;

    /// Revokes a token, stored or not. A second revocation succeeds and changes nothing.
    ///
    /// # Errors
    /// `NotFound(Tenant)`.
    async fn revoke_token(&self, tenant: TenantId, revocation: &Revocation) -> Result<()>;

    /// Whether a token is revoked and its revocation was not deleted by a cleanup.
    async fn is_token_revoked(&self, tenant: TenantId, token: TokenId) -> Result<bool>;

    /// The revocation of a token.
    async fn get_revocation(&self, tenant: TenantId, token: TokenId) -> Result<Option<Revocation>>;

    /// Deletes the tokens and the revocations that have expired at `now`; returns how many revocations
    /// it deleted.
    ///
    /// # Errors
    /// `NotFound(Tenant)`.
    async fn cleanup_expired_tokens(&self, tenant: TenantId, now: Timestamp) -> Result<u64>;
}
