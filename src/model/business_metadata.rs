//! Business metadata: what people say of an asset.

use serde::{Deserialize, Serialize};

use crate::{AssetId, Json, Name, SmallSet, Text, Timestamp, UserId};

/// What people say of an asset, on whatever branch; one per asset of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusinessMetadata {
    /// The asset.
    pub asset: AssetId,
    /// What it is.
    pub description: Option<Text>,
    /// Words to find it by.
    pub tags: SmallSet<Name>,
    /// Free-form.
    pub properties: Json,
    /// Whether those who may not read it may find it.
    pub discoverable: bool,
    /// Who wrote it first.
    pub created_by: UserId,
    /// When that was.
    pub created_at: Timestamp,
    /// Who wrote it last.
    pub updated_by: UserId,
    /// When that was.
    pub updated_at: Timestamp,
}

/// Business metadata to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetadataWrite {
    /// What the asset is.
    pub description: Option<Text>,
    /// Words to find it by.
    pub tags: SmallSet<Name>,
    /// Free-form.
    pub properties: Json,
    /// Whether those who may not read it may find it.
    pub discoverable: bool,
    /// Who writes.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

impl MetadataWrite {
    /// What `asset` has once this is written over what it has had `before`: who wrote it first, and
    /// when, stays.
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
