//! Assets: tables, views, models and files, as one branch sees them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::types::present;
use crate::{AssetId, Name, NamespacePath, Properties, Text};

/// An asset on one branch.
///
/// Everything but the id is its *content*; a merge compares contents to find changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// The same on every branch that has the asset; unique on a branch.
    pub id: AssetId,
    /// Its namespace.
    pub namespace: NamespacePath,
    /// Unique in the namespace on a branch.
    pub name: Name,
    /// What it is.
    pub kind: AssetKind,
    /// Where its data is.
    pub location: Text,
    /// Where its current table metadata is, if it has any.
    pub metadata_location: Option<Text>,
    /// Free-form.
    pub properties: Properties,
}

impl Asset {
    /// Its place on its branch.
    pub fn place(&self) -> AssetPlace {
        AssetPlace { namespace: self.namespace.clone(), name: self.name.clone() }
    }

    /// This asset, changed as `update` says.
    #[must_use]
    pub fn updated(self, update: &AssetUpdate) -> Self {
        Self {
            kind: update.kind.unwrap_or(self.kind),
            location: update.location.clone().unwrap_or(self.location),
            metadata_location: update.metadata_location.clone().unwrap_or(self.metadata_location),
            properties: update.properties.clone().unwrap_or(self.properties),
            ..self
        }
    }

    /// The fields of the content in which it differs from `other`.
    pub fn differing_fields(&self, other: &Self) -> BTreeSet<AssetField> {
        let differs = [
            (AssetField::Namespace, self.namespace != other.namespace),
            (AssetField::Name, self.name != other.name),
            (AssetField::Kind, self.kind != other.kind),
            (AssetField::Location, self.location != other.location),
            (AssetField::MetadataLocation, self.metadata_location != other.metadata_location),
            (AssetField::Properties, self.properties != other.properties),
        ];
        differs.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
    }
}

/// A field of an asset's content.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each is named after the field
pub enum AssetField {
    Namespace,
    Name,
    Kind,
    Location,
    MetadataLocation,
    Properties,
}

/// What an asset is.
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
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)] // each is named after the format
pub enum AssetKind {
    IcebergTable,
    DeltaTable,
    HudiTable,
    ParquetTable,
    CsvTable,
    JsonTable,
    View,
    MlModel,
    ApachePaimon,
    Vortex,
    Lance,
    Nimble,
    Directory,
    VideoFile,
    ImageFile,
    DbConnString,
    Other,
}

/// A branch of a catalog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchRef {
    /// The catalog's name.
    pub catalog: Name,
    /// The branch's name.
    pub branch: Name,
}

impl fmt::Display for BranchRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.catalog, self.branch)
    }
}

/// A place in a catalog where an asset can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetPlace {
    /// The namespace.
    pub namespace: NamespacePath,
    /// The asset's name in it.
    pub name: Name,
}

impl fmt::Display for AssetPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.namespace, self.name)
    }
}

/// The full address of an asset in a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetRef {
    /// The catalog's name.
    pub catalog: Name,
    /// The branch's name.
    pub branch: Name,
    /// The namespace.
    pub namespace: NamespacePath,
    /// The asset's name in it.
    pub name: Name,
}

impl AssetRef {
    /// The branch that it is on.
    pub fn branch_ref(&self) -> BranchRef {
        BranchRef { catalog: self.catalog.clone(), branch: self.branch.clone() }
    }

    /// Its place on that branch.
    pub fn place(&self) -> AssetPlace {
        AssetPlace { namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

impl fmt::Display for AssetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}.{}", self.catalog, self.branch, self.namespace, self.name)
    }
}

/// What to change in an [`Asset`]. A rename changes its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetUpdate {
    /// Another kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AssetKind>,
    /// Another location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Text>,
    /// Another metadata location, or none; the old one is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub metadata_location: Option<Option<Text>>,
    /// New properties, instead of all old ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Properties>,
}

/// A compare-and-swap on an asset's metadata location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetadataSwap {
    /// The location that it must have now; `None`: it must have none.
    pub expected: Option<Text>,
    /// Its new location.
    pub new: Text,
}
