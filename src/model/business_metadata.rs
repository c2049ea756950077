//! Business metadata: what people write about an asset.

use serde::{Deserialize, Serialize};

use crate::{AssetId, Json, Name, SmallSet, Text, Timestamp, UserId};

/// What people write about an asset. There is one per asset of a tenant, for all branches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusinessMetadata {
    /// The asset.
    pub asset: AssetId,
    /// A description of the asset.
    pub description: Option<Text>,
    /// Words by which the asset is found.
    pub tags: SmallSet<Name>,
    /// Free-form.
    pub properties: Json,
    /// Whether users who may not read the asset may find it.
    pub discoverable: bool,
    /// Who wrote it first.
    pub created_by: UserId,
    /// When it was first written.
    pub created_at: Timestamp,
    /// Who wrote it last.
    pub updated_by: UserId,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// Business metadata to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetadataWrite {
    /// A description of the asset.
    pub description: Option<Text>,
    /// Words by which the asset is found.
    pub tags: SmallSet<Name>,
    /// Free-form.
    pub properties: Json,
    /// Whether users who may not read the asset may find it.
    pub discoverable: bool,
    /// Who writes it.
    pub by: UserId,
    /// When it is written.
    pub at: Timestamp,
}

impl MetadataWrite {
    /// The metadata of `asset` after this write, when it was `before`: who wrote it first, and when,
    /// stays the same.
    #[must_use]
    pub fn onto(&self, asset: AssetId, before: Option<&BusinessMetadata>) -> BusinessMetadata {
        BusinessMetadata {
            asset,
            description: self.description.clone(),
            tags: self.tags.clone(),
            properties: self.properties.clone(),
            discoverable: self.discoverable,
            created_by: before.map_or(self.by, |before| before.created_by),
            created_at: before.map_or(self.at, |before| before.created_at),
            updated_by: self.by,
            updated_at: self.at,
        }
    }
}
