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

use super::caller::Caller;
use super::weapon::Weapon;
use crate::compare::call::outcome;
use crate::contract::choice::Chooser;
use crate::contract::method::Method;
use crate::contract::op::Op;
use crate::generate::contention::ConcurrentCase;
use crate::trace::history::{ClientCall, Incident};

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

/// A call during which something strikes.
#[derive(Clone)]
pub(crate) struct Strike {
    /// Which client's; the first is 0.
    pub(crate) client: usize,
    /// Which of its calls; the first is 0.
    pub(crate) call: usize,
    pub(crate) weapon: Arc<dyn Weapon>,
}

/// How the clients of a case run.
#[derive(Clone, Default)]
pub(crate) struct Manner {
    /// How long a call may take.
    pub(crate) limit: Duration,
    /// The calls that are given up.
    pub(crate) given_up: Vec<GivenUp>,
    /// What strikes.
    pub(crate) strike: Option<Strike>,
    /// Whether the nemesis strikes all the time, and each call that fails was struck.
    pub(crate) is_constant: bool,
}

/// What the clients did, and what struck.
#[derive(Default)]
pub(crate) struct Ran {
    pub(crate) calls: Vec<ClientCall>,
    pub(crate) incidents: Vec<Incident>,
    /// The method that was struck, and at which message, if it was at one.
    pub(crate) struck: Option<(Method, Option<u64>)>,
}

impl Manner {
    /// Draws which calls of a case are given up, each after how many waits.
    pub(crate) fn draw_given_up(&mut self, choose: &mut Chooser<'_>, case: &ConcurrentCase) {
        for (client, calls) in case.clients.iter().enumerate() {
            let waits = u32::try_from(choose.below(6)).unwrap_or(0);
            let call = choose.below(calls.len().max(1));
            self.given_up.push(GivenUp { client, call, waits });
        }
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

/// Runs the clients of a case, each with its caller: the first client has the first one for itself, if there are
/// several; the others share the rest. Returns all calls in the order in which they began; clients count from 1.
///
/// # Errors
/// When the runtime has lost a client.
pub(crate) async fn run(
    case: &ConcurrentCase,
    callers: &[Arc<dyn Caller>],
    clock: &Arc<Clock>,
    manner: &Manner,
) -> Result<Ran> {
    let longest = case.clients.iter().map(Vec::len).max().unwrap_or(0);
    let gate = Arc::new(Gate { waiting: AtomicUsize::new(0), clients: case.clients.len() });
    let mut running = Vec::new();
    for (number, calls) in case.clients.iter().enumerate() {
        let client = Client {
            number,
            caller: Arc::clone(caller_of(number, callers)),
            clock: Arc::clone(clock),
            gate: Arc::clone(&gate),
            gates: if case.in_step { longest } else { 1 },
            manner: manner.clone(),
            ran: Ran::default(),
        };
        running.push(tokio::spawn(client.run(calls.clone())));
    }
    let mut all = Ran::default();
    for ran in join_all(running).await {
        let Ran { calls, incidents, struck } = ran.map_err(StoreError::backend)?;
        all.struck = all.struck.or(struck);
        all.calls.extend(calls);
        all.incidents.extend(incidents);
    }
    all.calls.sort_by_key(|call| call.begin);
    Ok(all)
}

fn caller_of(client: usize, callers: &[Arc<dyn Caller>]) -> &Arc<dyn Caller> {
    match callers {
        [first, rest @ ..] if client == 0 || rest.is_empty() => first,
        callers => &callers[1 + (client - 1) % (callers.len() - 1)],
    }
}

struct Client {
    number: usize,
    caller: Arc<dyn Caller>,
    clock: Arc<Clock>,
    gate: Arc<Gate>,
    /// Before how many calls it waits for the others.
    gates: usize,
    manner: Manner,
    ran: Ran,
}

impl Client {
    async fn run(mut self, calls: Vec<Op>) -> Ran {
        let made = calls.len();
        for (index, call) in calls.into_iter().enumerate() {
            if index < self.gates {
                self.gate.pass(index + 1).await;
            }
            self.make(index, call).await;
        }
        // The others do not wait for one that has no calls left.
        for _ in made..self.gates {
            self.gate.waiting.fetch_add(1, Ordering::SeqCst);
        }
        self.ran
    }

    async fn make(&mut self, index: usize, call: Op) {
        let (client, here) = (self.number + 1, (self.number, index));
        let Manner { limit, given_up, strike, is_constant } = &self.manner;
        let strike = strike.clone().filter(|strike| (strike.client, strike.call) == here);
        let given_up = given_up.iter().find(|one| (one.client, one.call) == here);
        let waits = given_up.map_or(u32::MAX, |one| one.waits);
        if let Some(Strike { weapon, .. }) = &strike {
            weapon.strike().await;
        }
        let begin = self.clock.now();
        let result = up_to(waits, self.caller.call(&call, *limit)).await.flatten();
        let end = result.is_some().then(|| self.clock.now());
        let method = call.method();
        let made = ClientCall { client, begin, end, call, result };
        let has_failed = made.label().is_none();
        self.ran.calls.push(made);
        let happened = match strike {
            Some(Strike { weapon, .. }) if weapon.rest().await => {
                self.ran.struck = Some((method, weapon.message()));
                let message = weapon.message().map(|message| format!(", message {message}"));
                format!("struck {method} of client {client}{}", message.unwrap_or_default())
            }
            None if given_up.is_some() && end.is_none() => {
                format!("gave up {method} of client {client}")
            }
            None if *is_constant && has_failed => format!("struck {method} of client {client}"),
            _ => return,
        };
        let end = Some(self.clock.now());
        self.ran.incidents.push(Incident { nemesis: happened, begin, end });
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
