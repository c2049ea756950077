//! Namespaces: the tree that contains the assets.

use serde::{Deserialize, Serialize};

use crate::{NamespacePath, Properties};

/// A namespace of a catalog, shared by all of its branches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Namespace {
    /// Unique in the catalog.
    pub path: NamespacePath,
    /// Free-form.
    pub properties: Properties,
}
