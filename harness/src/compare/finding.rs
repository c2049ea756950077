//! Findings: where a run of a trace showed a divergence.

use std::sync::Arc;

use super::classify;
use super::diff::Difference;
use super::signature::Signature;
use crate::contract::op::Op;
use crate::trace::Trace;

/// A call on which a store and the reference did not agree.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The store that is off.
    pub backend: Arc<str>,
    /// How many steps of the trace were made before the call.
    pub steps_before: usize,
    /// The call: a step of the trace, or a read that looked at the state that the steps left.
    pub call: Op,
    /// What differs.
    pub difference: Difference,
}

impl Finding {
    /// Its signature at first sight, which blames the call itself.
    pub fn signature(&self) -> Signature {
        let method = self.call.method();
        Signature {
            backend: Arc::clone(&self.backend),
            feature: method.feature(),
            method,
            class: self.difference.class,
            path: self.difference.path.clone(),
        }
    }

    /// Its signature in the light of the trace that it ends, which may blame a call before it.
    pub fn signature_on(&self, trace: &Trace) -> Signature {
        classify::on_shrunk_trace(&self.signature(), trace)
    }

    /// The steps up to the call, and the call.
    pub fn trace(&self, trace: &Trace) -> Trace {
        let before = trace.steps.iter().take(self.steps_before);
        before.cloned().chain([self.call.clone().into()]).collect()
    }
}
