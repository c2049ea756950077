//! Running a trace on the reference and on every other store, one step at a time.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use pangolin_store::{CatalogStore, MemoryStore, Result};

use crate::backend::{AnyBackend, Instance};
use crate::compare::call::outcome;
use crate::compare::classify;
use crate::compare::coverage::Coverage;
use crate::compare::finding::Finding;
use crate::compare::timing::Timing;
use crate::contract::areas;
use crate::contract::call_kind::CallKind;
use crate::contract::class::Class;
use crate::contract::label::Label;
use crate::contract::method::Method;
use crate::contract::model::{self, Model};
use crate::contract::op::Op;
use crate::contract::outcome::Outcome;
use crate::trace::Trace;
use crate::trace::step::Step;

/// How closely a run looks.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Whether the harness adds reads: after each write those that show what it has touched, and at the end those
    /// that show everything. Without them, only the answers of the trace's own calls are compared.
    pub observe: bool,
    /// Calls that are known to differ, by store: they are made and counted, and not compared.
    pub muted: BTreeSet<(Arc<str>, Method)>,
}

/// Stores that run in lockstep: the reference, and those that are compared with it.
pub struct Lockstep {
    stores: Vec<Column>,
    call_limit: Duration,
    /// The kinds of the trace's own calls on the reference.
    path: Vec<CallKind>,
}

struct Column {
    name: Arc<str>,
    instance: Box<dyn Instance>,
    store: Arc<dyn CatalogStore>,
    coverage: Coverage,
    timing: Timing,
    /// Whether it has left the reference's path in this run, so that none of its answers is compared.
    lost: bool,
}

impl Lockstep {
    /// Opens a store of each backend; the first is the reference. A call that takes longer than
    /// `call_limit` hangs.
    ///
    /// # Errors
    /// What a backend says that cannot be opened.
    pub async fn open(backends: &[AnyBackend], call_limit: Duration) -> Result<Self> {
        let mut stores = Vec::new();
        for backend in backends {
            let instance = backend.open().await?;
            stores.push(Column {
                name: backend.name(),
                store: instance.store(),
                instance,
                coverage: Coverage::default(),
                timing: Timing::default(),
                lost: false,
            });
        }
        Ok(Self { stores, call_limit, path: Vec::new() })
    }

    /// Empties the stores and runs `trace` on them. Returns every call on which a store first left
    /// the reference's path, and, of the reads at the end, all that differ.
    ///
    /// # Errors
    /// What a backend says that cannot be emptied.
    pub async fn run(&mut self, trace: &Trace, watch: &Watch) -> Result<Vec<Finding>> {
        for column in &mut self.stores {
            column.timing.emptying.on(column.instance.empty()).await?;
            column.store = column.instance.store();
            column.lost = false;
        }
        self.path.clear();
        let model = MemoryStore::new();
        let mut findings = Vec::new();
        for (index, step) in trace.steps.iter().enumerate() {
            if self.all_lost() && !watch.observe {
                return Ok(findings);
            }
            let reads = match step {
                Step::Restart => {
                    self.restart().await;
                    if watch.observe { areas::everything(Model(&model)) } else { Vec::new() }
                }
                Step::Call(op) => {
                    let label = self.call(op, index, watch, false, &mut findings).await;
                    self.path.extend(label.map(|label| CallKind { method: op.method(), label }));
                    if !watch.observe || step.is_read() {
                        continue;
                    }
                    model::apply(op, &model);
                    areas::touched(op, Model(&model))
                }
            };
            for read in reads {
                self.call(&read, index + 1, watch, false, &mut findings).await;
            }
        }
        if watch.observe && !self.all_lost() {
            for read in areas::everything(Model(&model)) {
                self.call(&read, trace.steps.len(), watch, true, &mut findings).await;
            }
        }
        Ok(findings)
    }

    /// The calls made since the last time that this was asked, and how long the stores took, by store,
    /// the reference first.
    pub fn take_tallies(&mut self) -> Vec<(Coverage, Timing)> {
        let take = |column: &mut Column| {
            (std::mem::take(&mut column.coverage), std::mem::take(&mut column.timing))
        };
        self.stores.iter_mut().map(take).collect()
    }

    /// The kinds of the last trace's own calls on the reference, in order.
    pub fn take_path(&mut self) -> Vec<CallKind> {
        std::mem::take(&mut self.path)
    }

    fn all_lost(&self) -> bool {
        self.stores.len() > 1 && self.stores[1..].iter().all(|column| column.lost)
    }

    /// Closes all stores at once and opens them again.
    async fn restart(&mut self) {
        let limit = self.call_limit;
        let columns = self.stores.iter_mut().filter(|column| !column.lost);
        join_all(columns.map(|column| column.restart(limit))).await;
    }

    /// Makes one call on all stores at once and compares their outcomes; returns the kind of the reference's.
    async fn call(
        &mut self,
        op: &Op,
        steps_before: usize,
        watch: &Watch,
        at_the_end: bool,
        findings: &mut Vec<Finding>,
    ) -> Option<Label> {
        let outcomes = self.outcomes(op).await;
        let method = op.method();
        for (column, outcome) in self.stores.iter_mut().zip(&outcomes) {
            if let Some(outcome) = outcome {
                column.coverage.count(method, outcome.label());
            }
        }
        let (expected, subjects) = outcomes.split_first()?;
        let expected = expected.as_ref()?;
        if let Some(majority) = outvoting(expected, subjects) {
            let reference = &mut self.stores[0];
            if !watch.muted.contains(&(Arc::clone(&reference.name), method)) {
                let backend = Arc::clone(&reference.name);
                let difference = classify::at_first_sight(majority, expected);
                findings.push(Finding { backend, steps_before, call: op.clone(), difference });
            }
            self.stores[1..].iter_mut().for_each(|column| column.lost = true);
            return Some(expected.label());
        }
        for (column, actual) in self.stores.iter_mut().skip(1).zip(subjects) {
            let Some(actual) = actual else { continue };
            if actual.agrees_with(expected) {
                continue;
            }
            let reads = method.is_read();
            let difference = classify::at_first_sight(expected, actual);
            let muted = watch.muted.contains(&(Arc::clone(&column.name), method));
            let missing = difference.class == Class::Missing;
            // A read that is not there, or is known to be wrong, leaves the store on the path, and so does
            // a call that is not there where the reference refuses it.
            let goes_on = at_the_end || muted || missing;
            column.lost = !(reads && goes_on || missing && !expected.label().is_success());
            if !muted {
                let backend = Arc::clone(&column.name);
                findings.push(Finding { backend, steps_before, call: op.clone(), difference });
            }
        }
        Some(expected.label())
    }

    /// The outcome of the call on each store; none for those that are lost.
    async fn outcomes(&mut self, op: &Op) -> Vec<Option<Outcome>> {
        let limit = self.call_limit;
        // One after the other is faster than at once when there are two, and one never waits.
        if let [reference, subject] = &mut self.stores[..] {
            return vec![reference.outcome(op, limit).await, subject.outcome(op, limit).await];
        }
        join_all(self.stores.iter_mut().map(|column| column.outcome(op, limit))).await
    }
}

impl Column {
    async fn restart(&mut self, limit: Duration) {
        self.store = Arc::new(MemoryStore::new());
        // One that panics or does not end is not open afterwards, which the next call shows.
        let restart = AssertUnwindSafe(self.instance.restart()).catch_unwind();
        let restart = tokio::time::timeout(limit, restart);
        let _ = self.timing.restarts.on(restart).await;
        self.store = self.instance.store();
    }

    async fn outcome(&mut self, op: &Op, limit: Duration) -> Option<Outcome> {
        if self.lost {
            return None;
        }
        Some(self.timing.calls.on(outcome(op, &*self.store, limit)).await)
    }
}

/// The outcome on which the subjects agree against the reference, when the reference is off: it fails in a way
/// that the contract never allows, or there are several subjects and all of them agree.
fn outvoting<'a>(expected: &Outcome, subjects: &'a [Option<Outcome>]) -> Option<&'a Outcome> {
    let mut answers = subjects.iter().flatten();
    let first = answers.next()?;
    if first.agrees_with(expected) || first.label().is_failure() {
        return None;
    }
    let others: Vec<&Outcome> = answers.collect();
    let several = !others.is_empty() && others.iter().all(|other| other.agrees_with(first));
    (several || expected.label().is_failure()).then_some(first)
}
