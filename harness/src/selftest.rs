//! The self-test: whether the harness finds what it must.
//!
//! Plants each fault in turn in a store that is otherwise right, runs a campaign against the reference
//! model until the fault is found, and once more with none planted, when nothing may be found.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pangolin_store::{Result, StoreError};
use tokio::sync::mpsc;

use crate::backend::{AnyBackend, MemoryBackend};
use crate::campaign::matrix::Status;
use crate::campaign::{self, Divergence, Plan, Wanted};
use crate::contract::class::Class;
use crate::fault::Fault;

/// What to plant, where, and how long to look for it.
#[derive(Clone)]
pub struct Selftest {
    /// The stores to plant in.
    pub backend: AnyBackend,
    /// What to plant.
    pub faults: Vec<&'static dyn Fault>,
    /// What all choices derive from.
    pub seed: u64,
    /// How many cases to look for each fault; `None`: as many as the time allows.
    pub cases: Option<u64>,
    /// How long to look for each fault; `None`: as long as the cases take.
    pub time: Option<Duration>,
    /// How many faults are looked for at once, each on stores of its own.
    pub jobs: usize,
    /// How long a call may take before it counts as a hang.
    pub call_limit: Duration,
}

/// The results of a self-test.
#[derive(Clone)]
pub struct SelftestResults {
    /// The stores that the faults were planted in.
    pub backend: Arc<str>,
    /// What all choices derived from.
    pub seed: u64,
    /// The search for each fault, in the order in which they were given.
    pub trials: Vec<Trial>,
    /// The control: what was found where none was planted.
    pub control: Control,
    /// How long it took.
    pub elapsed: Duration,
}

/// The search for a fault.
#[derive(Clone)]
pub struct Trial {
    /// What was planted.
    pub fault: &'static dyn Fault,
    /// What was found, by signature.
    pub divergences: Vec<Divergence>,
    /// How many cases were run until it was found, or in all.
    pub cases: u64,
    /// How many calls they were made of, up to the one that showed it.
    pub operations: u64,
    /// How long it took, shrinking included.
    pub elapsed: Duration,
}

/// What was found where nothing was planted.
#[derive(Clone)]
pub struct Control {
    /// What was found, by signature: nothing, if the harness is right.
    pub divergences: Vec<Divergence>,
    /// How many calls were made.
    pub operations: u64,
}

impl Trial {
    /// The divergences that are blamed on the feature which the fault breaks.
    fn belonging(&self) -> impl Iterator<Item = &Divergence> {
        let feature = self.fault.feature();
        self.divergences.iter().filter(move |divergence| divergence.signature.feature == feature)
    }

    /// The divergence that shows the fault best: of its class, and first.
    fn evidence(&self) -> Option<&Divergence> {
        let class = self.fault.class();
        let order =
            |divergence: &&Divergence| (divergence.signature.class != class, divergence.operations);
        self.belonging().min_by_key(order)
    }

    /// Whether it was found: something differs, and is blamed on the feature that the fault breaks.
    pub fn is_found(&self) -> bool {
        self.evidence().is_some()
    }

    /// How it was classed, if it was found: as the matrix would, by the worst.
    pub fn class(&self) -> Option<Class> {
        let classes = self.belonging().map(|divergence| divergence.signature.class);
        // Of those that the matrix marks alike, the one that is expected.
        classes.min_by_key(|&class| (Status::from(class), class != self.fault.class()))
    }

    /// Whether it was found and classed right, and nothing else was blamed.
    pub fn is_right(&self) -> bool {
        self.class() == Some(self.fault.class())
            && self.belonging().count() == self.divergences.len()
    }

    /// How many steps the shortest trace has that shows it; 0 if it was not found.
    pub fn steps(&self) -> usize {
        self.evidence().map_or(0, |divergence| divergence.trace.steps.len())
    }
}

impl Control {
    /// Whether nothing was found.
    pub fn is_silent(&self) -> bool {
        self.divergences.is_empty()
    }
}

impl SelftestResults {
    /// Whether every fault was found and classed right, and nothing where none was planted.
    pub fn is_right(&self) -> bool {
        self.trials.iter().all(Trial::is_right) && self.control.is_silent()
    }
}

/// Runs a self-test; `listener` is told of every trial when it ends.
///
/// # Errors
/// What the backend says that cannot be opened or emptied.
pub async fn run(
    selftest: &Selftest,
    listener: &mut (dyn FnMut(&Trial) + Send),
) -> Result<SelftestResults> {
    let started = Instant::now();
    let queue = Arc::new(Queue { selftest: selftest.clone(), next: AtomicUsize::new(0) });
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for _ in 0..selftest.jobs.max(1) {
        tokio::spawn(Arc::clone(&queue).work(sender.clone()));
    }
    drop(sender);
    let mut trials = Vec::new();
    let mut control = None;
    while let Some(done) = receiver.recv().await {
        match done? {
            Done::Trial(index, trial) => {
                listener(&trial);
                trials.push((index, trial));
            }
            Done::Control(silent) => control = Some(silent),
        }
    }
    trials.sort_by_key(|(index, _)| *index);
    let control = control.filter(|_| trials.len() == selftest.faults.len());
    Ok(SelftestResults {
        backend: selftest.backend.name(),
        seed: selftest.seed,
        trials: trials.into_iter().map(|(_, trial)| trial).collect(),
        control: control.ok_or_else(|| StoreError::backend("a job of the self-test was lost"))?,
        elapsed: started.elapsed(),
    })
}

/// What no job has taken yet: the control, which takes longest, then the faults.
struct Queue {
    selftest: Selftest,
    next: AtomicUsize,
}

enum Done {
    Trial(usize, Trial),
    Control(Control),
}

impl Queue {
    /// Works until nothing is left, or nobody listens.
    async fn work(self: Arc<Self>, done: mpsc::UnboundedSender<Result<Done>>) {
        loop {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let result = match next.checked_sub(1) {
                None => self.control().await.map(Done::Control),
                Some(index) => {
                    let Some(&fault) = self.selftest.faults.get(index) else { return };
                    self.trial(fault).await.map(|trial| Done::Trial(index, trial))
                }
            };
            if done.send(result).is_err() {
                return;
            }
        }
    }

    fn plan(&self) -> Plan {
        let Selftest { seed, cases, time, call_limit, .. } = self.selftest;
        Plan { cases, time, call_limit, ..Plan::new(seed, 0) }
    }

    async fn trial(&self, fault: &'static dyn Fault) -> Result<Trial> {
        let faulty = self.selftest.backend.clone().with_fault(fault);
        let wanted = Wanted { feature: fault.feature(), class: fault.class() };
        let plan = Plan { stop_at: Some(wanted), ..self.plan() };
        let backends = [AnyBackend::new(MemoryBackend), faulty];
        let results = campaign::run(&backends, &plan, &mut |_| {}).await?;
        let mut trial = Trial {
            fault,
            cases: results.cases,
            operations: results.operations,
            divergences: results.divergences,
            elapsed: results.elapsed,
        };
        if let Some(evidence) = trial.evidence() {
            (trial.cases, trial.operations) = (evidence.case, evidence.operations);
        }
        Ok(trial)
    }

    async fn control(&self) -> Result<Control> {
        let backends = [AnyBackend::new(MemoryBackend), self.selftest.backend.clone()];
        let results = campaign::run(&backends, &self.plan(), &mut |_| {}).await?;
        Ok(Control { divergences: results.divergences, operations: results.operations })
    }
}
