//! Ids: one newtype over a UUID per entity, so that the compiler distinguishes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Invalid;

macro_rules! ids {
    ($($(#[$doc:meta])+ $id:ident $field:literal;)+) => {$(
        $(#[$doc])+
        ///
        /// Ids are ordered by their sixteen bytes.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $id(Uuid);

        impl $id {
            /// The id that wraps `uuid`; every UUID is one.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $id {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $id {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Uuid::parse_str(text).map(Self).map_err(|error| Invalid::new($field, error.to_string()))
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($id), "({})"), self.0)
            }
        }
    )+};
}

ids! {
    /// Names a tenant, everywhere.
    TenantId "tenant_id";
    /// Names a warehouse within its tenant.
    WarehouseId "warehouse_id";
    /// Names a catalog within its tenant.
    CatalogId "catalog_id";
    /// Names an asset on every branch that holds it; unique on one branch.
    AssetId "asset_id";
    /// Names a commit within its catalog.
    CommitId "commit_id";
    /// Names a merge operation within its catalog.
    MergeId "merge_id";
    /// Names a conflict within its merge operation.
    ConflictId "conflict_id";
    /// Names a user, everywhere.
    UserId "user_id";
    /// Names a role within its tenant.
    RoleId "role_id";
    /// Names a permission within its tenant.
    PermissionId "permission_id";
    /// Names a service user within its tenant.
    ServiceUserId "service_user_id";
    /// Names a token within its tenant.
    TokenId "token_id";
    /// Names an audit event within its tenant.
    AuditEventId "audit_event_id";
    /// Names an access request within its tenant.
    AccessRequestId "access_request_id";
    /// Names the resource of an audit event, which can have any type.
    ResourceId "resource_id";
}

impl ConflictId {
    /// The id of the conflict that a merge finds on an asset: UUID v5 of the asset's id in the
    /// namespace of the merge's id.
    pub fn found(merge: MergeId, asset: AssetId) -> Self {
        Self(Uuid::new_v5(&merge.uuid(), asset.uuid().as_bytes()))
    }
}
