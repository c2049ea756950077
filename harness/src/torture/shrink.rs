//! Smaller histories and smaller cases.
//!
//! A history that cannot be linearized is itself the proof, whatever a second run does. So calls are first dropped
//! from what happened: those that the judge does not need. Then smaller cases are proposed, to be run many times.

use std::collections::BTreeMap;

use crate::compare::linearize::{self, Verdict, Witness, judge};
use crate::contract::op::Op;
use crate::generate::contention::ConcurrentCase;
use crate::trace::history::{ClientCall, History};

/// How many calls the judge makes when it is asked whether a call is needed. Where that is not enough, it is kept.
const BUDGET: u64 = 5_000;

/// How often a smaller case is run before it counts as one that shows nothing.
pub(super) const TRIES: usize = 12;

/// The history without the calls that the judge does not need; the same with these calls, their results left out; and
/// how far it can be explained.
///
/// Calls can go when no order explains the other results even if the outcomes of all that go were unknown: whether
/// they took effect or not, and at whatever time.
pub(super) fn reduced(history: History, verdict: Verdict) -> (History, History, Witness) {
    let Verdict::NotLinearizable(mut witness) = verdict else {
        return (history.clone(), history, Witness::default());
    };
    let mut doubted = history;
    for index in (0..doubted.calls.len()).rev() {
        let known = doubted.calls[index].clone();
        (doubted.calls[index].end, doubted.calls[index].result) = (None, None);
        if !matches!(judge(&doubted, BUDGET), Verdict::NotLinearizable(_)) {
            doubted.calls[index] = known;
        }
    }
    let mut needed = doubted.clone();
    doubted.calls.retain(|call| call.client > 0 || call.result.is_some());
    needed.calls.retain(|call| call.result.is_some());
    if let Verdict::NotLinearizable(found) = judge(&needed, linearize::BUDGET) {
        witness = found;
    }
    (needed, doubted, witness)
}

/// The case whose run a history may be.
pub(super) fn case_of(history: &History) -> ConcurrentCase {
    let before = history.before.steps.iter().filter_map(|step| step.as_call()).cloned().collect();
    let mut clients: BTreeMap<usize, Vec<Op>> = BTreeMap::new();
    for ClientCall { client, call, .. } in history.calls.iter().filter(|call| call.client > 0) {
        clients.entry(*client).or_default().push(call.clone());
    }
    ConcurrentCase { before, clients: clients.into_values().collect(), in_step: false }
}

/// Smaller cases, the smallest first: without a client, without a call, without a step before the clients.
pub(super) fn smaller(case: &ConcurrentCase) -> Vec<ConcurrentCase> {
    let mut smaller = Vec::new();
    if case.clients.len() > 1 {
        for client in 0..case.clients.len() {
            let mut without = case.clone();
            without.clients.remove(client);
            smaller.push(without);
        }
    }
    for client in 0..case.clients.len() {
        for call in 0..case.clients[client].len() {
            let mut without = case.clone();
            without.clients[client].remove(call);
            without.clients.retain(|calls| !calls.is_empty());
            smaller.push(without);
        }
    }
    for step in (0..case.before.len()).rev() {
        let mut without = case.clone();
        without.before.remove(step);
        smaller.push(without);
    }
    smaller
}
