//! The results of a torture run, with all that is needed to merge it with other shards.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::finding::{Breach, CaseRun};
use super::nemesis::Nemesis;
use crate::backend::Description;
use crate::campaign::matrix::Status;
use crate::campaign::shard::Shard;
use crate::compare::linearize::Verdict;
use crate::contract::method::Method;

/// The results of a torture run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TortureResults {
    /// What all choices derive from.
    pub seed: u64,
    /// Which shards of the run were run.
    pub shards: Vec<Shard>,
    /// The stores.
    pub stores: Vec<StoreTally>,
    /// How the stores broke their promises, by signature.
    pub breaches: Vec<Breach>,
    /// The saved histories that the judge no longer refuses, by file name: the judge or the model is wrong.
    pub unseen: Vec<String>,
    /// How many saved histories were judged.
    pub saved: u64,
    /// How long it took; what several shards took is added up.
    pub elapsed: Duration,
}

/// What was done to one store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreTally {
    /// What it is.
    pub description: Description,
    /// By what the store went through.
    pub nemeses: BTreeMap<Nemesis, Tally>,
    /// How often the line was struck at which message of which method.
    pub cuts: Vec<Cut>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Strikes at one message of the calls of one method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Whose call it was.
    pub method: Method,
    /// The number of the message within the call; the first is 1.
    pub message: u64,
    /// What happened to the line.
    pub nemesis: Nemesis,
    /// How often.
    pub times: u64,
}

/// Histories, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many there were.
    pub histories: u64,
    /// How many calls the clients made.
    pub calls: u64,
    /// How many of these have an unknown outcome.
    pub unknown: u64,
    /// How many pairs of calls of different clients there were.
    pub pairs: u64,
    /// How many of these overlapped.
    pub overlapping: u64,
    /// How many histories were too much for the judge.
    pub undecided: u64,
    /// How often the nemesis struck.
    pub strikes: u64,
}

impl Tally {
    fn add_run(&mut self, run: &CaseRun) {
        let (pairs, overlapping) = run.history.pairs();
        let of_clients = run.history.calls.iter().filter(|call| call.client > 0);
        self.histories += 1;
        self.calls += of_clients.clone().count() as u64;
        self.unknown += of_clients.filter(|call| call.label().is_none()).count() as u64;
        self.pairs += pairs;
        self.overlapping += overlapping;
        self.undecided += u64::from(run.verdict == Verdict::Undecided);
        self.strikes += run.history.nemesis.len() as u64;
    }

    /// Adds what another run counted.
    pub fn add(&mut self, other: &Self) {
        let Self { histories, calls, unknown, pairs, overlapping, undecided, strikes } = other;
        self.histories += histories;
        self.calls += calls;
        self.unknown += unknown;
        self.pairs += pairs;
        self.overlapping += overlapping;
        self.undecided += undecided;
        self.strikes += strikes;
    }

    /// The share of overlapping pairs, from 0 to 1.
    pub fn overlap(&self) -> f64 {
        self.overlapping as f64 / (self.pairs as f64).max(1.0)
    }
}

/// A promise of the contract that only histories can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Calls on one database take effect one after the other, each between its beginning and its answer.
    Linearizable,
    /// Each call takes effect whole or not at all, whatever dies, and what was acknowledged stays.
    AtomicAndDurable,
}

impl Promise {
    /// Both, in the order of the matrix.
    pub const ALL: [Self; 2] = [Self::Linearizable, Self::AtomicAndDurable];

    /// The title of its row.
    pub fn title(self) -> &'static str {
        match self {
            Self::Linearizable => "Linearizable",
            Self::AtomicAndDurable => "Atomic and durable",
        }
    }

    /// Whether histories under that nemesis are evidence for it.
    pub fn is_shown_under(self, nemesis: Nemesis) -> bool {
        (nemesis == Nemesis::None) == (self == Self::Linearizable)
    }
}

impl StoreTally {
    pub(super) fn new(description: Description) -> Self {
        Self { description, nemeses: BTreeMap::new(), cuts: Vec::new(), elapsed: Duration::ZERO }
    }

    pub(super) fn add_run(&mut self, run: &CaseRun) {
        self.nemeses.entry(run.nemesis).or_default().add_run(run);
        if let Some((method, Some(message))) = run.struck {
            self.add_cut(Cut { method, message, nemesis: run.nemesis, times: 1 });
        }
    }

    /// Adds strikes at a message to those that were counted there before.
    pub(super) fn add_cut(&mut self, cut: Cut) {
        let is_same = |mine: &&mut Cut| {
            (mine.method, mine.message, mine.nemesis) == (cut.method, cut.message, cut.nemesis)
        };
        match self.cuts.iter_mut().find(is_same) {
            Some(mine) => mine.times += cut.times,
            None => self.cuts.push(cut),
        }
    }

    /// The histories that are evidence for a promise.
    pub fn evidence(&self, promise: Promise) -> Tally {
        let mut all = Tally::default();
        for (nemesis, tally) in &self.nemeses {
            if promise.is_shown_under(*nemesis) {
                all.add(tally);
            }
        }
        all
    }

    /// All histories.
    pub fn total(&self) -> Tally {
        let mut all = Tally::default();
        self.nemeses.values().for_each(|tally| all.add(tally));
        all
    }
}

impl TortureResults {
    /// The breaches of a promise by a store.
    pub fn breaches_of<'r>(
        &'r self,
        store: &'r StoreTally,
        promise: Promise,
    ) -> impl Iterator<Item = &'r Breach> {
        self.breaches.iter().filter(move |breach| {
            breach.signature.backend == store.description.name
                && promise.is_shown_under(breach.nemesis)
        })
    }

    /// The mark of a store for a promise: at parity only when calls overlapped, all histories were decided, and
    /// none broke it.
    pub fn status(&self, store: &StoreTally, promise: Promise) -> Status {
        if self.breaches_of(store, promise).next().is_some() {
            return Status::Divergent;
        }
        let Tally { histories, overlapping, undecided, strikes, .. } = store.evidence(promise);
        let has_struck = promise == Promise::Linearizable || strikes > 0;
        match histories > 0 && overlapping > 0 && undecided == 0 && has_struck {
            true => Status::Parity,
            false => Status::NotRun,
        }
    }
}
