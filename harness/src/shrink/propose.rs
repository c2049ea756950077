//! Making a trace smaller while it still shows the same.
//!
//! [`Shrinker`] proposes; whoever runs the proposals says which of them still show it. It deletes
//! chunks of steps, then single steps, then pairs (what a step creates and what drops it again),
//! then simplifies arguments: it puts parents in the place of branches, makes on a branch what was
//! made before it, leaves renames out, makes plain calls of commits, puts plain text in the place of nasty text, in all steps at once, and leaves out
//! what is optional. Arguments are simplified as JSON and read back, so that what is proposed is always
//! valid.

use std::collections::BTreeSet;

use pangolin_store::{
    AssetPlace, AssetRef, AssetUpdate, BranchRef, CatalogUpdate, CommitOperation, Timestamp,
    WarehouseUpdate,
};
use serde_json::Value;

use crate::contract::op::Op;
use crate::trace::Trace;
use crate::trace::step::Step;

/// Proposes smaller traces.
#[derive(Clone, Debug)]
pub(crate) struct Shrinker {
    best: Trace,
    pass: Pass,
    /// Whether anything was kept since the first pass began.
    progress: bool,
    proposed: Option<Trace>,
}

#[derive(Clone, Debug)]
enum Pass {
    /// Deletes `size` steps before `end`.
    Chunks {
        size: usize,
        end: usize,
    },
    /// Deletes step `first` and the later step `second`.
    Pairs {
        first: usize,
        second: usize,
    },
    /// Tries these, which were made from the best trace, from `next` on.
    Arguments {
        proposals: Vec<Trace>,
        next: usize,
    },
    Done,
}

/// Traces of more steps are not tried pair by pair: there would be too many pairs.
const PAIRS_UP_TO: usize = 32;

/// What nasty text is replaced by.
const PLAIN: &[&str] = &["", "a", "b", "c", "d", "e", "2026-01-01T00:00:00.000000Z"];

impl Shrinker {
    /// A shrinker of `trace`.
    pub(crate) fn new(trace: Trace) -> Self {
        let pass = first_pass(&trace);
        Self { best: trace, pass, progress: false, proposed: None }
    }

    /// The smallest trace so far that was kept.
    pub(crate) fn best(&self) -> &Trace {
        &self.best
    }

    /// The next proposal; `None` when there is nothing left to try.
    pub(crate) fn propose(&mut self) -> Option<Trace> {
        loop {
            let proposal = match &mut self.pass {
                Pass::Chunks { size, end } => {
                    if *end == 0 {
                        self.pass = if *size > 1 {
                            Pass::Chunks { size: *size / 2, end: self.best.steps.len() }
                        } else {
                            Pass::Pairs { first: 0, second: 1 }
                        };
                        continue;
                    }
                    let start = end.saturating_sub(*size);
                    let proposal = without(&self.best, |index| (start..*end).contains(&index));
                    *end = start;
                    proposal
                }
                Pass::Pairs { first, second } => {
                    let steps = self.best.steps.len();
                    if steps > PAIRS_UP_TO || *first + 1 >= steps {
                        let proposals = simpler(&self.best);
                        self.pass = Pass::Arguments { proposals, next: 0 };
                        continue;
                    }
                    let (one, other) = (*first, *second);
                    (*first, *second) =
                        if other + 1 < steps { (one, other + 1) } else { (one + 1, one + 2) };
                    if other >= steps {
                        continue;
                    }
                    without(&self.best, |index| index == one || index == other)
                }
                Pass::Arguments { proposals, next } => {
                    let Some(proposal) = proposals.get(*next).cloned() else {
                        self.pass = if std::mem::take(&mut self.progress) {
                            Pass::Chunks { size: 1, end: self.best.steps.len() }
                        } else {
                            Pass::Done
                        };
                        continue;
                    };
                    *next += 1;
                    proposal
                }
                Pass::Done => return None,
            };
            self.proposed = Some(proposal.clone());
            return Some(proposal);
        }
    }

    /// Says that the last proposal, or `shown`, a part of it, still shows it.
    pub(crate) fn keep(&mut self, shown: Option<Trace>) {
        let Some(best) = shown.or_else(|| self.proposed.take()) else { return };
        self.best = best;
        self.progress = true;
        match &mut self.pass {
            Pass::Chunks { end, .. } => *end = (*end).min(self.best.steps.len()),
            Pass::Pairs { .. } => {
                self.pass = Pass::Chunks { size: 1, end: self.best.steps.len() };
            }
            // What followed the proposal that was kept now stands about where that one stood.
            Pass::Arguments { proposals, next } => {
                *proposals = simpler(&self.best);
                *next -= 1;
            }
            Pass::Done => {}
        }
    }
}

fn first_pass(trace: &Trace) -> Pass {
    let steps = trace.steps.len();
    Pass::Chunks { size: (steps / 2).max(1), end: steps }
}

fn without(trace: &Trace, left_out: impl Fn(usize) -> bool) -> Trace {
    let kept = trace.steps.iter().enumerate().filter(|(index, _)| !left_out(*index));
    kept.map(|(_, step)| step.clone()).collect()
}

/// Traces with simpler arguments.
fn simpler(trace: &Trace) -> Vec<Trace> {
    let values = trace.to_values();
    let mut proposals = without_branches(trace, &values);
    proposals.extend(made_on_branches(trace));
    proposals.extend(without_renames(trace, &values));
    proposals.extend(without_commits(trace));
    proposals.extend(plainer_texts(&values));
    for (index, value) in values.iter().enumerate() {
        for smaller in smaller_values(value) {
            let Ok(step) = Step::from_value(smaller) else { continue };
            if step == trace.steps[index] {
                continue;
            }
            let mut proposal = trace.clone();
            proposal.steps[index] = step;
            proposals.push(proposal);
        }
    }
    proposals
}

/// The steps with one nasty text replaced by a plain one, wherever it stands.
fn plainer_texts(values: &[Value]) -> Vec<Trace> {
    let mut texts = BTreeSet::new();
    values.iter().for_each(|value| collect_texts(value, &mut texts));
    let nasty = texts.iter().filter(|text| !PLAIN.contains(&text.as_str()));
    let plain: Vec<&str> = PLAIN.iter().copied().filter(|plain| !texts.contains(*plain)).collect();
    nasty
        .flat_map(|text| {
            let plain = plain.iter().filter(|plain| is_time(plain) == is_time(text));
            plain.filter_map(|plain| with_text(values, text, plain))
        })
        .collect()
}

fn is_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
}

/// The steps without one that creates a branch, the branch's parent in its place.
fn without_branches(trace: &Trace, values: &[Value]) -> Vec<Trace> {
    let mut proposals = Vec::new();
    for (index, step) in trace.steps.iter().enumerate() {
        let Some(Op::CreateBranch { branch, .. }) = step.as_call() else { continue };
        let mut others = values.to_vec();
        others.remove(index);
        proposals.extend(with_text(&others, &branch.name, &branch.parent));
    }
    proposals
}

/// The steps without one that only gives something another name, and the old name in the steps after it.
fn without_renames(trace: &Trace, values: &[Value]) -> Vec<Trace> {
    let mut proposals = Vec::new();
    for (index, step) in trace.steps.iter().enumerate() {
        let (old, new) = match step.as_call() {
            Some(Op::RenameAsset { at, to, .. }) => (&at.name, &to.name),
            Some(Op::UpdateCatalog {
                name, update: CatalogUpdate { name: Some(new), .. }, ..
            }) => (name, new),
            Some(Op::UpdateWarehouse {
                name,
                update: WarehouseUpdate { name: Some(new), .. },
                ..
            }) => (name, new),
            _ => continue,
        };
        if let Some(after) = with_text(&values[index + 1..], new, old) {
            let before = trace.steps[..index].iter().cloned();
            proposals.push(Trace { steps: before.chain(after.steps).collect() });
        }
    }
    proposals
}

/// The steps with a plain call in the place of a commit of one operation.
fn without_commits(trace: &Trace) -> Vec<Trace> {
    let mut proposals = Vec::new();
    for (index, step) in trace.steps.iter().enumerate() {
        let Some(Op::Commit { tenant, on, commit }) = step.as_call() else { continue };
        let [operation] = commit.operations.as_slice() else { continue };
        let tenant = *tenant;
        let AssetPlace { namespace, name } = operation.place();
        let (catalog, branch) = (on.catalog.clone(), on.branch.clone());
        let at = AssetRef { catalog, branch, namespace, name };
        let calls = match operation {
            CommitOperation::Delete { .. } => vec![Op::DeleteAsset { tenant, at }],
            CommitOperation::Put { asset } => {
                let update = AssetUpdate {
                    kind: Some(asset.kind),
                    location: Some(asset.location.clone()),
                    metadata_location: Some(asset.metadata_location.clone()),
                    properties: Some(asset.properties.clone()),
                };
                let create = Op::CreateAsset { tenant, on: on.clone(), asset: asset.clone() };
                vec![create, Op::UpdateAsset { tenant, at, update }]
            }
        };
        proposals.extend(calls.into_iter().map(|call| {
            let mut proposal = trace.clone();
            proposal.steps[index] = call.into();
            proposal
        }));
    }
    proposals
}

/// The steps with an asset made on a branch, where it was made on the parent before, and without one
/// of the others: that which changed it on the branch.
fn made_on_branches(trace: &Trace) -> Vec<Trace> {
    let mut proposals = Vec::new();
    for (at, step) in trace.steps.iter().enumerate() {
        let Some(Op::CreateBranch { catalog, branch, .. }) = step.as_call() else { continue };
        for (from, step) in trace.steps[..at].iter().enumerate() {
            let Some(Op::CreateAsset { tenant, on, asset }) = step.as_call() else { continue };
            if (&on.catalog, &on.branch) != (catalog, &branch.parent) {
                continue;
            }
            let on = BranchRef { catalog: catalog.clone(), branch: branch.name.clone() };
            let made = Op::CreateAsset { tenant: *tenant, on, asset: asset.clone() };
            let mut moved = trace.steps.clone();
            moved.remove(from);
            moved.insert(at, made.into());
            let moved = Trace { steps: moved };
            proposals.extend(
                (at + 1..moved.steps.len()).map(|other| without(&moved, |index| index == other)),
            );
        }
    }
    proposals
}

/// The steps with `text` replaced, if they are still valid then.
fn with_text(values: &[Value], text: &str, replacement: &str) -> Option<Trace> {
    let replaced = values.iter().map(|value| {
        let mut value = value.clone();
        replace_text(&mut value, text, replacement);
        Step::from_value(value)
    });
    replaced.collect::<Result<Trace, _>>().ok()
}

fn collect_texts(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            texts.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect_texts(field, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replace_text(value: &mut Value, text: &str, plain: &str) {
    match value {
        Value::String(found) if found == text => *found = plain.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| replace_text(item, text, plain)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| replace_text(field, text, plain));
        }
        _ => {}
    }
}

/// `value` with one field, item or entry left out, somewhere in it.
fn smaller_values(value: &Value) -> Vec<Value> {
    let mut smaller = Vec::new();
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                for field in smaller_values(field) {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), field);
                    smaller.push(Value::Object(fields));
                }
            }
            for key in fields.keys() {
                let mut fields = fields.clone();
                fields.remove(key);
                smaller.push(Value::Object(fields));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for item in smaller_values(item) {
                    let mut items = items.clone();
                    items[index] = item;
                    smaller.push(Value::Array(items));
                }
            }
            for index in 0..items.len() {
                let mut items = items.clone();
                items.remove(index);
                smaller.push(Value::Array(items));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    smaller
}
