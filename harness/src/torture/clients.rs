//! Running the clients of a case at once, and writing down what each call answered.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::join_all;
use pangolin_store::{CatalogStore, Result, StoreError};
use serde_json::Value;

use super::nemesis::Nemesis;
use crate::compare::call::outcome;
use crate::contract::choice::Chooser;
use crate::contract::op::Op;
use crate::contract::outcome::Outcome;
use crate::generate::contention::ConcurrentCase;
use crate::trace::history::ClientCall;

/// Counts what happens in a history, so that every beginning and every end has its place.
#[derive(Debug, Default)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    /// The place of what happens now.
    pub(crate) fn now(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// A call that is given up in the middle: its future is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GivenUp {
    /// Which client's; the first is 0.
    pub(crate) client: usize,
    /// Which of its calls; the first is 0.
    pub(crate) call: usize,
    /// How often the future waits before that.
    pub(crate) waits: u32,
}

/// How the clients of a case run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    /// How long a call may take.
    pub(crate) limit: Duration,
    /// The calls that are given up.
    pub(crate) given_up: Vec<GivenUp>,
}

impl Manner {
    /// Draws how the clients of a case run under a nemesis.
    pub(crate) fn draw(
        choose: &mut Chooser<'_>,
        case: &ConcurrentCase,
        nemesis: Nemesis,
        limit: Duration,
    ) -> Self {
        let mut manner = Self { limit, given_up: Vec::new() };
        if nemesis == Nemesis::GiveUp {
            for (client, calls) in case.clients.iter().enumerate() {
                let waits = u32::try_from(choose.below(6)).unwrap_or(0);
                let call = choose.below(calls.len().max(1));
                manner.given_up.push(GivenUp { client, call, waits });
            }
        }
        manner
    }
}

/// Lets all clients begin at once, as exactly as threads allow.
struct Gate {
    waiting: AtomicUsize,
    clients: usize,
}

impl Gate {
    /// Waits until all clients have come here so many times.
    async fn pass(&self, times: usize) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        while self.waiting.load(Ordering::SeqCst) < self.clients * times {
            tokio::task::yield_now().await;
        }
    }
}

/// Runs the clients of a case, the client n on the store n modulo their number. Returns all calls in the order in
/// which they began; clients count from 1.
///
/// # Errors
/// When the runtime has lost a client.
pub(crate) async fn run(
    case: &ConcurrentCase,
    stores: &[Arc<dyn CatalogStore>],
    clock: &Arc<Clock>,
    manner: &Manner,
) -> Result<Vec<ClientCall>> {
    let longest = case.clients.iter().map(Vec::len).max().unwrap_or(0);
    let gate = Arc::new(Gate { waiting: AtomicUsize::new(0), clients: case.clients.len() });
    let mut running = Vec::new();
    for (index, calls) in case.clients.iter().enumerate() {
        let client = Client {
            number: index,
            store: Arc::clone(&stores[index % stores.len()]),
            clock: Arc::clone(clock),
            gate: Arc::clone(&gate),
            gates: if case.in_step { longest } else { 1 },
            manner: manner.clone(),
        };
        running.push(tokio::spawn(client.run(calls.clone())));
    }
    let mut all = Vec::new();
    for client in join_all(running).await {
        all.extend(client.map_err(StoreError::backend)?);
    }
    all.sort_by_key(|call: &ClientCall| call.begin);
    Ok(all)
}

struct Client {
    number: usize,
    store: Arc<dyn CatalogStore>,
    clock: Arc<Clock>,
    gate: Arc<Gate>,
    /// Before how many calls it waits for the others.
    gates: usize,
    manner: Manner,
}

impl Client {
    async fn run(self, calls: Vec<Op>) -> Vec<ClientCall> {
        let mut made = Vec::new();
        for (index, call) in calls.into_iter().enumerate() {
            if index < self.gates {
                self.gate.pass(index + 1).await;
            }
            made.push(self.make(index, call).await);
        }
        // The others do not wait for one that has no calls left.
        for _ in made.len()..self.gates {
            self.gate.waiting.fetch_add(1, Ordering::SeqCst);
        }
        made
    }

    async fn make(&self, index: usize, call: Op) -> ClientCall {
        let given_up = self.manner.given_up.iter();
        let given_up = given_up.copied().find(|one| one.client == self.number && one.call == index);
        let waits = given_up.map_or(u32::MAX, |one| one.waits);
        let begin = self.clock.now();
        let outcome = up_to(waits, outcome(&call, &*self.store, self.manner.limit)).await;
        let result = outcome.as_ref().map(Outcome::to_value);
        let end = result.is_some().then(|| self.clock.now());
        ClientCall { client: self.number + 1, begin, end, call, result }
    }
}

/// The answer of a future, unless it waits more often than that: then it is dropped.
async fn up_to<T>(waits: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = waits;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Reads what the calls ask for, all at once, after everything; written down as the calls of client 0.
pub(crate) async fn read(
    reads: Vec<Op>,
    store: &dyn CatalogStore,
    clock: &Clock,
    limit: Duration,
) -> Vec<ClientCall> {
    let read = |call: Op| async move {
        let begin = clock.now();
        let result: Value = outcome(&call, store, limit).await.to_value();
        ClientCall { client: 0, begin, end: Some(clock.now()), call, result: Some(result) }
    };
    let mut calls = join_all(reads.into_iter().map(read)).await;
    calls.sort_by_key(|call| call.begin);
    calls
}
