//! Case upon case, until the budget is used up.
//!
//! Cases are drawn and run in rounds. Within a round every case depends on the seed and on its
//! number alone, so that any number of jobs comes to the same; between rounds the campaign learns
//! which methods differ, and mostly leaves them out from then on, so that one gap does not hide the
//! others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use pangolin_store::{Result, StoreError};

use crate::backend::{AnyBackend, Description};
use crate::coverage::Coverage;
use crate::diff::{Class, Difference};
use crate::feature::Feature;
use crate::generate::Scope;
use crate::lockstep::{Lockstep, Watch};
use crate::op::Method;
use crate::round::{Ran, Round};
use crate::settle::settled;
use crate::shortest::shortest;
use crate::signature::{Signature, Symptom};
use crate::timing::Timing;
use crate::trace::Trace;

/// How many cases a round has.
const ROUND: u64 = 16;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What all choices derive from.
    pub seed: u64,
    /// How many cases; `None`: as many as the time allows.
    pub cases: Option<u64>,
    /// How long; `None`: as long as the cases take.
    pub time: Option<Duration>,
    /// How many cases run at once, each on stores of its own.
    pub jobs: usize,
    /// What may be drawn.
    pub scope: Scope,
    /// How long a call may take before it counts as a hang.
    pub call_limit: Duration,
    /// Traces that are run before any case.
    pub first: Vec<Trace>,
    /// What ends it before the budget is used up, once it is found; `None`: nothing.
    pub stop_at: Option<Wanted>,
}

/// A sort of divergence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which feature it is about.
    pub feature: Feature,
    /// How it differs.
    pub class: Class,
}

impl Plan {
    /// A plan with that seed and that many cases, and nothing out of the ordinary.
    pub fn new(seed: u64, cases: u64) -> Self {
        Self {
            seed,
            cases: Some(cases),
            time: None,
            jobs: 1,
            scope: Scope::default(),
            call_limit: Duration::from_secs(10),
            first: Vec::new(),
            stop_at: None,
        }
    }
}

/// What a campaign came to.
#[derive(Clone, Debug)]
pub struct Results {
    /// The seed.
    pub seed: u64,
    /// The stores, the reference first.
    pub stores: Vec<StoreRun>,
    /// What differed, by signature.
    pub divergences: Vec<Divergence>,
    /// How many cases were run.
    pub cases: u64,
    /// How many calls the cases were made of; those that only look come on top.
    pub operations: u64,
    /// How often the stores were closed and opened again amid a case.
    pub restarts: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// What was done with one store.
#[derive(Clone, Debug)]
pub struct StoreRun {
    /// What it is.
    pub description: Description,
    /// The calls that were made on it.
    pub coverage: Coverage,
    /// How many calls of each feature had been made when one last came to something new.
    pub last_new: BTreeMap<Feature, u64>,
    /// How long it took.
    pub timing: Timing,
}

/// A divergence, with the shortest trace that shows it.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// What makes it this one.
    pub signature: Signature,
    /// In how many cases it came up.
    pub count: u64,
    /// In which case it came up first; the first is 1.
    pub case: u64,
    /// After how many calls of the campaign that was.
    pub operations: u64,
    /// The calls that show it; the last one differs.
    pub trace: Trace,
    /// What differs.
    pub difference: Difference,
}

/// What happens while a campaign runs.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// So many cases of so many calls have been run.
    Progress {
        /// Cases so far.
        cases: u64,
        /// Calls so far.
        operations: u64,
    },
    /// A divergence that was not known before was found and shrunk.
    Found(&'a Divergence),
}

/// Runs `plan` on a store of each backend and job; the first backend is the reference.
///
/// # Errors
/// What a backend says that cannot be opened or emptied.
pub async fn run(
    backends: &[AnyBackend],
    plan: &Plan,
    listener: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<Results> {
    let started = Instant::now();
    let mut campaign = Campaign::open(backends, plan).await?;
    campaign.replay(&plan.first, listener).await?;
    let mut next = 0;
    while !campaign.is_over(next, started) {
        let end = plan.cases.map_or(next + ROUND, |cases| cases.min(next + ROUND));
        next = campaign.round(next..end, listener).await?;
    }
    Ok(campaign.results(started.elapsed()))
}

impl StoreRun {
    fn of(backend: &AnyBackend) -> Self {
        Self {
            description: backend.describe(),
            coverage: Coverage::default(),
            last_new: BTreeMap::new(),
            timing: Timing::default(),
        }
    }

    fn add(&mut self, coverage: &Coverage, timing: &Timing) {
        let new = self.coverage.add(coverage);
        let calls = |feature| (feature, self.coverage.calls_of(feature));
        self.last_new.extend(new.into_iter().map(calls));
        self.timing.add(timing);
    }
}

struct Campaign<'a> {
    plan: &'a Plan,
    jobs: Vec<Lockstep>,
    stores: Vec<StoreRun>,
    cases: u64,
    operations: u64,
    restarts: u64,
    /// Which divergence a symptom is one of.
    known: BTreeMap<Symptom, Signature>,
    divergences: BTreeMap<Signature, Divergence>,
    /// Whether what it was to stop at is found.
    stopped: bool,
}

impl<'a> Campaign<'a> {
    async fn open(backends: &[AnyBackend], plan: &'a Plan) -> Result<Self> {
        let mut jobs = Vec::new();
        for _ in 0..plan.jobs.max(1) {
            jobs.push(Lockstep::open(backends, plan.call_limit).await?);
        }
        Ok(Self {
            plan,
            jobs,
            stores: backends.iter().map(StoreRun::of).collect(),
            cases: 0,
            operations: 0,
            restarts: 0,
            known: BTreeMap::new(),
            divergences: BTreeMap::new(),
            stopped: false,
        })
    }

    fn is_over(&self, cases: u64, started: Instant) -> bool {
        let cases_up = self.plan.cases.is_some_and(|budget| cases >= budget);
        let time_up = self.plan.time.is_some_and(|budget| started.elapsed() >= budget);
        self.stopped || cases_up || time_up
    }

    async fn replay(
        &mut self,
        traces: &[Trace],
        listener: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<()> {
        for (case, trace) in (0..).zip(traces) {
            let watch = Watch { observe: true, ..Watch::default() };
            let findings = self.jobs[0].run(trace, &watch).await?;
            let tallies = self.jobs[0].take_tallies();
            let ran = Ran { case, trace: trace.clone(), watch, findings, tallies };
            self.take_in(vec![ran], listener).await?;
        }
        Ok(())
    }

    /// Runs the cases of those numbers on all jobs, up to the first that shows something if it is to
    /// stop at that; returns the number of the next case.
    async fn round(
        &mut self,
        cases: std::ops::Range<u64>,
        listener: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<u64> {
        let muted: BTreeSet<(Arc<str>, Method)> = self
            .known
            .values()
            .map(|signature| (Arc::clone(&signature.backend), signature.method))
            .collect();
        let round = Arc::new(Round {
            seed: self.plan.seed,
            scope: self.plan.scope.clone(),
            muted,
            next: AtomicU64::new(cases.start),
            end: cases.end,
            up_to_first: self.plan.stop_at.is_some(),
        });
        let mut running = Vec::new();
        for lockstep in self.jobs.drain(..) {
            running.push(tokio::spawn(Arc::clone(&round).work(lockstep)));
        }
        let mut ran = Vec::new();
        for job in running {
            let (lockstep, cases) = job.await.map_err(StoreError::backend)?;
            self.jobs.push(lockstep);
            ran.extend(cases?);
        }
        ran.sort_by_key(|ran| ran.case);
        if round.up_to_first
            && let Some(first) = ran.iter().position(|ran| !ran.findings.is_empty())
        {
            ran.truncate(first + 1);
        }
        let next = ran.last().map_or(cases.end, |last| last.case + 1);
        self.take_in(ran, listener).await?;
        listener(Event::Progress { cases: next, operations: self.operations });
        Ok(next)
    }

    /// Counts what was run, and shrinks what was not known before.
    async fn take_in(
        &mut self,
        ran: Vec<Ran>,
        listener: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<()> {
        for Ran { trace, watch, findings, tallies, .. } in ran {
            for (store, (coverage, timing)) in self.stores.iter_mut().zip(&tallies) {
                store.add(coverage, timing);
            }
            let watch = Watch { observe: false, ..watch };
            let operations_before = self.operations;
            self.cases += 1;
            self.operations += trace.calls();
            self.restarts += trace.steps.len() as u64 - trace.calls();
            for finding in findings {
                let symptom = finding.symptom();
                if let Some(divergence) = self
                    .known
                    .get(&symptom)
                    .and_then(|signature| self.divergences.get_mut(signature))
                {
                    divergence.count += 1;
                    continue;
                }
                let operations = operations_before + finding.trace(&trace).calls();
                let (trace, difference) =
                    shortest(&mut self.jobs[0], &trace, &watch, finding).await?;
                let signature = Signature::of(&symptom, &trace);
                self.known.insert(symptom, signature.clone());
                let found = Divergence {
                    signature: signature.clone(),
                    count: 0,
                    case: self.cases,
                    operations,
                    trace,
                    difference,
                };
                let is_new = !self.divergences.contains_key(&signature);
                let divergence = self.divergences.entry(signature).or_insert(found.clone());
                divergence.count += 1;
                if found.trace.steps.len() < divergence.trace.steps.len() {
                    (divergence.trace, divergence.difference) = (found.trace, found.difference);
                }
                if is_new {
                    listener(Event::Found(divergence));
                }
            }
            if self.has_found_what_it_stops_at() {
                self.stopped = true;
                break;
            }
        }
        // What shrinking called does not belong to the campaign.
        for job in &mut self.jobs {
            job.take_tallies();
        }
        Ok(())
    }

    fn has_found_what_it_stops_at(&self) -> bool {
        let Some(wanted) = self.plan.stop_at else { return false };
        settled(&self.divergences, &self.stores).into_iter().any(|divergence| {
            let Signature { feature, class, .. } = divergence.signature;
            wanted == Wanted { feature, class }
        })
    }

    fn results(self, elapsed: Duration) -> Results {
        Results {
            seed: self.plan.seed,
            divergences: settled(&self.divergences, &self.stores),
            stores: self.stores,
            cases: self.cases,
            operations: self.operations,
            restarts: self.restarts,
            elapsed,
        }
    }
}
