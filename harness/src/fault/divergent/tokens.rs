//! Tokens.

use pangolin_store::*;
use uuid::Uuid;

use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::fault;

fault!(
    RevocationElsewhere,
    "revocation-elsewhere",
    Tokens,
    Divergent,
    "revokes tokens into a place where it never looks",
    |op, inner| match op {
        Op::IsTokenRevoked { .. } => Ok(Reply::new(false)),
        _ => op.apply(inner).await,
    }
);

fault!(
    RevokedListedAsActive,
    "revoked-listed-as-active",
    Tokens,
    Divergent,
    "lists revoked tokens as active",
    |op, inner| match op {
        // With another id the revocation does not apply to the token.
        Op::RevokeToken { tenant, revocation } => {
            let token = other_id(revocation.token);
            let revocation = Revocation { token, ..revocation };
            Op::RevokeToken { tenant, revocation }.apply(inner).await
        }
        Op::IsTokenRevoked { tenant, token } => {
            Op::IsTokenRevoked { tenant, token: other_id(token) }.apply(inner).await
        }
        Op::GetRevocation { tenant, token } => {
            let found = inner.get_revocation(tenant, other_id(token)).await?;
            Ok(Reply::new(found.map(|revocation| Revocation { token, ..revocation })))
        }
        _ => op.apply(inner).await,
    }
);

fn other_id(token: TokenId) -> TokenId {
    Uuid::from_u128(!token.uuid().as_u128()).into()
}

fault!(
    ExpiredListedAsActive,
    "expired-listed-as-active",
    Tokens,
    Divergent,
    "lists expired tokens as active",
    |op, inner| match op {
        Op::ListActiveTokens { tenant, user, page, .. } => {
            Op::ListActiveTokens { tenant, user, now: Timestamp::MIN, page }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    PageBeforeFilter,
    "token-page-before-filter",
    Tokens,
    Divergent,
    "takes a page of tokens before it filters it, so that it can be empty while more follow",
    |op, inner| match op {
        Op::ListActiveTokens { tenant, user, now, page } => {
            let mut tokens = inner.list_active_tokens(tenant, None, Timestamp::MIN, &page).await?;
            tokens.retain(|token| token.expires_at > now);
            tokens.retain(|token| user.is_none_or(|user| token.user == user));
            Ok(Reply::new(tokens))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    TokensLostAtRestart,
    "tokens-lost-at-restart",
    Tokens,
    Divergent,
    "keeps tokens and revocations in memory, and has none after a restart",
    |op, inner| op.apply(inner).await,
    |inner| {
        for tenant in inner.list_tenants(&Page::all()).await.unwrap_or_default() {
            // A failure here means that the store forgot nothing, so the self-test does not find the fault.
            let _forgotten = inner.cleanup_expired_tokens(tenant.id, Timestamp::MAX).await;
        }
    }
);
