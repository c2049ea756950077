//! Service users: machines that authenticate with an API key.

use serde::{Deserialize, Serialize};

use crate::types::present;
use crate::{ApiKeyHash, Name, ServiceUserId, TenantId, Text, Timestamp, UserId, UserRole};

/// A machine that authenticates with an API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceUser {
    /// Unique in the tenant.
    pub id: ServiceUserId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// Unique in the tenant.
    pub name: Name,
    /// A description for people.
    pub description: Option<Text>,
    /// Unique everywhere.
    pub api_key_hash: ApiKeyHash,
    /// What it may do before any grant.
    pub role: UserRole,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: UserId,
    /// When it last authenticated.
    pub last_used: Option<Timestamp>,
    /// The time from which it may no longer authenticate.
    pub expires_at: Option<Timestamp>,
    /// Whether it may authenticate.
    pub active: bool,
}

impl ServiceUser {
    /// This service user, changed as `update` says.
    #[must_use]
    pub fn updated(self, update: &ServiceUserUpdate) -> Self {
        Self {
            name: update.name.clone().unwrap_or(self.name),
            description: update.description.clone().unwrap_or(self.description),
            role: update.role.unwrap_or(self.role),
            expires_at: update.expires_at.unwrap_or(self.expires_at),
            active: update.active.unwrap_or(self.active),
            ..self
        }
    }
}

/// What to change in a [`ServiceUser`]. A rotation changes its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceUserUpdate {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// A new description, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub description: Option<Option<Text>>,
    /// A new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<UserRole>,
    /// A new expiry, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub expires_at: Option<Option<Timestamp>>,
    /// Whether it may authenticate from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}
