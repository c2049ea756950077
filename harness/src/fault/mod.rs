//! Planted bugs: a store that is right, wrapped so that it misbehaves in one way.
//!
//! They show that the harness finds what it must. Each is a defect that a store of a real catalog
//! has had; [`FAULTS`] lists them all. A backend called `NAME+FAULT` is the backend `NAME` with that
//! fault.

mod divergent;
mod failing;
mod missing;
mod outdated;

use async_trait::async_trait;
use pangolin_store::{CatalogStore, Result};

use crate::diff::Class;
use crate::feature::Feature;
use crate::intercept::Interceptor;
use crate::op::Op;
use crate::outcome::Reply;

/// A way to misbehave.
#[async_trait]
pub trait Fault: Send + Sync {
    /// Its name, in kebab-case.
    fn name(&self) -> &'static str;

    /// The feature area that it breaks.
    fn feature(&self) -> Feature;

    /// How the harness must class it.
    fn class(&self) -> Class;

    /// What the store does, as the end of the sentence "the store …".
    fn does(&self) -> &'static str;

    /// Answers a call in place of the store inside.
    ///
    /// # Errors
    /// What the faulty store would answer.
    async fn call(&self, op: Op, inner: &dyn CatalogStore) -> Result<Reply>;

    /// What it does to the store inside after a restart; nothing, unless said otherwise.
    async fn restarted(&self, _inner: &dyn CatalogStore) {}
}

/// Declares a fault: its name, feature and class, what the store does, how it answers a call and, if
/// that matters, what it does after a restart.
macro_rules! fault {
    ($fault:ident, $name:literal, $feature:ident, $class:ident, $does:literal, |$op:ident, $inner:ident| $call:expr
        $(, |$restarted:ident| $after:expr)?) => {
        #[doc = concat!("The store ", $does, ".")]
        pub(super) struct $fault;

        #[async_trait::async_trait]
        impl super::Fault for $fault {
            fn name(&self) -> &'static str {
                $name
            }

            fn feature(&self) -> crate::feature::Feature {
                crate::feature::Feature::$feature
            }

            fn class(&self) -> crate::diff::Class {
                crate::diff::Class::$class
            }

            fn does(&self) -> &'static str {
                $does
            }

            async fn call(
                &self,
                $op: crate::op::Op,
                $inner: &dyn pangolin_store::CatalogStore,
            ) -> pangolin_store::Result<crate::outcome::Reply> {
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

/// Every fault.
pub const FAULTS: &[&dyn Fault] = &[
    &missing::ServiceUsers,
    &missing::Merges,
    &outdated::SettingsTableMissing,
    &outdated::AuditColumnsMissing,
    &outdated::ServiceUserDescriptionLost,
    &divergent::AuditTenantDropped,
    &divergent::CompareAndSwapSkipped,
    &divergent::AuditOldestFirst,
    &divergent::RoleErrorSwallowed,
    &divergent::AssetKindCollapsed,
    &divergent::SearchWildcards,
    &divergent::NamespaceDestroyedBeforeChecked,
    &divergent::RevocationElsewhere,
    &divergent::TokensLostAtRestart,
    &failing::PanicsOnLongNames,
    &failing::HangsOnCleanup,
];

/// The fault of that name.
pub fn named(name: &str) -> Option<&'static dyn Fault> {
    FAULTS.iter().copied().find(|fault| fault.name() == name)
}

/// A fault as what happens to calls.
pub(crate) struct Planted(pub(crate) &'static dyn Fault);

#[async_trait]
impl Interceptor for Planted {
    async fn call(&self, op: Op, inner: &dyn CatalogStore) -> Result<Reply> {
        self.0.call(op, inner).await
    }
}
