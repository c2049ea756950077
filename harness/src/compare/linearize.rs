//! The judge of a history: whether its calls can be put into one order that explains all their results.
//!
//! A search after Wing and Gong (*Testing and verifying concurrent objects*, 1993) with Lowe's memo (*Testing for
//! linearizability*, 2016). It begins on the model after what was done before all clients, and makes one call after
//! the other on a snapshot of it. A call can be the next one if no call that is not yet in the order had ended
//! before it began, and if the model answers it as the store did. A set of calls that has already led to the same state
//! is not searched again.
//!
//! Two rules keep the search small. A call that changes nothing (a read, a refusal) is taken as soon as the model
//! agrees with it, because taking it later can only be harder. And when no call is left that could change
//! something, the first one with which the model does not agree ends the branch.
//!
//! A call whose outcome is unknown may be taken at any time after it began, or never.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::FutureExt;
use pangolin_store::{MemoryStore, TenantId};
use serde_json::Value;

use crate::contract::feature::Feature;
use crate::contract::model;
use crate::contract::outcome::Outcome;
use crate::trace::history::{ClientCall, History};

/// How many calls the judge makes on the model before it gives up.
pub const BUDGET: u64 = 200_000;

/// What the judge says of a history.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// An order of the calls explains all results.
    Linearizable,
    /// No order does.
    NotLinearizable(Witness),
    /// The budget was used up before either was shown. That is no pass.
    Undecided,
}

/// How far the results of a history can be explained.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Witness {
    /// The longest order that explains the results of its calls, as indices of the history's calls.
    pub order: Vec<usize>,
    /// The calls that could follow, and do not.
    pub stuck: Vec<Stuck>,
}

/// A call that cannot follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Stuck {
    /// Its index among the history's calls.
    pub call: usize,
    /// What the model answers there.
    pub expected: Value,
}

/// Judges a history, with at most `budget` calls on the model for each part that is judged by itself.
pub fn judge(history: &History, budget: u64) -> Verdict {
    let before = MemoryStore::new();
    for call in history.before.steps.iter().filter_map(|step| step.as_call()) {
        model::apply(call, &before);
    }
    let mut undecided = false;
    for part in parts(&history.calls) {
        let mut search = Search::new(&history.calls, part, budget);
        match search.complete(before.snapshot()) {
            Ok(true) => {}
            Ok(false) => return Verdict::NotLinearizable(search.witness),
            Err(OutOfBudget) => undecided = true,
        }
    }
    if undecided { Verdict::Undecided } else { Verdict::Linearizable }
}

/// The calls that can meet, as indices: those of each tenant, and those that are about all tenants. When one of
/// the latter may have changed something, all calls can meet.
///
/// Names of tenants and users, and hashes of API keys, are unique in all tenants.
fn parts(calls: &[ClientCall]) -> Vec<Vec<usize>> {
    let mut parts: BTreeMap<Option<TenantId>, Vec<usize>> = BTreeMap::new();
    for (index, call) in calls.iter().enumerate() {
        let is_about_all = matches!(
            call.call.method().feature(),
            Feature::Tenants | Feature::Users | Feature::ServiceUsers
        );
        let tenant = call.call.tenant().filter(|_| !is_about_all);
        parts.entry(tenant).or_default().push(index);
    }
    let about_all = parts.get(&None).into_iter().flatten();
    if about_all.into_iter().any(|&index| calls[index].may_change()) {
        return vec![(0..calls.len()).collect()];
    }
    parts.into_values().collect()
}

/// The budget is used up.
struct OutOfBudget;

struct Search<'h> {
    calls: Vec<Candidate<'h>>,
    /// For each set of calls that was taken, the states to which they led.
    seen: HashMap<Box<[u64]>, Vec<MemoryStore>>,
    budget: u64,
    witness: Witness,
    best: usize,
}

/// A call of the history.
struct Candidate<'h> {
    index: usize,
    call: &'h ClientCall,
    is_known: bool,
    may_change: bool,
}

/// The calls that are in the order so far.
#[derive(Clone)]
struct Taken {
    set: Box<[u64]>,
    order: Vec<usize>,
}

impl Taken {
    fn has(&self, place: usize) -> bool {
        self.set[place / 64] & (1 << (place % 64)) != 0
    }

    fn take(&mut self, place: usize) {
        self.set[place / 64] |= 1 << (place % 64);
        self.order.push(place);
    }
}

impl<'h> Search<'h> {
    fn new(calls: &'h [ClientCall], part: Vec<usize>, budget: u64) -> Self {
        let candidate = |index: usize| {
            let call = &calls[index];
            let is_known = call.label().is_some();
            Candidate { index, call, is_known, may_change: call.may_change() }
        };
        let mut calls: Vec<_> = part.into_iter().map(candidate).collect();
        // A read without an answer says nothing.
        calls.retain(|candidate| candidate.is_known || candidate.may_change);
        // Those that ended first are likely to come first, and those that are unknown may never come.
        calls.sort_by_key(|candidate| match candidate.is_known {
            true => candidate.call.end.unwrap_or(u64::MAX),
            false => u64::MAX,
        });
        Self { calls, seen: HashMap::new(), budget, witness: Witness::default(), best: 0 }
    }

    /// Whether all calls can follow on an empty order.
    fn complete(&mut self, state: MemoryStore) -> Result<bool, OutOfBudget> {
        let set = vec![0; self.calls.len().div_ceil(64)].into_boxed_slice();
        self.follow(Taken { set, order: Vec::new() }, state)
    }

    /// Whether the calls that are left can follow.
    fn follow(&mut self, mut taken: Taken, state: MemoryStore) -> Result<bool, OutOfBudget> {
        let mut stuck = Vec::new();
        if !self.take_what_changes_nothing(&mut taken, &state, &mut stuck)? {
            self.note(&taken, stuck);
            return Ok(false);
        }
        if self.left(&taken).all(|place| !self.calls[place].is_known) {
            return Ok(true);
        }
        if self.is_seen(&taken, &state) {
            return Ok(false);
        }
        for place in self.next(&taken) {
            if !self.calls[place].may_change {
                continue;
            }
            let after = state.snapshot();
            let outcome = self.make(place, &after)?;
            if !self.agrees(place, &outcome) {
                stuck.push((place, outcome.to_value()));
                continue;
            }
            let mut longer = taken.clone();
            longer.take(place);
            if self.follow(longer, after)? {
                return Ok(true);
            }
        }
        self.note(&taken, stuck);
        Ok(false)
    }

    /// Takes every call that changes nothing and with which the model agrees; those with which it does not are
    /// `stuck`. False when one is, and no call that is left could change that.
    fn take_what_changes_nothing(
        &mut self,
        taken: &mut Taken,
        state: &MemoryStore,
        stuck: &mut Vec<(usize, Value)>,
    ) -> Result<bool, OutOfBudget> {
        let may_still_change = self.left(taken).any(|place| self.calls[place].may_change);
        let mut refused = BTreeSet::new();
        loop {
            let before = taken.order.len();
            for place in self.next(taken) {
                if self.calls[place].may_change || refused.contains(&place) {
                    continue;
                }
                let outcome = self.make(place, &state.snapshot())?;
                if self.agrees(place, &outcome) {
                    taken.take(place);
                    continue;
                }
                refused.insert(place);
                stuck.push((place, outcome.to_value()));
                if !may_still_change {
                    return Ok(false);
                }
            }
            if taken.order.len() == before {
                return Ok(true);
            }
        }
    }

    fn left<'s>(&'s self, taken: &'s Taken) -> impl Iterator<Item = usize> + 's {
        (0..self.calls.len()).filter(|&place| !taken.has(place))
    }

    /// The calls that can be the next: no other that is left had ended before they began.
    fn next(&self, taken: &Taken) -> Vec<usize> {
        let known = self.left(taken).filter(|&place| self.calls[place].is_known);
        let first_end = known.filter_map(|place| self.calls[place].call.end).min();
        let can = |&place: &usize| {
            first_end.is_none_or(|first_end| self.calls[place].call.begin < first_end)
        };
        self.left(taken).filter(can).collect()
    }

    fn make(&mut self, place: usize, state: &MemoryStore) -> Result<Outcome, OutOfBudget> {
        self.budget = self.budget.checked_sub(1).ok_or(OutOfBudget)?;
        let call = self.calls[place].call.call.apply(state).now_or_never();
        Ok(match call.expect("the model answers at once") {
            Ok(reply) => Outcome::Reply(reply),
            Err(error) => Outcome::Error(error),
        })
    }

    /// Whether the model's outcome explains the store's; for one that is unknown, whether it changes anything.
    fn agrees(&self, place: usize, outcome: &Outcome) -> bool {
        let Some(label) = self.calls[place].call.label() else {
            return outcome.label().is_success();
        };
        label.coarse() == outcome.label().coarse()
            && self.calls[place].call.result.as_ref() == Some(&outcome.to_value())
    }

    /// Whether the same calls have led to the same state before; they have from now on.
    fn is_seen(&mut self, taken: &Taken, state: &MemoryStore) -> bool {
        let states = self.seen.entry(taken.set.clone()).or_default();
        if states.iter().any(|seen| seen.holds_the_same_as(state)) {
            return true;
        }
        states.push(state.snapshot());
        false
    }

    /// Keeps the order if it explains more results than those before.
    fn note(&mut self, taken: &Taken, stuck: Vec<(usize, Value)>) {
        let explained = taken.order.iter().filter(|&&place| self.calls[place].is_known).count() + 1;
        if explained <= self.best {
            return;
        }
        self.best = explained;
        let index = |place: usize| self.calls[place].index;
        let stuck = stuck.into_iter().filter(|(place, _)| self.calls[*place].is_known);
        let order = taken.order.iter().map(|&place| index(place)).collect();
        let stuck = stuck.map(|(place, expected)| Stuck { call: index(place), expected }).collect();
        self.witness = Witness { order, stuck };
    }
}
