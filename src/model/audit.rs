//! The audit log: who did what, when, and how it went.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::types::present;
use crate::{AuditEventId, Json, ResourceId, TenantId, Text, Timestamp, UserId};

/// An event of the audit log. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEvent {
    /// Unique in the tenant.
    pub id: AuditEventId,
    /// The tenant in which it happened.
    pub tenant: TenantId,
    /// Who did it, if that is known. A record: the user need not exist.
    pub user: Option<UserId>,
    /// The name that the user gave.
    pub username: Text,
    /// What was done.
    pub action: AuditAction,
    /// The type of resource that it was done to.
    pub resource_type: ResourceType,
    /// The id of the resource, if it has one.
    pub resource_id: Option<ResourceId>,
    /// The name of the resource.
    pub resource_name: Text,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The address of the client.
    pub ip_address: Option<Text>,
    /// The program of the client.
    pub user_agent: Option<Text>,
    /// Its result.
    pub result: AuditResult,
    /// The error, if it failed.
    pub error_message: Option<Text>,
    /// Further details; `Some` of JSON's `null` is not `None`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub metadata: Option<Json>,
}

impl AuditEvent {
    /// Its key in a listing.
    pub fn key(&self) -> AuditKey {
        AuditKey { timestamp: self.timestamp, id: self.id }
    }
}

/// The key of an event in a listing, which is ordered by time, then id, both descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields of `AuditEvent`
pub struct AuditKey {
    pub timestamp: Timestamp,
    pub id: AuditEventId,
}

/// The result of what was done.
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
#[allow(missing_docs)] // the names say it
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
#[allow(missing_docs)] // the names say it
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

/// The type of resource that something was done to.
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

/// Selects events; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditFilter {
    /// Events of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Events with this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<AuditAction>,
    /// Events on a resource of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// Events on this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<ResourceId>,
    /// Events at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Events at this time or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Events with this result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<AuditResult>,
}

impl AuditFilter {
    /// Whether it selects `event`.
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
