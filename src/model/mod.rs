//! Entities and their updates: plain data, one file per feature area.
//!
//! Two rules hold for all of them:
//!
//! - An update is a struct of options: `None` leaves a field, `Some` replaces all of it. A field that may
//!   be empty is an option of an option there; `Some(None)` empties it.
//! - The user who did something (`created_by`, `granted_by`, `reviewed_by`, …) is a record and not a
//!   reference: it may name any user, and stays when that user is deleted.

mod access_requests;
mod assets;
mod audit;
mod branches;
mod business_metadata;
mod catalogs;
mod commits;
mod federation;
mod merges;
mod namespaces;
mod permissions;
mod roles;
mod search;
mod service_users;
mod settings;
mod tags;
mod tenants;
mod tokens;
mod users;
mod warehouses;

pub use access_requests::{
    AccessRequest, AccessRequestKey, NewAccessRequest, RequestStatus, Review, ReviewDecision,
};
pub use assets::{
    Asset, AssetField, AssetKind, AssetPlace, AssetRef, AssetUpdate, BranchRef, MetadataSwap,
};
pub use audit::{AuditAction, AuditEvent, AuditFilter, AuditKey, AuditResult, ResourceType};
pub use branches::{Branch, BranchKind, NewBranch};
pub use business_metadata::{BusinessMetadata, MetadataWrite};
pub use catalogs::{Catalog, CatalogKind, CatalogUpdate};
pub use commits::{Commit, CommitOperation, HistoryStart, NewCommit, Operations};
pub use federation::{SyncOutcome, SyncStatus};
pub use merges::{
    ConflictKind, MergeCommit, MergeConflict, MergeKey, MergeOperation, MergeStatus, NewConflict,
    NewMerge, Resolution, ResolutionChoice,
};
pub use namespaces::Namespace;
pub use permissions::Permission;
pub use roles::{Action, Grant, Role, RoleUpdate, Scope};
pub use search::{AssetHit, AssetKey, AssetSearch, BranchHit, NamespaceHit, NamespaceKey};
pub use service_users::{ServiceUser, ServiceUserUpdate};
pub use settings::{Settings, SettingsUpdate};
pub use tags::Tag;
pub use tenants::{Tenant, TenantUpdate};
pub use tokens::{Revocation, Token};
pub use users::{OAuthIdentity, User, UserRole, UserUpdate};
pub use warehouses::{Vending, Warehouse, WarehouseUpdate};
