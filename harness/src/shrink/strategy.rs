//! Traces as values of a proptest strategy.

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::propose::Shrinker;
use crate::generate::{self, Scope};
use crate::trace::Trace;

/// A strategy whose values are traces of what `scope` allows.
pub fn traces(scope: Scope) -> Traces {
    Traces(scope)
}

/// See [`traces`].
#[derive(Clone, Debug)]
pub struct Traces(Scope);

impl Strategy for Traces {
    type Tree = TraceTree;
    type Value = Trace;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let trace = generate::case(runner.rng(), &self.0);
        Ok(TraceTree { shrinker: Shrinker::new(trace.clone()), current: trace })
    }
}

/// A trace and the smaller ones that it may become.
///
/// Proptest asks for a simpler value after a failure, and for a more
/// complicated one after a success.
#[derive(Clone, Debug)]
pub struct TraceTree {
    shrinker: Shrinker,
    current: Trace,
}

impl ValueTree for TraceTree {
    type Value = Trace;

    fn current(&self) -> Trace {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        if self.current != *self.shrinker.best() {
            self.shrinker.keep(None);
        }
        self.propose()
    }

    fn complicate(&mut self) -> bool {
        self.propose()
    }
}

impl TraceTree {
    fn propose(&mut self) -> bool {
        match self.shrinker.propose() {
            Some(proposal) => {
                self.current = proposal;
                true
            }
            None => {
                self.current = self.shrinker.best().clone();
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::{Config, TestError, TestRng};

    use super::*;
    use crate::contract::method::Method;

    fn calls(trace: &Trace) -> impl Iterator<Item = &crate::contract::op::Op> {
        trace.steps.iter().filter_map(crate::trace::step::Step::as_call)
    }

    #[test]
    fn proptest_shrinks_a_trace_to_the_steps_that_matter() {
        let config = Config { failure_persistence: None, ..Config::default() };
        let rng = TestRng::deterministic_rng(config.rng_algorithm);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let methods =
            |trace: &Trace| calls(trace).map(crate::contract::op::Op::method).collect::<Vec<_>>();
        let failure = runner.run(&traces(Scope::default()), |trace| {
            let methods = methods(&trace);
            let fails = methods.contains(&Method::CreateUser)
                && methods.iter().filter(|method| **method == Method::CreateTenant).count() > 1;
            if fails {
                return Err(proptest::test_runner::TestCaseError::fail("found"));
            }
            Ok(())
        });
        let Err(TestError::Fail(_, trace)) = failure else { panic!("some trace has all three") };
        assert_eq!(trace.steps.len(), 3, "{trace:?}");
    }
}
