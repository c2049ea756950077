//! Planted bugs: a correct store, wrapped so that it misbehaves in one way.
//!
//! They show that the harness finds what it must. Each is a defect that a store of a real catalog
//! has had; [`FAULTS`] lists them all. The backend `NAME+FAULT` is the backend `NAME` with that fault, and
//! the backend `legacy-NAME` has the faults that the first audit found in `NAME`.
//!
//! A fault works over any store. It asks the store inside for what it needs. What the store does not hold
//! (the order in which rows were created, the content of a deleted row) it finds in the [`WriteLog`].

mod concurrent;
mod divergent;
mod edits;
mod failing;
mod legacy;
mod missing;
mod outdated;
mod write_log;

use std::sync::Arc;

use async_trait::async_trait;
use pangolin_store::{CatalogStore, Result};

use crate::contract::class::Class;
use crate::contract::feature::Feature;
use crate::contract::intercept::Interceptor;
use crate::contract::op::Op;
use crate::contract::reply::Reply;
pub use concurrent::{CONCURRENT_FAULTS, ConcurrentFault, Shows, concurrent};
use divergent::{
    assets, audit, branches, catalogs, commits, lists, merges, metadata, namespaces, numbers,
    optional, people, search, swallowed, tenants, times, tokens, undecodable, updates,
};
pub use legacy::legacy;
pub use write_log::WriteLog;

/// A way to misbehave.
#[async_trait]
pub trait Fault: Send + Sync {
    /// Its name, in kebab-case.
    fn name(&self) -> &'static str;

    /// The feature area that it breaks.
    fn feature(&self) -> Feature;

    /// How the harness must classify it.
    fn class(&self) -> Class;

    /// What the store does, as the end of the sentence "the store …".
    fn does(&self) -> &'static str;

    /// Answers a call in place of the store inside, which has accepted `writes`.
    ///
    /// # Errors
    /// What the faulty store would answer.
    async fn call(&self, op: Op, inner: &dyn CatalogStore, writes: &WriteLog) -> Result<Reply>;

    /// What it does to the store inside after a restart; by default nothing.
    async fn restarted(&self, _inner: &dyn CatalogStore) {}
}

/// Declares a fault: its name, feature and class, what the store does, how it answers a call and,
/// optionally, what it does after a restart.
macro_rules! fault {
    ($fault:ident, $name:literal, $feature:ident, $class:ident, $does:literal,
        |$op:ident, $inner:ident $(, $writes:ident)?| $call:expr
        $(, |$restarted:ident| $after:expr)?) => {
        #[doc = concat!("The store ", $does, ".")]
        pub(in crate::fault) struct $fault;

        #[async_trait::async_trait]
        impl crate::fault::Fault for $fault {
            fn name(&self) -> &'static str {
                $name
            }

            fn feature(&self) -> crate::contract::feature::Feature {
                crate::contract::feature::Feature::$feature
            }

            fn class(&self) -> crate::contract::class::Class {
                crate::contract::class::Class::$class
            }

            fn does(&self) -> &'static str {
                $does
            }

            async fn call(
                &self,
                $op: crate::contract::op::Op,
                $inner: &dyn pangolin_store::CatalogStore,
                _writes: &crate::fault::WriteLog,
            ) -> pangolin_store::Result<crate::contract::reply::Reply> {
                $(let $writes = _writes;)?
                $call
            }
            $(
                async fn restarted(&self, $restarted: &dyn pangolin_store::CatalogStore) {
                    $after
                }
            )?
        }
    };
}
use fault;

/// Every fault: stores that lack a feature, stores that have an old schema, stores that break the contract in
/// one feature or in all of them, and stores that do not answer.
pub const FAULTS: &[&dyn Fault] = &[
    &missing::ServiceUsers,
    &missing::Settings,
    &missing::Merges,
    &outdated::SettingsTableMissing,
    &outdated::AuditColumnsMissing,
    &outdated::AuditColumnsDropped,
    &outdated::MergeConflictsForgotten,
    &outdated::MergeResolutionForgotten,
    &outdated::ServiceUserDescriptionLost,
    &tenants::TenantRowDeletedAlone,
    &catalogs::FederatedListedAsLocal,
    &catalogs::ChildrenDeletedBeforeChecked,
    &catalogs::OtherTenantsChildrenDeleted,
    &namespaces::PathJoinedByDots,
    &namespaces::ParentByPrefix,
    &namespaces::PropertiesNotRemoved,
    &namespaces::NamespaceDestroyedBeforeChecked,
    &assets::AssetKindCollapsed,
    &assets::CompareAndSwapSkipped,
    &assets::CompareAndSwapOfNoneSkipped,
    &assets::MetadataLocationOfAnyBranch,
    &assets::OverwrittenOnCreate,
    &assets::OverwrittenOnRename,
    &branches::CopiedWithoutFilter,
    &branches::NothingCopied,
    &branches::AssetsLeft,
    &branches::BranchDestroyedBeforeChecked,
    &commits::PartlyApplied,
    &merges::TargetTakenForSource,
    &merges::HeadMovedAlone,
    &merges::HeadNotMoved,
    &lists::WarehousesByInsertion,
    &lists::RolesPageRepeatsARow,
    &lists::TagsPageSkipsARow,
    &people::TenantUsersHidden,
    &people::AssignmentForgotten,
    &people::AssignmentOutlivesRole,
    &people::PermissionsTenantDropped,
    &people::InactiveHiddenByKey,
    &people::LastUsedByOwnClock,
    &tokens::RevocationElsewhere,
    &tokens::RevokedListedAsActive,
    &tokens::ExpiredListedAsActive,
    &tokens::PageBeforeFilter,
    &tokens::TokensLostAtRestart,
    &audit::ActionCollapsed,
    &audit::FilterSpelling,
    &audit::AuditTenantDropped,
    &audit::AuditOldestFirst,
    &metadata::FirstAuthorReplaced,
    &metadata::OutlivesItsAsset,
    &search::SearchWildcards,
    &search::AnyTagForAllTags,
    &search::NoTagsNoHits,
    &search::AsciiFolded,
    &search::KindCollapsedInSearch,
    &updates::CatalogPropertiesMerged,
    &updates::WarehouseConfigMerged,
    &updates::RoleDescriptionDroppedByUpdate,
    &updates::SettingsResetByUpdate,
    &optional::NoLocationReadAsEmpty,
    &optional::NoUserReadAsNil,
    &optional::NoLoginReadAsEpoch,
    &optional::EmptyReadAsNone,
    &optional::EmptyReasonReadAsNone,
    &times::AuditMillisecondsKept,
    &times::SyncSecondsKept,
    &times::UserSecondsKept,
    &numbers::IntegersAsFloats,
    &numbers::LargeIntegersRounded,
    &numbers::HugeIntegersCut,
    &undecodable::HistoryFailsOnMerges,
    &undecodable::ListFailsOnJsonNull,
    &undecodable::RootUserUndecodable,
    &swallowed::TenantErrorSwallowed,
    &swallowed::DuplicateWarehouseSwallowed,
    &swallowed::DuplicateTagSwallowed,
    &swallowed::StaleCommitSwallowed,
    &swallowed::RoleErrorSwallowed,
    &swallowed::SyncOfLocalSwallowed,
    &failing::PanicsOnLongNames,
    &failing::HangsOnCleanup,
];

/// The fault that every run must find; a harness that misses it is broken.
pub const CANARY: &dyn Fault = &swallowed::RoleErrorSwallowed;

/// The fault of that name.
pub fn named(name: &str) -> Option<&'static dyn Fault> {
    FAULTS.iter().copied().find(|fault| fault.name() == name)
}

/// A fault planted in one store.
pub(crate) struct Planted {
    pub(crate) fault: &'static dyn Fault,
    pub(crate) writes: Arc<WriteLog>,
}

#[async_trait]
impl Interceptor for Planted {
    async fn call(&self, op: Op, inner: &dyn CatalogStore) -> Result<Reply> {
        let reply = self.fault.call(op.clone(), inner, &self.writes).await?;
        self.writes.add(op);
        Ok(reply)
    }
}
