//! Permissions: grants given to a user directly.

use serde::{Deserialize, Serialize};

use crate::{Action, PermissionId, Scope, SmallSet, Timestamp, UserId};

/// A grant to one user of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// Unique in the tenant.
    pub id: PermissionId,
    /// A user of the tenant.
    pub user: UserId,
    /// What it is about.
    pub scope: Scope,
    /// Which actions.
    pub actions: SmallSet<Action>,
    /// Who granted it.
    pub granted_by: UserId,
    /// When it was granted.
    pub granted_at: Timestamp,
}
