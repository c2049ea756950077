//! Attempts at a transaction: it waits for its turn, and is done again when others were faster.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use mongodb::error::{Error, TRANSIENT_TRANSACTION_ERROR};
use tokio::time::{Instant, sleep, timeout_at};

use super::MongoStore;
use super::error::{CallFailure, cause, is_write_conflict};
use super::queue::{Guard, Turn};
use super::transaction::{Failure, Transaction};
use crate::events::{MONGO, Timed};
use crate::{Result, StoreError};

const SHORTEST_PAUSE: Duration = Duration::from_micros(500);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// After so many conflicts a call asks for the turn of all guards of its tenant, because it conflicts with
/// calls with which it has none in common, like one that writes to all branches.
const CONFLICTS_BEFORE_ALL: u32 = 5;
/// After so many it goes back to its own: its conflicts are with other processes.
const CONFLICTS_WITH_ALL: u32 = 10;

/// Does work in a transaction, which is committed if it succeeds and rolled back if it fails. Gives the
/// [`Result`] of the block.
///
/// The call first waits for its turn at the guards that it names. A guard that the block finds out later is
/// waited for when it made the transaction fail.
///
/// The block, which may fail with a [`Failure`], is done again, on a newer snapshot, when another
/// transaction interrupted it. (A function that took the block as a closure could not promise that its
/// future is `Send`.)
macro_rules! transaction {
    ($store:expr, [$($guard:expr),* $(,)?], |$txn:ident| $work:block) => {{
        let function = $crate::events::function_of(&|| ());
        let guards = [$($guard),*];
        let mut attempts = $crate::mongo::attempts::Attempts::new($store, guards, function);
        loop {
            let mut transaction = match attempts.begin().await {
                Ok(transaction) => transaction,
                Err(error) => break Err(error),
            };
            let $txn = &mut transaction;
            let outcome: $crate::Result<_, $crate::mongo::transaction::Failure> =
                async { $work }.await;
            if let Some(answer) = attempts.end(transaction, outcome).await {
                break answer;
            }
        }
    }};
}
pub(super) use transaction;

/// The attempts at one transaction.
pub(super) struct Attempts<'a> {
    store: &'a MongoStore,
    guards: BTreeSet<Guard>,
    turn: Option<Arc<Turn>>,
    tries: Tries,
    conflicts: u32,
    /// The number of elections before the attempt.
    elections: u64,
    _until_answered: Timed<'static>,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(
        store: &'a MongoStore,
        guards: impl IntoIterator<Item = Guard>,
        function: &'static str,
    ) -> Self {
        Self {
            store,
            guards: guards.into_iter().collect(),
            turn: None,
            tries: Tries::new(store.shared.options.call_timeout),
            conflicts: 0,
            elections: 0,
            _until_answered: MONGO.timed(function),
        }
    }

    /// Begins an attempt, when it is the call's turn.
    pub(super) async fn begin(&mut self) -> Result<Transaction> {
        let turn = match self.turn.take() {
            Some(turn) => turn,
            None => {
                let turn = self.store.shared.queues.turn(&self.guards);
                match timeout_at(self.tries.deadline, turn).await {
                    Ok(turn) => Arc::new(turn),
                    Err(_) => return Err(StoreError::backend(CallFailure::NoTurn)),
                }
            }
        };
        self.turn = Some(Arc::clone(&turn));
        self.elections = self.store.elections();
        Ok(Transaction::begin(self.store.database(), turn, self.tries.deadline).await?)
    }

    /// Ends an attempt and returns the result; `None` when the work should be done again.
    pub(super) async fn end<T>(
        &mut self,
        mut transaction: Transaction,
        outcome: Result<T, Failure>,
    ) -> Option<Result<T>> {
        let found = transaction.take_guards();
        let outcome = match outcome {
            Ok(answer) => {
                let tries = self.tries.until_then();
                transaction.commit(tries).await.map(|()| answer).map_err(Failure::Failed)
            }
            Err(failure) => {
                transaction.give_up().await;
                Err(failure)
            }
        };
        match outcome {
            Ok(answer) => Some(Ok(answer)),
            Err(Failure::Refused(error @ StoreError::Backend { .. })) => Some(Err(error)),
            Err(Failure::Refused(error)) => {
                self.turn = None;
                match self.store.has_settled(self.elections).await {
                    Ok(true) => Some(Err(error)),
                    Ok(false) if Instant::now() < self.tries.deadline => None,
                    Ok(false) => Some(Err(StoreError::backend(CallFailure::Elections))),
                    Err(error) => Some(Err(error.into())),
                }
            }
            Err(Failure::Failed(error)) => {
                if error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
                    self.ask_for_more(found, &error);
                    if self.tries.pause(&error).await {
                        return None;
                    }
                }
                Some(Err(error.into()))
            }
        }
    }

    /// Gives the turn up for one at more guards, when that may help against the error.
    fn ask_for_more(&mut self, found: Vec<Guard>, error: &Error) {
        if !is_write_conflict(error) {
            return;
        }
        self.conflicts += 1;
        let before = self.guards.clone();
        self.guards.extend(found);
        let tenants: Vec<_> = before.iter().filter_map(Guard::tenant).collect();
        match self.conflicts {
            CONFLICTS_BEFORE_ALL => self.guards.extend(tenants.into_iter().map(Guard::All)),
            CONFLICTS_WITH_ALL => self.guards.retain(|guard| !matches!(guard, Guard::All(_))),
            _ => {}
        }
        if self.guards != before {
            self.turn = None;
        }
    }
}

/// Counts tries, and limits their time.
pub(super) struct Tries {
    made: u32,
    deadline: Instant,
    pause: Duration,
}

impl Tries {
    fn new(time: Duration) -> Self {
        Self { made: 0, deadline: Instant::now() + time, pause: SHORTEST_PAUSE }
    }

    /// Tries of something else that end at the same time.
    fn until_then(&self) -> Self {
        Self { made: 0, deadline: self.deadline, pause: SHORTEST_PAUSE }
    }

    /// Waits after `error`, each time longer and with a random part; `false` when the time is up.
    pub(super) async fn pause(&mut self, error: &Error) -> bool {
        self.made += 1;
        if Instant::now() >= self.deadline {
            MONGO.tries_exhausted(self.made, &cause(error));
            return false;
        }
        MONGO.tried_again(self.made, &cause(error));
        let spread = RandomState::new().hash_one(()) % 1024;
        sleep(self.pause / 2 + self.pause * u32::try_from(spread).unwrap_or(0) / 1024).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}
