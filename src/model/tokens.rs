//! Tokens that were handed out, and those that were revoked.

use serde::{Deserialize, Serialize};

use crate::{TenantId, Text, Timestamp, TokenId, UserId};

/// A token that was handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Unique in the tenant.
    pub id: TokenId,
    /// The tenant that it is for.
    pub tenant: TenantId,
    /// A user of that tenant.
    pub user: UserId,
    /// When it was handed out.
    pub created_at: Timestamp,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
}

/// A token that is no longer good, whether or not it was ever stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The token.
    pub token: TokenId,
    /// Why, if somebody said so.
    pub reason: Option<Text>,
    /// From when on the revocation may be forgotten: the token's own expiry.
    pub expires_at: Timestamp,
}
