//! The self-test of torture: whether it finds what only clients together can see.
//!
//! Plants each concurrent fault in turn in a store that is otherwise right, runs concurrent cases until one shows
//! it, and tortures the store once more with none planted, when nothing may be found.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pangolin_store::{Result, StoreError};
use tokio::sync::mpsc;

use super::{Breach, Nemesis, Plan, StoreTally, run};
use crate::backend::AnyBackend;
use crate::fault::{ConcurrentFault, Shows};

/// How long a call may take: a fault that never answers is found soon.
const CALL_LIMIT: Duration = Duration::from_millis(400);

/// What to plant, where, and how long to look for it.
#[derive(Clone)]
pub struct ConcurrentSelftest {
    /// The store to plant in.
    pub backend: AnyBackend,
    /// What to plant.
    pub faults: Vec<&'static ConcurrentFault>,
    /// What all choices derive from.
    pub seed: u64,
    /// How many histories to look for each fault.
    pub cases: u64,
    /// How many histories of the store without a fault must show nothing.
    pub control: u64,
    /// How many faults are looked for at once.
    pub jobs: usize,
}

/// The results of a self-test of torture.
#[derive(Clone)]
pub struct ConcurrentSelftestResults {
    /// The store that the faults were planted in.
    pub backend: Arc<str>,
    /// What all choices derived from.
    pub seed: u64,
    /// The search for each fault, in the order in which they were given.
    pub trials: Vec<ConcurrentTrial>,
    /// What was done with the store without a fault.
    pub control: StoreTally,
    /// What was found there: nothing, if the harness is right.
    pub found_without: Vec<Breach>,
    /// How long it took.
    pub elapsed: Duration,
}

/// The search for a fault.
#[derive(Clone)]
pub struct ConcurrentTrial {
    /// What was planted.
    pub fault: &'static ConcurrentFault,
    /// What was found first; `None`: nothing.
    pub found: Option<Breach>,
    /// How many histories were run until it was found, or in all.
    pub histories: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl ConcurrentSelftestResults {
    /// Whether every fault was found, and nothing where none was planted, although calls overlapped there and every
    /// history was decided.
    pub fn is_right(&self) -> bool {
        let control = self.control.total();
        let is_proof = control.histories > 0 && control.overlapping > 0 && control.undecided == 0;
        self.trials.iter().all(|trial| trial.found.is_some())
            && self.found_without.is_empty()
            && is_proof
    }
}

/// Runs a self-test of torture; `listener` is told of every trial when it ends.
///
/// # Errors
/// What the backend says that cannot be opened or emptied.
pub async fn selftest(
    selftest: &ConcurrentSelftest,
    listener: &mut (dyn FnMut(&ConcurrentTrial) + Send),
) -> Result<ConcurrentSelftestResults> {
    let started = Instant::now();
    let queue = Arc::new(Queue { selftest: selftest.clone(), next: AtomicUsize::new(0) });
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for _ in 0..selftest.jobs.max(1) {
        tokio::spawn(Arc::clone(&queue).work(sender.clone()));
    }
    drop(sender);
    let mut trials = Vec::new();
    while let Some(done) = receiver.recv().await {
        let (index, trial) = done?;
        listener(&trial);
        trials.push((index, trial));
    }
    if trials.len() != selftest.faults.len() {
        return Err(StoreError::backend("a job of the self-test was lost"));
    }
    trials.sort_by_key(|(index, _)| *index);
    let (control, found_without) = queue.control().await?;
    Ok(ConcurrentSelftestResults {
        backend: selftest.backend.name(),
        seed: selftest.seed,
        trials: trials.into_iter().map(|(_, trial)| trial).collect(),
        control,
        found_without,
        elapsed: started.elapsed(),
    })
}

/// The faults that no job has taken yet.
struct Queue {
    selftest: ConcurrentSelftest,
    next: AtomicUsize,
}

impl Queue {
    /// Works until nothing is left, or nobody listens.
    async fn work(self: Arc<Self>, done: mpsc::UnboundedSender<Result<(usize, ConcurrentTrial)>>) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&fault) = self.selftest.faults.get(index) else { return };
            let trial = self.trial(fault).await.map(|trial| (index, trial));
            if done.send(trial).is_err() {
                return;
            }
        }
    }

    async fn trial(&self, fault: &'static ConcurrentFault) -> Result<ConcurrentTrial> {
        let started = Instant::now();
        let nemesis = match fault.shows {
            Shows::Concurrency => Nemesis::None,
            Shows::GivingUp => Nemesis::GiveUp,
        };
        let plan = Plan {
            nemeses: BTreeSet::from([nemesis]),
            call_limit: CALL_LIMIT,
            shrink_time: Duration::ZERO,
            stop_at_first: true,
            ..Plan::new(self.selftest.seed, self.selftest.cases)
        };
        let faulty = self.selftest.backend.clone().with_concurrent_fault(fault);
        let results = run(&[faulty], &plan, &mut |_| {}).await?;
        let found = results.breaches.into_iter().min_by_key(|breach| breach.first);
        let all = results.stores.iter().map(|store| store.total().histories).sum();
        let histories = found.as_ref().map_or(all, |breach| breach.first);
        Ok(ConcurrentTrial { fault, found, histories, elapsed: started.elapsed() })
    }

    /// Tortures the store without a fault, alone and with calls given up.
    async fn control(&self) -> Result<(StoreTally, Vec<Breach>)> {
        let plan = Plan {
            nemeses: BTreeSet::from([Nemesis::None, Nemesis::GiveUp]),
            ..Plan::new(self.selftest.seed, self.selftest.control)
        };
        let mut results =
            run(std::slice::from_ref(&self.selftest.backend), &plan, &mut |_| {}).await?;
        let store = results.stores.pop();
        let store = store.ok_or_else(|| StoreError::backend("the control did not run"))?;
        Ok((store, results.breaches))
    }
}
