//! Choosing calls, with an eye on what the model holds.
//!
//! [`case`] draws one trace. Each case is a *swarm* of its own: it switches some features and some
//! methods off, so that those left meet more often. A method is drawn first, then its arguments:
//! mostly such that the call hits what is there, sometimes such that it misses. When what a method
//! works on is not there at all, the method that makes it is mostly drawn instead, so that deep
//! states (a resolved, completed merge) are common.

mod address;
mod catalog;
mod governance;
mod people;
mod versions;

use std::collections::BTreeSet;

use pangolin_store::*;
use strum::IntoEnumIterator;

use crate::entropy::{Chooser, Entropy};
use crate::feature::Feature;
use crate::known::{self, Known};
use crate::op::{Effect, Method, Op};
use crate::step::Step;
use crate::trace::Trace;

/// How many steps a trace has.
pub const STEPS: std::ops::RangeInclusive<usize> = 50..=100;

/// What may be drawn.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The features whose methods are drawn; empty: all. What they need is created all the same.
    pub features: BTreeSet<Feature>,
    /// Methods that are not drawn at all.
    pub without: BTreeSet<Method>,
}

/// Draws the trace of one case.
pub fn case(entropy: &mut dyn Entropy, scope: &Scope) -> Trace {
    let mut generator = Generator::new(entropy, scope);
    let steps = STEPS.start() + generator.choose.below(STEPS.end() - STEPS.start() + 1);
    (0..steps).map(|_| generator.step()).collect()
}

/// One step in so many closes the stores and opens them again.
const RESTART_ONE_IN: usize = 200;

/// Draws the steps of one trace, one after the other.
pub struct Generator<'a> {
    choose: Chooser<'a>,
    model: MemoryStore,
    /// The methods of this case, each as often as it is likely.
    methods: Vec<Method>,
    without: &'a BTreeSet<Method>,
}

impl<'a> Generator<'a> {
    /// A generator with an empty model and a swarm of its own.
    pub fn new(entropy: &'a mut dyn Entropy, scope: &'a Scope) -> Self {
        let mut choose = Chooser(entropy);
        let methods = swarm(&mut choose, scope);
        Self { choose, model: MemoryStore::new(), methods, without: &scope.without }
    }

    /// Draws the next step and, if it is a call, applies it to the model.
    pub fn step(&mut self) -> Step {
        if self.choose.below(RESTART_ONE_IN) == RESTART_ONE_IN - 1 {
            return Step::Restart;
        }
        let method = self.method();
        let op = self.call(method);
        known::apply(&op, &self.model);
        op.into()
    }

    fn known(&self) -> Known<'_> {
        Known(&self.model)
    }

    /// Draws a method; mostly, what makes the thing that it works on, where there is none.
    fn method(&mut self) -> Method {
        let mut method = self.choose.pick(&self.methods).copied().unwrap_or(Method::ListTenants);
        while let Some(first) = self.prerequisite(method) {
            if self.without.contains(&first) || self.choose.percent(10) {
                break;
            }
            method = first;
        }
        method
    }

    /// The method to call before `method`, when nothing is there that it could work on.
    fn prerequisite(&self, method: Method) -> Option<Method> {
        self.catalog_prerequisite(method)
            .or_else(|| self.versions_prerequisite(method))
            .or_else(|| self.people_prerequisite(method))
            .or_else(|| self.governance_prerequisite(method))
    }

    fn call(&mut self, method: Method) -> Op {
        match method.feature() {
            Feature::Tenants
            | Feature::Warehouses
            | Feature::Catalogs
            | Feature::Namespaces
            | Feature::Assets => self.catalog_call(method),
            Feature::Branches | Feature::Tags | Feature::Commits | Feature::Merges => {
                self.versions_call(method)
            }
            Feature::Users
            | Feature::Roles
            | Feature::Permissions
            | Feature::ServiceUsers
            | Feature::Tokens => self.people_call(method),
            Feature::Settings
            | Feature::Audit
            | Feature::BusinessMetadata
            | Feature::Search
            | Feature::AccessRequests
            | Feature::Federation => self.governance_call(method),
        }
    }
}

/// The methods of one case, each as often as it is likely.
fn swarm(choose: &mut Chooser<'_>, scope: &Scope) -> Vec<Method> {
    let offered: Vec<Feature> = Feature::iter()
        .filter(|feature| scope.features.is_empty() || scope.features.contains(feature))
        .collect();
    // A quarter of the cases is about one feature alone, so that it gets far, a quarter about a few.
    let on = match choose.below(4) {
        0 => choose.pick(&offered).copied().into_iter().collect(),
        1 => choose.some_of(&offered, 15),
        _ => choose.some_of(&offered, 50),
    };
    let features = if on.is_empty() { offered } else { on };
    let methods: Vec<Method> = features
        .into_iter()
        .flat_map(Feature::methods)
        .filter(|method| !scope.without.contains(method))
        .collect();
    let kept = choose.some_of(&methods, 85);
    let kept = if kept.is_empty() { methods } else { kept };
    kept.into_iter().flat_map(|method| std::iter::repeat_n(method, weight(method))).collect()
}

/// How likely a method is beside the others: what makes state is drawn more often than what looks at
/// it, and what takes much of it away more rarely.
fn weight(method: Method) -> usize {
    match method {
        Method::DeleteTenant => 1,
        Method::DeleteCatalog => 2,
        Method::CompleteMerge | Method::ResolveConflict | Method::Commit | Method::StoreToken => 6,
        _ => match method.effect() {
            Effect::Read => 2,
            Effect::Change => 3,
            Effect::Create => 4,
        },
    }
}
