//! The audit log: who did what, when, and how it went.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::types::present;
use crate::{AuditEventId, Json, ResourceId, TenantId, Text, Timestamp, UserId};

/// Something that happened. Never changed once it is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEvent {
    /// Unique in the tenant.
    pub id: AuditEventId,
    /// Where it happened.
    pub tenant: TenantId,
    /// Who did it, if that is known. A record: the user may be gone, or never have been.
    pub user: Option<UserId>,
    /// What they called themselves.
    pub username: Text,
    /// What they did.
    pub action: AuditAction,
    /// To what.
    pub resource_type: ResourceType,
    /// To which one, if it has an id.
    pub resource_id: Option<ResourceId>,
    /// What that is called.
    pub resource_name: Text,
    /// When.
    pub timestamp: Timestamp,
    /// From which address.
    pub ip_address: Option<Text>,
    /// With which program.
    pub user_agent: Option<Text>,
    /// How it went.
    pub result: AuditResult,
    /// What went wrong.
    pub error_message: Option<Text>,
    /// Anything else; `Some` of JSON's `null` is not `None`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub metadata: Option<Json>,
}

impl AuditEvent {
    /// Its place in a listing.
    pub fn key(&self) -> AuditKey {
        AuditKey { timestamp: self.timestamp, id: self.id }
    }
}

/// The key of an event in a listing, which goes by time, then id, both descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields of `AuditEvent`
pub struct AuditKey {
    pub timestamp: Timestamp,
    pub id: AuditEventId,
}

/// How something went.
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs)] // each says itself
pub enum AuditResult {
    Success,
    Failure,
}

/// What was done.
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs)] // each says itself
pub enum AuditAction {
    CreateTenant,
    UpdateTenant,
    DeleteTenant,
    CreateWarehouse,
    UpdateWarehouse,
    DeleteWarehouse,
    CreateCatalog,
    UpdateCatalog,
    DeleteCatalog,
    SyncCatalog,
    CreateNamespace,
    UpdateNamespace,
    DeleteNamespace,
    CreateAsset,
    UpdateAsset,
    RenameAsset,
    DeleteAsset,
    LoadAsset,
    CommitMetadata,
    CreateBranch,
    DeleteBranch,
    CreateTag,
    DeleteTag,
    Commit,
    BeginMerge,
    ReportConflict,
    ResolveConflict,
    CompleteMerge,
    AbortMerge,
    CreateUser,
    UpdateUser,
    DeleteUser,
    Login,
    Logout,
    CreateRole,
    UpdateRole,
    DeleteRole,
    AssignRole,
    RevokeRole,
    GrantPermission,
    RevokePermission,
    CreateServiceUser,
    UpdateServiceUser,
    RotateApiKey,
    DeleteServiceUser,
    StoreToken,
    RevokeToken,
    UpdateSettings,
    UpsertBusinessMetadata,
    DeleteBusinessMetadata,
    CreateAccessRequest,
    ReviewAccessRequest,
    VendCredentials,
}

/// What it was done to.
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs)] // each is named after what it is
pub enum ResourceType {
    Tenant,
    Warehouse,
    Catalog,
    Namespace,
    Asset,
    Branch,
    Tag,
    Commit,
    Merge,
    User,
    Role,
    Permission,
    ServiceUser,
    Token,
    Settings,
    BusinessMetadata,
    AccessRequest,
}

/// Which events; all that is given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditFilter {
    /// Done by this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// This was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<AuditAction>,
    /// To a thing of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// To this thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<ResourceId>,
    /// At this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// At this time or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// With this result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<AuditResult>,
}

impl AuditFilter {
    /// Whether `event` is one of those asked for.
    pub fn matches(&self, event: &AuditEvent) -> bool {
        self.user.is_none_or(|user| event.user == Some(user))
            && self.action.is_none_or(|action| event.action == action)
            && self.resource_type.is_none_or(|resource| event.resource_type == resource)
            && self.resource_id.is_none_or(|id| event.resource_id == Some(id))
            && self.from.is_none_or(|from| event.timestamp >= from)
            && self.to.is_none_or(|to| event.timestamp <= to)
            && self.result.is_none_or(|result| event.result == result)
    }
}
