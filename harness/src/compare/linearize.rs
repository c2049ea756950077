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

/// The calls that can meet, as indices: those of each tenant, and reads that are about all tenants. When a call that
/// may have changed something is about all of them, or the tenant of a call is not known, all calls can meet.
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
        if tenant.is_none() && (!is_about_all || call.may_change()) {
            return vec![(0..calls.len()).collect()];
        }
        parts.entry(tenant).or_default().push(index);
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

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"t","properties":{}}}}"#;

    fn verdict(lines: &[&str]) -> Verdict {
        let text = [&[BEFORE], lines].concat().join("\n");
        judge(&History::parse(&text).unwrap(), BUDGET)
    }

    fn line(client: usize, begin: u64, end: Option<u64>, call: &str, result: &str) -> String {
        match end {
            Some(end) => format!(
                r#"{{"client":{client},"begin":{begin},"end":{end},"call":{call},"result":{result}}}"#
            ),
            None => format!(r#"{{"client":{client},"begin":{begin},"call":{call}}}"#),
        }
    }

    fn create(name: &str) -> String {
        format!(
            r#"{{"create_warehouse":{{"tenant":"00000000-0000-0000-0000-000000000001","warehouse":{{"id":"00000000-0000-0000-0000-000000000002","name":"{name}","storage_config":{{}},"vending":null}}}}}}"#
        )
    }

    const DELETE: &str = r#"{"delete_tenant":{"tenant":"00000000-0000-0000-0000-000000000001"}}"#;
    const COUNT: &str = r#"{"count_assets":{"tenant":"00000000-0000-0000-0000-000000000001"}}"#;
    const GET: &str =
        r#"{"get_warehouse":{"tenant":"00000000-0000-0000-0000-000000000001","name":"w"}}"#;
    const OK: &str = r#"{"ok":null}"#;
    const NO_TENANT: &str = r#"{"error":"not_found.tenant"}"#;
    const TAKEN: &str = r#"{"error":"already_exists.warehouse"}"#;

    #[test]
    fn calls_that_overlap_can_take_effect_in_either_order() {
        let create = create("w");
        for result in [OK, NO_TENANT] {
            let one = line(1, 0, Some(2), &create, result);
            assert_eq!(verdict(&[&one, &line(2, 1, Some(3), DELETE, OK)]), Verdict::Linearizable);
        }
    }

    #[test]
    fn a_call_that_ended_first_takes_effect_first() {
        let late = line(2, 3, Some(4), &create("w"), OK);
        let verdict = verdict(&[&line(1, 0, Some(2), DELETE, OK), &late]);
        let Verdict::NotLinearizable(witness) = verdict else { panic!("{verdict:?}") };
        assert_eq!(witness.order, [0]);
        assert_eq!(witness.stuck[0].call, 1);
        assert_eq!(witness.stuck[0].expected.to_string(), NO_TENANT);
    }

    #[test]
    fn of_two_that_create_the_same_one_is_refused() {
        let create = create("w");
        let both = |second: &str| {
            verdict(&[&line(1, 0, Some(2), &create, OK), &line(2, 1, Some(3), &create, second)])
        };
        assert_eq!(both(TAKEN), Verdict::Linearizable);
        assert!(matches!(both(OK), Verdict::NotLinearizable(_)));
    }

    #[test]
    fn a_refusal_that_nothing_explains_is_found_by_itself() {
        let refused = line(1, 0, Some(2), &create("w"), TAKEN);
        assert!(matches!(verdict(&[&refused]), Verdict::NotLinearizable(_)));
    }

    #[test]
    fn an_unknown_call_may_have_taken_effect_at_any_time_or_never() {
        let unknown = line(1, 0, None, &create("w"), "");
        let seen = r#"{"ok":{"id":"00000000-0000-0000-0000-000000000002","name":"w","storage_config":{},"vending":null}}"#;
        let reads = |first: &str, second: &str| {
            let reads = [line(2, 1, Some(2), GET, first), line(2, 3, Some(4), GET, second)];
            matches!(verdict(&[&unknown, &reads[0], &reads[1]]), Verdict::Linearizable)
        };
        assert!(reads(OK, OK) && reads(OK, seen) && reads(seen, seen));
        assert!(!reads(seen, OK), "what took effect does not go away");
    }

    #[test]
    fn a_failure_of_the_database_counts_as_unknown() {
        let failed = r#"{"error":"backend","source":"gone"}"#;
        let failed = line(1, 0, Some(1), &create("w"), failed);
        let taken = line(2, 2, Some(3), &create("w"), TAKEN);
        assert_eq!(verdict(&[&failed, &taken]), Verdict::Linearizable);
        assert!(matches!(verdict(&[&taken]), Verdict::NotLinearizable(_)));
    }

    #[test]
    fn calls_of_another_tenant_explain_nothing() {
        let other = COUNT.replace("0001\"", "0009\"");
        let count = line(1, 0, Some(2), COUNT, r#"{"ok":1}"#);
        let verdict = verdict(&[&count, &line(2, 1, Some(3), &other, r#"{"ok":0}"#)]);
        let Verdict::NotLinearizable(witness) = verdict else { panic!("{verdict:?}") };
        assert_eq!(witness.stuck[0].call, 0);
    }

    #[test]
    fn without_a_budget_nothing_is_decided() {
        let text = format!("{BEFORE}\n{}", line(1, 0, Some(2), DELETE, OK));
        assert_eq!(judge(&History::parse(&text).unwrap(), 0), Verdict::Undecided);
    }

    #[test]
    fn a_call_whose_tenant_its_address_does_not_say_meets_all_others() {
        let user = r#"{"get_user":{"user":"00000000-0000-0000-0000-000000000007"}}"#;
        let request = r#"{"create_access_request":{"request":{"id":"00000000-0000-0000-0000-000000000003","tenant":"00000000-0000-0000-0000-000000000001","user":"00000000-0000-0000-0000-000000000004","asset":"00000000-0000-0000-0000-000000000005","reason":null,"requested_at":"2026-01-01T00:00:00.000000Z"}}}"#;
        let lines = [
            line(1, 0, Some(3), request, NO_TENANT),
            line(2, 1, Some(4), DELETE, OK),
            line(3, 2, Some(5), user, OK),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(verdict(&lines), Verdict::Linearizable);
    }
}
