//! Drawing traces, with an eye on what the model holds.
//!
//! [`case`] draws one trace. A method is drawn from those of the case's swarm, then its arguments: mostly such
//! that the call hits what exists, sometimes such that it misses. When what a method works on does not exist
//! at all, the method that makes it is mostly drawn instead, so that deep states (a resolved, completed merge)
//! are common. How a method's call is drawn, and what it needs first, is in its area's file in
//! `contract/areas/`.

pub(crate) mod bias;
pub mod contention;
pub mod entropy;
mod scene;
mod scope;
mod swarm;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use pangolin_store::MemoryStore;

use crate::contract::areas;
use crate::contract::choice::{Chooser, Entropy};
use crate::contract::draw::Draw;
use crate::contract::method::Method;
use crate::contract::model::{self, Model};
use crate::trace::Trace;
use crate::trace::step::Step;
pub use scope::{CaseKind, Scope};

/// How many steps a trace has.
pub const STEPS: RangeInclusive<usize> = 50..=100;

/// One step in so many closes the stores and opens them again.
const RESTART_ONE_IN: usize = 200;

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
        let methods = swarm::methods(&mut choose, scope);
        Self { choose, model: MemoryStore::new(), methods, without: &scope.without }
    }

    /// Draws the next step and, if it is a call, makes it on the model.
    pub fn step(&mut self) -> Step {
        if self.choose.below(RESTART_ONE_IN) == RESTART_ONE_IN - 1 {
            return Step::Restart;
        }
        let method = self.method();
        let choose = Chooser(&mut *self.choose.0);
        let op = areas::draw(method, &mut Draw { choose, model: Model(&self.model) });
        model::apply(&op, &self.model);
        op.into()
    }

    /// Draws a method; mostly, what makes the thing that it works on, where none exists.
    fn method(&mut self) -> Method {
        let mut method = self.choose.pick(&self.methods).copied().unwrap_or(Method::ListTenants);
        while let Some(first) = areas::prerequisite(method, Model(&self.model)) {
            if self.without.contains(&first) || self.choose.percent(10) {
                break;
            }
            method = first;
        }
        method
    }
}
