//! Roles: named sets of grants.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::types::present;
use crate::{AssetId, CatalogId, Name, NamespacePath, RoleId, SmallSet, Text, Timestamp, UserId};

/// A named set of grants of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Unique in the tenant.
    pub id: RoleId,
    /// Unique in the tenant.
    pub name: Name,
    /// A description for people.
    pub description: Option<Text>,
    /// What it allows.
    pub grants: SmallSet<Grant>,
    /// Who created it.
    pub created_by: UserId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Role {
    /// This role, changed as `update` says.
    #[must_use]
    pub fn updated(self, update: &RoleUpdate) -> Self {
        Self {
            name: update.name.clone().unwrap_or(self.name),
            description: update.description.clone().unwrap_or(self.description),
            grants: update.grants.clone().unwrap_or(self.grants),
            updated_at: update.updated_at,
            ..self
        }
    }
}

/// What to change in a [`Role`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleUpdate {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// A new description, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub description: Option<Option<Text>>,
    /// New grants, instead of all old ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<SmallSet<Grant>>,
    /// When the change is made.
    pub updated_at: Timestamp,
}

/// Some actions on everything in a scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// What it is about.
    pub scope: Scope,
    /// Which actions.
    pub actions: SmallSet<Action>,
}

/// What a grant is about. A pattern, not a reference: what it names need not exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scope {
    /// The whole tenant.
    Tenant,
    /// A catalog and everything in it.
    Catalog {
        /// The catalog.
        catalog: CatalogId,
    },
    /// A namespace and everything in it.
    Namespace {
        /// The catalog.
        catalog: CatalogId,
        /// The namespace.
        namespace: NamespacePath,
    },
    /// One asset, on every branch.
    Asset {
        /// The asset.
        asset: AssetId,
    },
    /// Every asset whose business metadata has the tag.
    Tag {
        /// The tag.
        tag: Name,
    },
}

/// What a grant allows.
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
#[allow(missing_docs)] // each is named after what it allows
pub enum Action {
    Read,
    Write,
    Create,
    Update,
    Delete,
    List,
    IngestBranching,
    ExperimentalBranching,
    ManageDiscovery,
    All,
}
