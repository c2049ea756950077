//! The conditions and the results of a search.

use serde::{Deserialize, Serialize};

use crate::{
    Asset, AssetKind, Branch, BusinessMetadata, Name, Namespace, NamespacePath, SmallSet, Text,
};

/// Selects assets; every condition that is given must hold.
///
/// An asset without business metadata has no description and no tags, and is not discoverable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetSearch {
    /// A part of the name or of the description, in any case; empty text matches all.
    #[serde(default)]
    pub text: Text,
    /// Assets with all of these tags; an empty set matches all.
    #[serde(default)]
    pub tags: SmallSet<Name>,
    /// Assets of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AssetKind>,
    /// Assets that are discoverable, or that are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discoverable: Option<bool>,
}

/// An asset that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetHit {
    /// The name of its catalog.
    pub catalog: Name,
    /// The asset, on that catalog's `main`.
    pub asset: Asset,
    /// Its business metadata.
    pub metadata: Option<BusinessMetadata>,
}

impl AssetHit {
    /// Its key in the results.
    pub fn key(&self) -> AssetKey {
        AssetKey {
            catalog: self.catalog.clone(),
            namespace: self.asset.namespace.clone(),
            name: self.asset.name.clone(),
        }
    }
}

/// The order of found assets: by catalog, namespace, name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is named after what it is
pub struct AssetKey {
    pub catalog: Name,
    pub namespace: NamespacePath,
    pub name: Name,
}

/// A namespace that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamespaceHit {
    /// The name of its catalog.
    pub catalog: Name,
    /// The namespace.
    pub namespace: Namespace,
}

/// The order of found namespaces: by catalog, path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is named after what it is
pub struct NamespaceKey {
    pub catalog: Name,
    pub path: NamespacePath,
}

/// A branch that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchHit {
    /// The name of its catalog.
    pub catalog: Name,
    /// The branch.
    pub branch: Branch,
}
