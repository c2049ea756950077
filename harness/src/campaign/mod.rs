//! Campaigns: case upon case, until the budget is used up.
//!
//! Cases are drawn and run in rounds. Within a round every case depends on the seed and on its number alone, so
//! that the number of jobs does not change the results. Between rounds the campaign updates its bias: methods
//! that differ are mostly left out from then on, so that one gap does not hide the others, and methods that
//! promise something new are drawn more often.

mod case_queue;
pub mod evidence;
pub mod ledger;
pub mod matrix;
mod results;
pub mod shard;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use pangolin_store::{Result, StoreError};
use tokio_util::sync::CancellationToken;

use crate::backend::{AnyBackend, Description};
use crate::compare::classify;
use crate::compare::lockstep::{Lockstep, Watch};
use crate::compare::signature::Signature;
use crate::contract::class::Class;
use crate::contract::feature::Feature;
use crate::generate::Scope;
use crate::shrink::minimise::shortest;
use crate::trace::Trace;
use case_queue::{CaseQueue, CaseRun};
pub use results::{Divergence, Misfit, Results, StoreRun};
use shard::Shard;

/// How many cases a round has.
const ROUND: u64 = 16;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What all choices derive from.
    pub seed: u64,
    /// How many cases, those of all shards and of the run that is resumed included; `None`: as many as
    /// the time allows.
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
    /// The kind of divergence that ends it when one is found; `None`: none does.
    pub stop_at: Option<Wanted>,
    /// Which of the cases are run.
    pub shard: Shard,
    /// Ends it early when it is cancelled: cases that have begun are run to their end and counted, no others
    /// begin, and no trace is shrunk further.
    pub cancelled: CancellationToken,
    /// The results of an earlier run to resume: its seed, features and shard take the place of the plan's, what
    /// it has run is counted, and `first` is not run again.
    pub resumed: Option<Results>,
}

/// A kind of divergence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which feature it is about.
    pub feature: Feature,
    /// Its class.
    pub class: Class,
}

impl Plan {
    /// A plan with that seed and that many cases, one job, and defaults for the rest.
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
            shard: Shard::WHOLE,
            cancelled: CancellationToken::new(),
            resumed: None,
        }
    }
}

/// What happens while a campaign runs.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A round has ended, with these results so far.
    Progress(&'a Results),
    /// A divergence that was not known before was found and shrunk.
    Found(&'a Divergence),
}

/// Runs `plan` on a store of each backend and job; the first backend is the reference.
///
/// # Errors
/// What a backend says that cannot be opened or emptied; [`Misfit`] when the run that is resumed had
/// other stores, or several shards.
pub async fn run(
    backends: &[AnyBackend],
    plan: &Plan,
    listener: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<Results> {
    let mut campaign = Campaign::open(backends, plan).await?;
    if plan.resumed.is_none() {
        campaign.replay(&plan.first, listener).await?;
    }
    while !campaign.is_over() {
        campaign.round(listener).await?;
    }
    campaign.note_time();
    campaign.results.classify();
    Ok(campaign.results)
}

struct Campaign<'a> {
    plan: &'a Plan,
    scope: Scope,
    shard: Shard,
    jobs: Vec<Lockstep>,
    results: Results,
    started: Instant,
    /// How long the resumed runs took.
    before: Duration,
    /// Whether the divergence at which it stops is found.
    stopped: bool,
}

impl<'a> Campaign<'a> {
    async fn open(backends: &[AnyBackend], plan: &'a Plan) -> Result<Self> {
        let started = Instant::now();
        let stores: Vec<Description> = backends.iter().map(AnyBackend::describe).collect();
        let results = match &plan.resumed {
            Some(resumed) => {
                resumed.can_be_resumed_on(&stores).map_err(StoreError::backend)?;
                resumed.clone()
            }
            None => Results::new(plan.seed, plan.scope.features.clone(), plan.shard, stores),
        };
        let mut jobs = Vec::new();
        for _ in 0..plan.jobs.max(1) {
            jobs.push(Lockstep::open(backends, plan.call_limit).await?);
        }
        Ok(Self {
            plan,
            scope: Scope { features: results.features.clone(), ..plan.scope.clone() },
            shard: results.shards.first().copied().unwrap_or(plan.shard),
            jobs,
            before: results.elapsed,
            results,
            started,
            stopped: false,
        })
    }

    fn is_over(&self) -> bool {
        let share = self.plan.cases.map(|cases| self.shard.share(cases));
        let cases_up = share.is_some_and(|share| self.results.next >= share);
        let time_up = self.plan.time.is_some_and(|budget| self.started.elapsed() >= budget);
        self.stopped || self.plan.cancelled.is_cancelled() || cases_up || time_up
    }

    fn note_time(&mut self) {
        self.results.elapsed = self.before + self.started.elapsed();
    }

    async fn replay(
        &mut self,
        traces: &[Trace],
        listener: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<()> {
        for trace in traces {
            if self.plan.cancelled.is_cancelled() {
                break;
            }
            let watch = Watch { observe: true, ..Watch::default() };
            let findings = self.jobs[0].run(trace, &watch).await?;
            let (path, tallies) = (self.jobs[0].take_path(), self.jobs[0].take_tallies());
            let run = CaseRun { case: 0, trace: trace.clone(), watch, findings, path, tallies };
            self.add(run, listener).await?;
        }
        Ok(())
    }

    /// Runs the cases up to the end of the round on all jobs; or up to the first that shows something,
    /// if it is to stop at that.
    async fn round(&mut self, listener: &mut (dyn FnMut(Event<'_>) + Send)) -> Result<()> {
        let start = self.results.next;
        // A round that is resumed draws with the bias with which it began.
        if start.is_multiple_of(ROUND) || self.plan.stop_at.is_some() {
            self.results.update_bias();
        }
        let end = (start / ROUND + 1) * ROUND;
        let queue = Arc::new(CaseQueue {
            seed: self.results.seed,
            shard: self.shard,
            scope: self.scope.clone(),
            bias: self.results.bias.clone(),
            next: AtomicU64::new(start),
            end: self.plan.cases.map_or(end, |cases| end.min(self.shard.share(cases))),
            up_to_first: self.plan.stop_at.is_some(),
            cancelled: self.plan.cancelled.clone(),
        });
        let mut running = Vec::new();
        for lockstep in self.jobs.drain(..) {
            running.push(tokio::spawn(Arc::clone(&queue).work(lockstep)));
        }
        let mut runs = Vec::new();
        for job in running {
            let (lockstep, cases) = job.await.map_err(StoreError::backend)?;
            self.jobs.push(lockstep);
            runs.extend(cases?);
        }
        runs.sort_by_key(|run| run.case);
        if queue.up_to_first
            && let Some(first) = runs.iter().position(|run| !run.findings.is_empty())
        {
            runs.truncate(first + 1);
        }
        let was_cancelled = self.plan.cancelled.is_cancelled();
        for run in runs {
            self.results.next = run.case + 1;
            self.add(run, listener).await?;
            // Cases after the gap at which it stops run again when the campaign is resumed.
            if self.stopped || (self.plan.cancelled.is_cancelled() && !was_cancelled) {
                break;
            }
        }
        self.note_time();
        self.results.classify();
        listener(Event::Progress(&self.results));
        Ok(())
    }

    /// Adds the run of a case: counts it, and shrinks what was not known before.
    async fn add(
        &mut self,
        run: CaseRun,
        listener: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<()> {
        let CaseRun { trace, watch, findings, path, tallies, .. } = run;
        for (store, (coverage, timing)) in self.results.stores.iter_mut().zip(&tallies) {
            store.add(coverage, timing);
        }
        let new = self.results.transitions.add_path(&path);
        self.results.bias.count(&path, &new);
        let operations_before = self.results.operations;
        self.results.cases += 1;
        self.results.operations += trace.calls();
        self.results.restarts += trace.steps.len() as u64 - trace.calls();
        let watch = Watch { observe: false, ..watch };
        let was_cancelled = self.plan.cancelled.is_cancelled();
        for finding in findings {
            let sight = finding.signature();
            if self.results.count_known(&sight) {
                continue;
            }
            let operations = operations_before + finding.trace(&trace).calls();
            let (cancelled, lockstep) = (&self.plan.cancelled, &mut self.jobs[0]);
            let (trace, difference) =
                shortest(lockstep, &trace, &watch, finding, cancelled).await?;
            let signature = classify::on_shrunk_trace(&sight, &trace);
            let case = self.results.cases;
            let divergence =
                Divergence { signature, count: 1, case, operations, trace, difference };
            let shown = divergence.trace.clone();
            if self.results.add(sight, divergence) {
                self.results.classify();
                let divergences = &self.results.divergences;
                if let Some(found) = divergences.iter().find(|found| found.trace == shown) {
                    listener(Event::Found(found));
                }
            }
            if self.plan.cancelled.is_cancelled() && !was_cancelled {
                break;
            }
        }
        // The calls of shrinking are not counted.
        for job in &mut self.jobs {
            job.take_tallies();
        }
        self.stopped = self.has_found_what_it_stops_at();
        Ok(())
    }

    fn has_found_what_it_stops_at(&mut self) -> bool {
        let Some(wanted) = self.plan.stop_at else { return false };
        self.results.classify();
        self.results.divergences.iter().any(|divergence| {
            let Signature { feature, class, .. } = divergence.signature;
            wanted == Wanted { feature, class }
        })
    }
}
