//! Case upon case, until the budget is used up.
//!
//! Cases are drawn and run in rounds. Within a round every case depends on the seed and on its
//! number alone, so that any number of jobs comes to the same; between rounds the campaign learns
//! which methods differ, and mostly leaves them out from then on, so that one gap does not hide the
//! others, and which promise something new, and draws them more often.

pub mod evidence;
pub mod ledger;
pub mod matrix;
mod results;
mod round;
pub mod shard;
pub mod stop;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use pangolin_store::{Result, StoreError};

use crate::backend::{AnyBackend, Description};
pub use crate::campaign::results::{Divergence, Misfit, Results, StoreRun};
use crate::campaign::round::{Ran, Round};
use crate::campaign::shard::Shard;
use crate::campaign::stop::Stop;
use crate::compare::diff::Class;
use crate::compare::lockstep::{Lockstep, Watch};
use crate::compare::signature::Signature;
use crate::contract::feature::Feature;
use crate::generate::Scope;
use crate::shrink::minimise::shortest;
use crate::trace::Trace;

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
    /// What ends it before the budget is used up, once it is found; `None`: nothing.
    pub stop_at: Option<Wanted>,
    /// Which of the cases are run.
    pub shard: Shard,
    /// Ends it when it is raised.
    pub stop: Stop,
    /// What an earlier run came to, to go on from: its seed, features and shard take the place of the
    /// plan's, what it has run is counted, and `first` is not run again.
    pub resumed: Option<Results>,
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
            shard: Shard::WHOLE,
            stop: Stop::default(),
            resumed: None,
        }
    }
}

/// What happens while a campaign runs.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A round has ended; so far, the campaign came to this.
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
    campaign.tell_time();
    campaign.results.settle();
    Ok(campaign.results)
}

struct Campaign<'a> {
    plan: &'a Plan,
    scope: Scope,
    shard: Shard,
    jobs: Vec<Lockstep>,
    results: Results,
    started: Instant,
    /// How much time the runs took that are resumed.
    before: Duration,
    /// Whether what it was to stop at is found.
    stopped: bool,
}

impl<'a> Campaign<'a> {
    async fn open(backends: &[AnyBackend], plan: &'a Plan) -> Result<Self> {
        let started = Instant::now();
        let stores: Vec<Description> = backends.iter().map(AnyBackend::describe).collect();
        let results = match &plan.resumed {
            Some(resumed) => {
                resumed.can_go_on_with(&stores).map_err(StoreError::backend)?;
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
        self.stopped || self.plan.stop.is_raised() || cases_up || time_up
    }

    fn tell_time(&mut self) {
        self.results.elapsed = self.before + self.started.elapsed();
    }

    async fn replay(
        &mut self,
        traces: &[Trace],
        listener: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<()> {
        for trace in traces {
            if self.plan.stop.is_raised() {
                break;
            }
            let watch = Watch { observe: true, ..Watch::default() };
            let findings = self.jobs[0].run(trace, &watch).await?;
            let (path, tallies) = (self.jobs[0].take_path(), self.jobs[0].take_tallies());
            let ran = Ran { case: 0, trace: trace.clone(), watch, findings, path, tallies };
            self.take_in(ran, listener).await?;
        }
        Ok(())
    }

    /// Runs the cases up to the end of the round on all jobs; or up to the first that shows something,
    /// if it is to stop at that.
    async fn round(&mut self, listener: &mut (dyn FnMut(Event<'_>) + Send)) -> Result<()> {
        let start = self.results.next;
        // A round that is gone on with draws as it began.
        if start.is_multiple_of(ROUND) || self.plan.stop_at.is_some() {
            self.results.conclude();
        }
        let end = (start / ROUND + 1) * ROUND;
        let round = Arc::new(Round {
            seed: self.results.seed,
            shard: self.shard,
            scope: self.scope.clone(),
            learned: self.results.learned.clone(),
            next: AtomicU64::new(start),
            end: self.plan.cases.map_or(end, |cases| end.min(self.shard.share(cases))),
            up_to_first: self.plan.stop_at.is_some(),
            stop: self.plan.stop.clone(),
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
        let was_stopped = self.plan.stop.is_raised();
        for ran in ran {
            self.results.next = ran.case + 1;
            self.take_in(ran, listener).await?;
            // What was run beyond the gap that it stops at is run again by whoever goes on.
            if self.stopped || (self.plan.stop.is_raised() && !was_stopped) {
                break;
            }
        }
        self.tell_time();
        self.results.settle();
        listener(Event::Progress(&self.results));
        Ok(())
    }

    /// Counts what was run, and shrinks what was not known before.
    async fn take_in(
        &mut self,
        ran: Ran,
        listener: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Result<()> {
        let Ran { trace, watch, findings, path, tallies, .. } = ran;
        for (store, (coverage, timing)) in self.results.stores.iter_mut().zip(&tallies) {
            store.add(coverage, timing);
        }
        let new = self.results.behaviours.add_path(&path);
        self.results.learned.take_in(&path, &new);
        let operations_before = self.results.operations;
        self.results.cases += 1;
        self.results.operations += trace.calls();
        self.results.restarts += trace.steps.len() as u64 - trace.calls();
        let watch = Watch { observe: false, ..watch };
        let was_stopped = self.plan.stop.is_raised();
        for finding in findings {
            let symptom = finding.symptom();
            if self.results.count_known(&symptom) {
                continue;
            }
            let operations = operations_before + finding.trace(&trace).calls();
            let (stop, lockstep) = (&self.plan.stop, &mut self.jobs[0]);
            let (trace, difference) = shortest(lockstep, &trace, &watch, finding, stop).await?;
            let signature = Signature::of(&symptom, &trace);
            let case = self.results.cases;
            let divergence =
                Divergence { signature, count: 1, case, operations, trace, difference };
            let shown = divergence.trace.clone();
            if self.results.add(symptom, divergence) {
                self.results.settle();
                let settled = &self.results.divergences;
                if let Some(found) = settled.iter().find(|found| found.trace == shown) {
                    listener(Event::Found(found));
                }
            }
            if self.plan.stop.is_raised() && !was_stopped {
                break;
            }
        }
        // What shrinking called does not belong to the campaign.
        for job in &mut self.jobs {
            job.take_tallies();
        }
        self.stopped = self.has_found_what_it_stops_at();
        Ok(())
    }

    fn has_found_what_it_stops_at(&mut self) -> bool {
        let Some(wanted) = self.plan.stop_at else { return false };
        self.results.settle();
        self.results.divergences.iter().any(|divergence| {
            let Signature { feature, class, .. } = divergence.signature;
            wanted == Wanted { feature, class }
        })
    }
}
