//! Federated catalogs: how their last synchronisation went.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{Text, Timestamp};

/// The last synchronisation of a federated catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncStatus {
    /// When it ran.
    pub last_synced_at: Timestamp,
    /// How it went.
    pub status: SyncOutcome,
    /// How many tables it brought.
    pub tables_synced: u32,
    /// How many namespaces it brought.
    pub namespaces_synced: u32,
    /// What went wrong.
    pub error: Option<Text>,
}

/// How a synchronisation went.
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
pub enum SyncOutcome {
    Success,
    Failed,
    Syncing,
}
