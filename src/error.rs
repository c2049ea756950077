//! The errors of calls.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, IntoStaticStr};

/// The result of a call on a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Input that is out of bounds: which field, and what is valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {reason}")]
pub struct Invalid {
    /// The field that is wrong.
    pub field: Cow<'static, str>,
    /// Why, and how to correct it; never the value of a secret.
    pub reason: Cow<'static, str>,
}

impl Invalid {
    /// Input whose `field` is wrong because of `reason`.
    pub fn new(field: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// Why a call failed. A call that fails changes nothing.
///
/// A write checks these, in this order, and stops at the first that fails:
///
/// 1. the parents that its address names, outermost first (tenant, catalog, branch, namespace):
///    [`NotFound`](Self::NotFound) of that parent;
/// 2. the thing itself: `NotFound` when it is missing for an update, a delete or a rename,
///    [`AlreadyExists`](Self::AlreadyExists) when it is taken, by id or by name;
/// 3. what it refers to (a warehouse, a role, a commit, …): `NotFound` of it;
/// 4. input that is invalid only together with what is stored: [`Invalid`](Self::Invalid);
/// 5. state: [`Conflict`](Self::Conflict).
///
/// The key is for people to read; callers distinguish errors by the other fields.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What the call names does not exist, or not in this tenant.
    #[error("{entity} {key} not found")]
    NotFound {
        /// What is missing.
        entity: Entity,
        /// Which one.
        key: String,
    },
    /// What the call would create, or its name, exists already.
    #[error("{entity} {key} already exists")]
    AlreadyExists {
        /// What is taken.
        entity: Entity,
        /// Which one.
        key: String,
    },
    /// What is stored does not allow the call.
    #[error("{key}: {reason}")]
    Conflict {
        /// Why not.
        reason: ConflictReason,
        /// What prevents the call.
        key: String,
    },
    /// The input is out of bounds.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The store does not have the feature. No store of this crate returns it.
    #[error("{operation} is not supported")]
    Unsupported {
        /// The method that was called.
        operation: &'static str,
    },
    /// The database or the network failed.
    #[error("the database failed")]
    Backend {
        /// Its error.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// `entity` named by `key` does not exist.
    pub fn not_found(entity: Entity, key: impl fmt::Display) -> Self {
        Self::NotFound { entity, key: key.to_string() }
    }

    /// `entity` named by `key` is taken.
    pub fn already_exists(entity: Entity, key: impl fmt::Display) -> Self {
        Self::AlreadyExists { entity, key: key.to_string() }
    }

    /// The state of what `key` names forbids the call, because of `reason`.
    pub fn conflict(reason: ConflictReason, key: impl fmt::Display) -> Self {
        Self::Conflict { reason, key: key.to_string() }
    }

    /// The database or the network failed with `source`.
    pub fn backend(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Backend { source: source.into() }
    }
}

/// What an error is about.
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
    IntoStaticStr,
    EnumIter,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs)] // each is named after what it is
pub enum Entity {
    Tenant,
    Warehouse,
    Catalog,
    Namespace,
    Asset,
    Branch,
    Tag,
    Commit,
    Merge,
    Conflict,
    User,
    Role,
    RoleAssignment,
    Permission,
    ServiceUser,
    Token,
    AuditEvent,
    BusinessMetadata,
    AccessRequest,
}

/// Why the state of a store forbids a call.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    IntoStaticStr,
    EnumIter,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ConflictReason {
    /// Another call was faster: the expected state has changed.
    Stale,
    /// Something else names it.
    InUse,
    /// It still contains something.
    NotEmpty,
    /// It is past the state in which this can be done.
    IllegalState,
    /// A merge conflict has no resolution, or one that cannot be carried out.
    Unresolved,
    /// Only an ingest branch can be merged, and only into its parent.
    NotMergeable,
    /// It may never be deleted.
    Protected,
    /// The catalog is a local one.
    NotFederated,
}

impl fmt::Display for ConflictReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stale => "is stale: read it again and retry",
            Self::InUse => "is in use",
            Self::NotEmpty => "is not empty",
            Self::IllegalState => "is not in a state that allows this",
            Self::Unresolved => "has a conflict that is not resolved",
            Self::NotMergeable => "cannot be merged: only an ingest branch can, into its parent",
            Self::Protected => "is protected",
            Self::NotFederated => "is not a federated catalog",
        })
    }
}
