//! Queues: calls of one store that write to the same guard take turns, first come, first served.
//!
//! A call waits before its transaction begins, so it holds nothing meanwhile, neither a document nor a
//! connection. Queues are for speed alone: whether two calls exclude each other is decided by the guards
//! in the database, to which other processes write, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock, Semaphore,
};
use tokio::time::timeout;

use crate::{BranchRef, Name, RoleId, TenantId, UserId};

/// How long a call waits for the end of all others in a tenant. Then it does without, because one that
/// waits for a dead client must not hold the others up.
const PATIENCE_WITH_ALL: Duration = Duration::from_millis(250);

/// What a call writes to because it relies on it. Calls with a guard in common take turns.
///
/// Calls take their places in this order, so no two wait for each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Guard {
    /// All guards of a tenant.
    All(TenantId),
    /// One of a tenant's guard documents.
    Slot(TenantId, u32),
    Catalog(TenantId, Name),
    Branch(TenantId, BranchRef),
    Warehouse(TenantId, Name),
    Role(TenantId, RoleId),
    User(UserId),
}

impl Guard {
    pub(super) fn branch(tenant: TenantId, catalog: &Name, branch: &Name) -> Self {
        Self::Branch(tenant, BranchRef { catalog: catalog.clone(), branch: branch.clone() })
    }

    pub(super) fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::All(tenant)
            | Self::Slot(tenant, _)
            | Self::Catalog(tenant, _)
            | Self::Branch(tenant, _)
            | Self::Warehouse(tenant, _)
            | Self::Role(tenant, _) => Some(*tenant),
            Self::User(_) => None,
        }
    }
}

/// The queues of a store. A guard has one as long as a call holds it or waits for it.
pub(super) struct Queues {
    lines: Mutex<BTreeMap<Guard, Arc<RwLock<()>>>>,
    /// As many transactions as there are connections: one that has begun need not wait for a connection.
    transactions: Arc<Semaphore>,
}

impl Queues {
    pub(super) fn new(connections: u32) -> Self {
        let transactions = usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS);
        Self { lines: Mutex::default(), transactions: Arc::new(Semaphore::new(transactions)) }
    }

    /// Waits for the turn of a call with these guards.
    pub(super) async fn turn(self: &Arc<Self>, guards: &BTreeSet<Guard>) -> Turn {
        let mut places = Vec::new();
        for tenant in guards.iter().filter_map(Guard::tenant).collect::<BTreeSet<_>>() {
            let all = Guard::All(tenant);
            let alone = guards.contains(&all);
            let mut place = self.place(all);
            let is_first = match alone {
                true => timeout(PATIENCE_WITH_ALL, place.wait()).await.is_ok(),
                false => false,
            };
            if !is_first {
                place.share().await;
            }
            places.push(place);
        }
        for guard in guards.iter().filter(|guard| !matches!(guard, Guard::All(_))) {
            let mut place = self.place(guard.clone());
            place.wait().await;
            places.push(place);
        }
        // It is never closed.
        let transaction = Arc::clone(&self.transactions).acquire_owned().await.ok();
        Turn { _transaction: transaction, _places: places }
    }

    fn place(self: &Arc<Self>, guard: Guard) -> Place {
        let line = Arc::clone(self.lines.lock().entry(guard.clone()).or_default());
        Place { queues: Arc::clone(self), guard, line, hold: None }
    }
}

/// The turn of a call, until it is dropped.
pub(super) struct Turn {
    _transaction: Option<OwnedSemaphorePermit>,
    _places: Vec<Place>,
}

/// A place in the queue of a guard.
struct Place {
    queues: Arc<Queues>,
    guard: Guard,
    line: Arc<RwLock<()>>,
    hold: Option<Hold>,
}

enum Hold {
    Alone { _guard: OwnedRwLockWriteGuard<()> },
    Shared { _guard: OwnedRwLockReadGuard<()> },
}

impl Place {
    async fn wait(&mut self) {
        let guard = Arc::clone(&self.line).write_owned().await;
        self.hold = Some(Hold::Alone { _guard: guard });
    }

    async fn share(&mut self) {
        let guard = Arc::clone(&self.line).read_owned().await;
        self.hold = Some(Hold::Shared { _guard: guard });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hold = None;
        let mut lines = self.queues.lines.lock();
        // The map's and this one; others wait with one of their own, taken under this lock.
        if Arc::strong_count(&self.line) == 2 {
            lines.remove(&self.guard);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, poll};
    use uuid::Uuid;

    use super::*;

    const ACME: TenantId = TenantId::new(Uuid::from_u128(1));

    fn user(number: u128) -> Guard {
        Guard::User(UserId::new(Uuid::from_u128(number)))
    }

    #[tokio::test]
    async fn calls_with_a_guard_in_common_take_turns_in_the_order_in_which_they_came() {
        let queues = Arc::new(Queues::new(16));
        let guards = BTreeSet::from([user(1), user(2)]);
        let first = queues.turn(&guards).await;
        let (one, two) = (BTreeSet::from([user(2)]), BTreeSet::from([user(2)]));
        let (mut second, mut third) = (queues.turn(&one).boxed(), queues.turn(&two).boxed());
        assert!(poll!(&mut second).is_pending() && poll!(&mut third).is_pending());
        drop(first);
        assert!(poll!(&mut third).is_pending());
        let second = second.await;
        assert!(poll!(&mut third).is_pending());
        drop(second);
        third.await;
    }

    #[tokio::test]
    async fn a_queue_in_which_nobody_is_is_forgotten() {
        let queues = Arc::new(Queues::new(16));
        let guards = BTreeSet::from([Guard::Slot(ACME, 1), user(1)]);
        let turn = queues.turn(&guards).await;
        assert_eq!(queues.lines.lock().len(), 3, "with that of all guards");
        let mut given_up = queues.turn(&guards).boxed();
        assert!(poll!(&mut given_up).is_pending());
        drop(given_up);
        drop(turn);
        assert!(queues.lines.lock().is_empty());
    }

    #[tokio::test]
    async fn no_more_transactions_than_connections_begin() {
        let queues = Arc::new(Queues::new(1));
        let (one, two) = (BTreeSet::from([user(1)]), BTreeSet::from([user(2)]));
        let first = queues.turn(&one).await;
        let mut second = queues.turn(&two).boxed();
        assert!(poll!(&mut second).is_pending());
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn a_call_that_wants_all_guards_does_not_wait_for_others_for_long() {
        let queues = Arc::new(Queues::new(16));
        let stuck = queues.turn(&BTreeSet::from([Guard::Slot(ACME, 1)])).await;
        let all = queues.turn(&BTreeSet::from([Guard::All(ACME)])).await;
        drop((stuck, all));
        let all = queues.turn(&BTreeSet::from([Guard::All(ACME)])).await;
        let other = BTreeSet::from([Guard::Slot(ACME, 2)]);
        assert!(poll!(queues.turn(&other).boxed()).is_pending());
        drop(all);
    }
}
