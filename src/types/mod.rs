//! Input types that can only be built valid.
//!
//! Each type checks its bounds once, when it is built or deserialised, and fails with
//! [`Invalid`](crate::Invalid), which names the field and the correction. So a store never gets input
//! that is out of bounds.

mod id;
mod json;
mod name;
mod namespace_path;
mod properties;
mod secret;
mod serde_option;
mod serde_text;
mod small_set;
mod text;
mod timestamp;

pub use id::{
    AccessRequestId, AssetId, AuditEventId, CatalogId, CommitId, ConflictId, MergeId, PermissionId,
    ResourceId, RoleId, ServiceUserId, TenantId, TokenId, UserId, WarehouseId,
};
pub use json::Json;
pub use name::Name;
pub use namespace_path::NamespacePath;
pub use properties::{Properties, PropertyChanges, PropertyKey};
pub use secret::{ApiKeyHash, Secret};
pub(crate) use serde_option::present;
pub use small_set::SmallSet;
pub use text::Text;
pub use timestamp::Timestamp;

/// Where U+0000 is in a text.
///
/// Nearly every text has none, and a search of bytes is faster than one of characters.
fn nul(text: &str) -> Option<usize> {
    text.as_bytes().contains(&0).then(|| text.find('\0')).flatten()
}
