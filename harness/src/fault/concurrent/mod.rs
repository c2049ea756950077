//! Planted bugs that no single client can see.
//!
//! A store with one of them answers a client that makes one call after the other as it should, and misbehaves
//! when calls overlap, or when a call is given up in the middle. [`CONCURRENT_FAULTS`] lists them all.
//!
//! Like the others, they work over any store. Where a fault does in two steps what must be one, it leaves the
//! other clients a moment between them, in which it yields to the runtime.

mod acknowledged;
mod caches;
mod cascades;
mod copies;
mod creates;
mod given_up;
mod listings;
mod others;
mod refused;
mod retries;
mod shared;
mod updates;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use pangolin_store::{CatalogStore, Result};

use crate::contract::feature::Feature;
use crate::contract::intercept::{Intercepted, Interceptor};
use crate::contract::op::Op;
use crate::contract::reply::Reply;
use others::{Others, Traffic};

/// A way to misbehave that no single client can see.
#[derive(Clone, Copy)]
pub struct ConcurrentFault {
    /// Its name, in kebab-case; unique among all faults.
    pub name: &'static str,
    /// The feature area whose calls show it.
    pub feature: Feature,
    /// What the store does, as the end of the sentence "the store …".
    pub does: &'static str,
    /// What must happen to see it.
    pub shows: Shows,
    plant: fn(Arc<dyn CatalogStore>) -> Arc<dyn CatalogStore>,
}

/// What must happen to see a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum Shows {
    /// Calls overlap.
    #[strum(to_string = "overlap")]
    Concurrency,
    /// A call is given up: its future is dropped in the middle.
    #[strum(to_string = "giving up")]
    GivingUp,
}

impl ConcurrentFault {
    /// A store over `inner` that misbehaves. It has a state of its own, so `inner` must be changed through it
    /// alone, and be empty or at rest when it is planted. All clients must use the same planted store, or
    /// clones of its `Arc`.
    pub fn plant(&self, inner: Arc<dyn CatalogStore>) -> Arc<dyn CatalogStore> {
        (self.plant)(inner)
    }
}

impl fmt::Debug for ConcurrentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// How a store with a fault answers. It is made when the fault is planted.
#[async_trait]
trait Behaviour: Default + Send + Sync + 'static {
    /// Answers a call in place of the store inside, while the `others` run.
    async fn call(&self, op: Op, inner: &dyn CatalogStore, others: &Others<'_>) -> Result<Reply>;
}

/// Counts the calls, and hands them to a behaviour.
#[derive(Default)]
struct Counted<B> {
    behaviour: B,
    traffic: Traffic,
}

#[async_trait]
impl<B: Behaviour> Interceptor for Counted<B> {
    async fn call(&self, op: Op, inner: &dyn CatalogStore) -> Result<Reply> {
        let others = self.traffic.enter();
        self.behaviour.call(op, inner, &others).await
    }
}

fn planted<B: Behaviour>(inner: Arc<dyn CatalogStore>) -> Arc<dyn CatalogStore> {
    Arc::new(Intercepted::new(Counted::<B>::default(), inner))
}

/// Declares a fault: its state if it has one, its name and feature, what must happen to see it, what the store
/// does, and how it answers a call.
macro_rules! fault {
    ($fault:ident $(($state:ty))?, $name:literal, $feature:ident, $shows:ident, $does:literal,
        |$op:ident, $inner:ident, $others:ident $(, $mine:ident)?| $call:expr) => {
        #[doc = concat!("The store ", $does, ".")]
        #[derive(Default)]
        pub(in crate::fault::concurrent) struct $fault $(($state))?;

        impl $fault {
            pub(in crate::fault::concurrent) const FAULT: crate::fault::ConcurrentFault =
                crate::fault::ConcurrentFault {
                    name: $name,
                    feature: crate::contract::feature::Feature::$feature,
                    does: $does,
                    shows: crate::fault::Shows::$shows,
                    plant: crate::fault::concurrent::planted::<Self>,
                };
        }

        #[async_trait::async_trait]
        impl crate::fault::concurrent::Behaviour for $fault {
            async fn call(
                &self,
                $op: crate::contract::op::Op,
                $inner: &dyn pangolin_store::CatalogStore,
                $others: &crate::fault::concurrent::others::Others<'_>,
            ) -> pangolin_store::Result<crate::contract::reply::Reply> {
                $(let $mine = &self.0;)?
                $call
            }
        }
    };
}
use fault;

/// Every fault that no single client can see.
pub static CONCURRENT_FAULTS: &[ConcurrentFault] = &[
    updates::SwapCheckedBeforeWritten::FAULT,
    updates::PropertiesReadThenWritten::FAULT,
    updates::WarehouseWrittenWhole::FAULT,
    updates::UserWrittenWhole::FAULT,
    updates::AuthorReplaced::FAULT,
    updates::ReviewedTwice::FAULT,
    creates::BothCreatesSucceed::FAULT,
    creates::BothDeletesSucceed::FAULT,
    creates::DeletedAfterFoundEmpty::FAULT,
    refused::ByReservation::FAULT,
    refused::ByDeletionThatFails::FAULT,
    refused::AndDoneLater::FAULT,
    retries::AlreadyExistsForOwnWrite::FAULT,
    retries::StaleForOwnCommit::FAULT,
    retries::StaleForOwnSwap::FAULT,
    retries::WrittenTwice::FAULT,
    caches::OfBranches::FAULT,
    caches::OfAssets::FAULT,
    caches::OfServiceUsers::FAULT,
    caches::OfRevocations::FAULT,
    shared::ReadOfAnEarlierCall::FAULT,
    shared::CleanupOfAnotherCall::FAULT,
    acknowledged::BeforeWritten::FAULT,
    cascades::BranchDeletedInParts::FAULT,
    cascades::CatalogDeletedInParts::FAULT,
    copies::BranchCopiedInParts::FAULT,
    copies::MergeUndoesChanges::FAULT,
    listings::ReadRowByRow::FAULT,
    listings::PageByOffset::FAULT,
    listings::CountedInParts::FAULT,
    given_up::LockKept::FAULT,
    given_up::SessionLeftOpen::FAULT,
    given_up::UpdateHalfWritten::FAULT,
    given_up::CommitHalfWritten::FAULT,
    given_up::UserHalfDeleted::FAULT,
];

/// The fault of that name.
pub fn concurrent(name: &str) -> Option<&'static ConcurrentFault> {
    CONCURRENT_FAULTS.iter().find(|fault| fault.name == name)
}

/// Locks the state of a fault, which stays valid when a thread panics while it holds the lock.
fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
