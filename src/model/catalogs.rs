//! Catalogs: trees of namespaces and the assets in them.

use serde::{Deserialize, Serialize};

use crate::types::present;
use crate::{CatalogId, Name, Properties, Text};

/// A catalog of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// Unique in the tenant.
    pub id: CatalogId,
    /// Unique in the tenant.
    pub name: Name,
    /// Whether it is local or federated.
    pub kind: CatalogKind,
    /// The name of the warehouse that holds its data.
    pub warehouse: Option<Name>,
    /// The location in the warehouse.
    pub storage_location: Option<Text>,
    /// Free-form.
    pub properties: Properties,
}

impl Catalog {
    /// This catalog, changed as `update` says. A local one ignores federation properties; the caller
    /// must refuse them.
    #[must_use]
    pub fn updated(self, update: &CatalogUpdate) -> Self {
        let kind = match (self.kind, &update.federation) {
            (CatalogKind::Federated { .. }, Some(properties)) => {
                CatalogKind::Federated { properties: properties.clone() }
            }
            (kind, _) => kind,
        };
        Self {
            name: update.name.clone().unwrap_or(self.name),
            kind,
            warehouse: update.warehouse.clone().unwrap_or(self.warehouse),
            storage_location: update.storage_location.clone().unwrap_or(self.storage_location),
            properties: update.properties.clone().unwrap_or(self.properties),
            ..self
        }
    }
}

/// Where a catalog is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CatalogKind {
    /// It is in this store.
    Local,
    /// It is in another catalog, which is synchronised from time to time.
    Federated {
        /// How to reach it.
        properties: Properties,
    },
}

/// What to change in a [`Catalog`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogUpdate {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// New federation properties, instead of all old ones; a local catalog has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federation: Option<Properties>,
    /// Another warehouse, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub warehouse: Option<Option<Name>>,
    /// Another location, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub storage_location: Option<Option<Text>>,
    /// New properties, instead of all old ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Properties>,
}
