//! Federated catalogs: the result of their last synchronisation.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{Text, Timestamp};

/// The last synchronisation of a federated catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncStatus {
    /// When it ran.
    pub last_synced_at: Timestamp,
    /// Its result.
    pub status: SyncOutcome,
    /// How many tables it copied.
    pub tables_synced: u32,
    /// How many namespaces it copied.
    pub namespaces_synced: u32,
    /// The error, if it failed.
    pub error: Option<Text>,
}

/// The result of a synchronisation.
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
pub enum SyncOutcome {
    Success,
    Failed,
    Syncing,
}
