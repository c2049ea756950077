//! Tenants: the owners of everything else.

use serde::{Deserialize, Serialize};

use crate::{Name, Properties, TenantId};

/// An owner of warehouses, catalogs, users and settings, isolated from every other tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// Unique everywhere.
    pub id: TenantId,
    /// Unique everywhere.
    pub name: Name,
    /// Free-form.
    pub properties: Properties,
}

impl Tenant {
    /// This tenant, changed as `update` says.
    #[must_use]
    pub fn updated(self, update: &TenantUpdate) -> Self {
        Self {
            name: update.name.clone().unwrap_or(self.name),
            properties: update.properties.clone().unwrap_or(self.properties),
            ..self
        }
    }
}

/// What to change in a [`Tenant`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantUpdate {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// New properties, instead of all old ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Properties>,
}
