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
    /// Whether it is kept here or elsewhere.
    pub kind: CatalogKind,
    /// The name of the warehouse that holds its data.
    pub warehouse: Option<Name>,
    /// Where in the warehouse.
    pub storage_location: Option<Text>,
    /// Free-form.
    pub properties: Properties,
}

impl Catalog {
    /// This catalog, changed as `update` says. A local one has no use for federation properties and
    /// stays as it is: to refuse them is the caller's part.
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
    /// In this store.
    Local,
    /// In another catalog, which is synchronised from time to time.
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
    /// All new properties of a federated catalog; a local one has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federation: Option<Properties>,
    /// Another warehouse, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub warehouse: Option<Option<Name>>,
    /// Another location, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub storage_location: Option<Option<Text>>,
    /// All new properties.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Properties>,
}
