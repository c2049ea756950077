//! Choosing calls, with an eye on what the model holds.
//!
//! [`case`] draws one trace. Each case is a *swarm* of its own: it switches some features and some
//! methods off, so that those left meet more often; or it is about one feature, to get far with it. A method is drawn first, then its arguments:
//! mostly such that the call hits what is there, sometimes such that it misses. When what a method
//! works on is not there at all, the method that makes it is mostly drawn instead, so that deep
//! states (a resolved, completed merge) are common.

mod address;
pub(crate) mod bias;
mod catalog;
pub mod entropy;
mod governance;
mod people;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use pangolin_store::*;
use strum::IntoEnumIterator;

use crate::contract::feature::Feature;
use crate::contract::model::{self, Known};
use crate::contract::op::{Effect, Method, Op};
use crate::generate::entropy::{Chooser, Entropy};
use crate::trace::Trace;
use crate::trace::step::Step;

/// How many steps a trace has.
pub const STEPS: std::ops::RangeInclusive<usize> = 50..=100;

/// What may be drawn.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The features whose methods are drawn; empty: all. What they need is created all the same.
    pub features: BTreeSet<Feature>,
    /// Methods that are not drawn at all.
    pub without: BTreeSet<Method>,
    /// How many times as often as by itself a method is drawn; those that are not here: once.
    pub favoured: BTreeMap<Method, usize>,
    /// What a case is made of.
    pub machine: Machine,
}

/// What a case is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Machine {
    /// Mostly the one, sometimes the other.
    #[default]
    Any,
    /// Several features, so that they meet.
    Mixed,
    /// One feature and, now and then, what it needs, so that it gets far.
    Focused(Feature),
}

impl Scope {
    /// Whether some method of the feature may be drawn.
    pub fn offers(&self, feature: Feature) -> bool {
        let named = self.features.is_empty() || self.features.contains(&feature);
        named && feature.methods().any(|method| !self.without.contains(&method))
    }

    /// How often a method is drawn beside the others.
    fn weight(&self, method: Method) -> usize {
        weight(method) * self.favoured.get(&method).copied().unwrap_or(1)
    }
}

/// Draws the trace of one case. It ends early where the source of choices runs out.
pub fn case(entropy: &mut dyn Entropy, scope: &Scope) -> Trace {
    let mut generator = Generator::new(entropy, scope);
    let steps = STEPS.start() + generator.choose.below(STEPS.end() - STEPS.start() + 1);
    let mut trace = Trace::default();
    while trace.steps.len() < steps && !generator.choose.has_run_out() {
        trace.steps.push(generator.step());
    }
    trace
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
        model::apply(&op, &self.model);
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
    let offered: Vec<Feature> = Feature::iter().filter(|feature| scope.offers(*feature)).collect();
    let focus = match scope.machine {
        Machine::Focused(feature) => Some(feature).filter(|feature| offered.contains(feature)),
        Machine::Any if choose.percent(25) => choose.pick(&offered).copied(),
        Machine::Any | Machine::Mixed => None,
    };
    let features = match focus {
        Some(feature) => vec![feature],
        None => {
            // A third is about a few, so that they meet often.
            let chance = if choose.below(3) == 0 { 15 } else { 50 };
            Some(choose.some_of(&offered, chance)).filter(|on| !on.is_empty()).unwrap_or(offered)
        }
    };
    let allowed = |method: &Method| !scope.without.contains(method);
    let methods: Vec<Method> =
        features.into_iter().flat_map(Feature::methods).filter(allowed).collect();
    let kept = choose.some_of(&methods, 85);
    let kept = if kept.is_empty() { methods } else { kept };
    // Once each, so that what a feature needs stays in the background.
    let needed = focus.into_iter().flat_map(|feature| feature.needs());
    let needed = needed.filter(|need| scope.offers(**need)).flat_map(|need| need.methods());
    let needed = needed.filter(|method| method.effect() != Effect::Read).filter(allowed);
    kept.into_iter()
        .flat_map(|method| std::iter::repeat_n(method, scope.weight(method)))
        .chain(needed)
        .collect()
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
