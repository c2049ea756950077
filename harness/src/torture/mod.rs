//! Torture: concurrent cases, case upon case, on every store, judged for linearizability while a nemesis strikes.
//!
//! What sequential traces cannot show: whether calls that meet take effect one after the other, and whether each
//! takes effect whole or not at all when a connection, a server or a client dies in the middle.

mod arena;
mod caller;
mod child;
mod clients;
mod election;
mod finding;
mod ground;
mod merge;
mod nemesis;
mod residue;
mod results;
pub mod selftest;
mod shrink;
mod weapon;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pangolin_store::{Result, StoreError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::backend::AnyBackend;
use crate::campaign::shard::Shard;
use crate::compare::linearize::{self, Verdict, judge};
use crate::compare::signature::Signature;
use crate::contract::choice::Chooser;
use crate::contract::feature::Feature;
use crate::generate::contention::{CLIENTS, ConcurrentCase, concurrent_case};
use crate::generate::entropy;
use crate::trace::regressions::SavedHistory;
use arena::Arena;
pub use finding::Breach;
use finding::CaseRun;
use ground::{Opening, Setting};
pub use nemesis::Nemesis;
pub use results::{Cut, Promise, StoreTally, Tally, TortureResults};

/// How often the case of a saved history is run again.
const AGAIN: usize = 5;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What all choices derive from.
    pub seed: u64,
    /// How many cases on each store, those of all shards included; `None`: as many as the time allows.
    pub cases: Option<u64>,
    /// How long; `None`: as long as the cases take.
    pub time: Option<Duration>,
    /// How many clients a case has.
    pub clients: RangeInclusive<usize>,
    /// How many stores are open on each database; the clients share them.
    pub stores: usize,
    /// The features that scenes are about; empty: all.
    pub features: BTreeSet<Feature>,
    /// What the stores go through, those that a store cannot go through left out; empty: nothing.
    pub nemeses: BTreeSet<Nemesis>,
    /// Which of the cases are run.
    pub shard: Shard,
    /// How long a call may take before it counts as a hang.
    pub call_limit: Duration,
    /// How long to look for a smaller history of each breach.
    pub shrink_time: Duration,
    /// Saved histories: proofs are judged first, and the cases of all are run again.
    pub first: Vec<SavedHistory>,
    /// The command `parity`, for clients in processes of their own.
    pub program: Option<PathBuf>,
    /// Ends it early when it is cancelled.
    pub cancelled: CancellationToken,
    /// Whether a store is left alone once it has broken a promise.
    pub stop_at_first: bool,
}

impl Plan {
    /// A plan with that seed and that many cases, and defaults for the rest.
    pub fn new(seed: u64, cases: u64) -> Self {
        Self {
            seed,
            cases: Some(cases),
            time: None,
            clients: CLIENTS,
            stores: 1,
            features: BTreeSet::new(),
            nemeses: BTreeSet::from([Nemesis::None]),
            shard: Shard::WHOLE,
            call_limit: Duration::from_secs(30),
            shrink_time: Duration::from_secs(10),
            first: Vec::new(),
            program: None,
            cancelled: CancellationToken::new(),
            stop_at_first: false,
        }
    }
}

/// What happens during a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// A store has run so many histories more.
    Progress(u64),
    /// A store broke a promise in a way that was not known before.
    Found(Box<Breach>),
}

/// Runs `plan` on every backend, all of them at the same time.
///
/// # Errors
/// What a backend says that cannot be opened or emptied.
pub async fn run(
    backends: &[AnyBackend],
    plan: &Plan,
    listener: &mut (dyn FnMut(Event) + Send),
) -> Result<TortureResults> {
    let started = Instant::now();
    let is_unseen = |saved: &&SavedHistory| {
        saved.is_proof
            && !matches!(judge(&saved.history, linearize::BUDGET), Verdict::NotLinearizable(_))
    };
    let unseen = plan.first.iter().filter(is_unseen).map(|saved| saved.name.clone()).collect();
    let (sender, mut events) = mpsc::unbounded_channel();
    let mut running = Vec::new();
    for backend in backends {
        let torturer = Torturer::new(backend.clone(), plan.clone(), sender.clone());
        running.push(tokio::spawn(torturer.run()));
    }
    drop(sender);
    while let Some(event) = events.recv().await {
        listener(event);
    }
    let mut results = TortureResults {
        seed: plan.seed,
        shards: vec![plan.shard],
        stores: Vec::new(),
        breaches: Vec::new(),
        unseen,
        saved: plan.first.len() as u64,
        elapsed: Duration::ZERO,
    };
    for torturer in running {
        let (tally, breaches) = torturer.await.map_err(StoreError::backend)??;
        results.stores.push(tally);
        results.breaches.extend(breaches);
    }
    results.elapsed = started.elapsed();
    Ok(results)
}

/// Runs the cases of one store.
struct Torturer {
    backend: AnyBackend,
    plan: Plan,
    events: mpsc::UnboundedSender<Event>,
    started: Instant,
    /// By what they are for.
    arenas: BTreeMap<Setting, Arena>,
    tally: StoreTally,
    breaches: BTreeMap<Signature, Breach>,
    /// How many histories were run for themselves, and how many in all.
    histories: u64,
    runs: u64,
}

impl Torturer {
    fn new(backend: AnyBackend, plan: Plan, events: mpsc::UnboundedSender<Event>) -> Self {
        let tally = StoreTally::new(backend.describe());
        Self {
            backend,
            plan,
            events,
            started: Instant::now(),
            arenas: BTreeMap::new(),
            tally,
            breaches: BTreeMap::new(),
            histories: 0,
            runs: 0,
        }
    }

    async fn run(mut self) -> Result<(StoreTally, Vec<Breach>)> {
        self.run_saved().await?;
        let mut number = 0;
        while !self.is_over(number) {
            let (case, nemesis) = self.draw(number);
            self.case(&case, nemesis).await?;
            number += 1;
        }
        self.tally.elapsed = self.started.elapsed();
        Ok((self.tally, self.breaches.into_values().collect()))
    }

    /// The case of that number in the shard, and what the store goes through.
    fn draw(&self, number: u64) -> (ConcurrentCase, Nemesis) {
        let Plan { seed, shard, features, clients, nemeses, .. } = &self.plan;
        let mut entropy = entropy::of_case(*seed, shard.case(number));
        let name = self.backend.name();
        let suits = |nemesis: &&Nemesis| nemesis.suits_store(&name);
        let nemeses: Vec<Nemesis> = nemeses.iter().filter(suits).copied().collect();
        let mut choose = Chooser(&mut entropy);
        // What shows the most is the clients alone.
        let nemesis = match nemeses.contains(&Nemesis::None) && choose.percent(50) {
            true => Nemesis::None,
            false => choose.pick(&nemeses).copied().unwrap_or(Nemesis::None),
        };
        (concurrent_case(&mut entropy, features, clients.clone()), nemesis)
    }

    fn is_over(&self, number: u64) -> bool {
        let share = self.plan.cases.map(|cases| self.plan.shard.share(cases));
        let found = self.plan.stop_at_first && !self.breaches.is_empty();
        let time_up = self.plan.time.is_some_and(|budget| self.started.elapsed() >= budget);
        found
            || time_up
            || self.plan.cancelled.is_cancelled()
            || share.is_some_and(|share| number >= share)
    }

    /// Runs the cases of the saved histories.
    async fn run_saved(&mut self) -> Result<()> {
        for SavedHistory { history, .. } in std::mem::take(&mut self.plan.first) {
            let case = shrink::case_of(&history);
            for _ in 0..AGAIN {
                if self.is_over(0) {
                    return Ok(());
                }
                self.case(&case, Nemesis::None).await?;
            }
        }
        Ok(())
    }

    async fn case(&mut self, case: &ConcurrentCase, nemesis: Nemesis) -> Result<()> {
        let run = self.run_case(case, nemesis).await?;
        self.histories += 1;
        self.tally.add_run(&run);
        for (signature, says) in run.breaches(&self.backend.name()) {
            if let Some(known) = self.breaches.get_mut(&signature) {
                known.count += 1;
                continue;
            }
            let breach = self.shrunk(case, &run, signature, says).await?;
            let _ = self.events.send(Event::Found(Box::new(breach.clone())));
            self.breaches.insert(breach.signature.clone(), breach);
        }
        let _ = self.events.send(Event::Progress(1));
        Ok(())
    }

    async fn run_case(&mut self, case: &ConcurrentCase, nemesis: Nemesis) -> Result<CaseRun> {
        self.runs += 1;
        let Plan { seed, stores, call_limit, program, .. } = &self.plan;
        let setting = nemesis.setting();
        let arena = match self.arenas.entry(setting) {
            Entry::Occupied(arena) => arena.into_mut(),
            Entry::Vacant(none) => {
                let opening = Opening { stores: *stores, program: program.clone() };
                none.insert(Arena::open(&self.backend, setting, &opening, *call_limit).await?)
            }
        };
        let manner = {
            let mut entropy = entropy::of_case(!seed, self.runs);
            arena.draw(&mut Chooser(&mut entropy), case, nemesis)
        };
        arena.run(case, nemesis, &manner).await
    }

    /// The breach with the smallest history that is found in time.
    async fn shrunk(
        &mut self,
        case: &ConcurrentCase,
        run: &CaseRun,
        signature: Signature,
        says: String,
    ) -> Result<Breach> {
        let until = Instant::now() + self.plan.shrink_time;
        let mut best = (case.clone(), run.clone());
        'smaller: loop {
            for smaller in shrink::smaller(&best.0) {
                for _ in 0..shrink::TRIES {
                    if Instant::now() > until || self.plan.cancelled.is_cancelled() {
                        break 'smaller;
                    }
                    let run = self.run_case(&smaller, run.nemesis).await?;
                    let found = run.breaches(&self.backend.name());
                    if found.iter().any(|(found, _)| *found == signature) {
                        best = (smaller, run);
                        continue 'smaller;
                    }
                }
            }
            break;
        }
        let (_, run) = best;
        let (history, case, witness) = shrink::reduced(run.history, run.verdict);
        Ok(Breach {
            signature,
            count: 1,
            first: self.histories,
            nemesis: run.nemesis,
            says,
            history: history.to_lines(),
            case: case.to_lines(),
            order: witness.order,
            stuck: witness.stuck.into_iter().map(|stuck| (stuck.call, stuck.expected)).collect(),
        })
    }
}
