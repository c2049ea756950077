//! Users: people.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::types::present;
use crate::{Name, Secret, TenantId, Text, Timestamp, UserId};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Unique everywhere.
    pub id: UserId,
    /// The tenant that the user belongs to; none for root.
    pub tenant: Option<TenantId>,
    /// Unique everywhere.
    pub username: Name,
    /// Need not be unique.
    pub email: Text,
    /// None for users who log in with another provider.
    pub password_hash: Option<Secret>,
    /// Unique everywhere.
    pub oauth: Option<OAuthIdentity>,
    /// What the user may do before any grant.
    pub role: UserRole,
    /// Whether the user may log in.
    pub active: bool,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
    /// When the user last logged in.
    pub last_login: Option<Timestamp>,
}

impl User {
    /// This user, changed as `update` says.
    #[must_use]
    pub fn updated(self, update: &UserUpdate) -> Self {
        Self {
            username: update.username.clone().unwrap_or(self.username),
            email: update.email.clone().unwrap_or(self.email),
            password_hash: update.password_hash.clone().unwrap_or(self.password_hash),
            oauth: update.oauth.clone().unwrap_or(self.oauth),
            role: update.role.unwrap_or(self.role),
            active: update.active.unwrap_or(self.active),
            last_login: update.last_login.unwrap_or(self.last_login),
            updated_at: update.updated_at,
            ..self
        }
    }
}

/// The identity of a user at an OAuth provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthIdentity {
    /// The provider.
    pub provider: Name,
    /// The provider's id of the user.
    pub subject: Name,
}

/// What a user or a service user may do before any grant.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum UserRole {
    /// Everything, everywhere.
    Root,
    /// Everything in one tenant.
    TenantAdmin,
    /// Only what is granted.
    TenantUser,
}

/// What to change in a [`User`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserUpdate {
    /// A new username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Name>,
    /// A new address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// A new hash, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub password_hash: Option<Option<Secret>>,
    /// A new identity, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub oauth: Option<Option<OAuthIdentity>>,
    /// A new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<UserRole>,
    /// Whether the user may log in from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// A new last login, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub last_login: Option<Option<Timestamp>>,
    /// When the change is made.
    pub updated_at: Timestamp,
}
