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
