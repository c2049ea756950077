//! Tokens that were issued, and revocations of tokens.

use serde::{Deserialize, Serialize};

use crate::{TenantId, Text, Timestamp, TokenId, UserId};

/// A token that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Unique in the tenant.
    pub id: TokenId,
    /// The tenant that it is for.
    pub tenant: TenantId,
    /// A user of that tenant.
    pub user: UserId,
    /// When it was issued.
    pub created_at: Timestamp,
    /// The time from which it is no longer valid.
    pub expires_at: Timestamp,
}

/// The revocation of a token, which need not have been stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The token.
    pub token: TokenId,
    /// The reason, if one was given.
    pub reason: Option<Text>,
    /// The time from which the revocation may be deleted: the token's own expiry.
    pub expires_at: Timestamp,
}
