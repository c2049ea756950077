//! What makes two divergences the same one.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::diff::{Class, Difference};
use crate::feature::Feature;
use crate::op::{Effect, Method, Op};
use crate::step::Step;
use crate::trace::Trace;

/// A call on which a store and the reference did not agree.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The store that is off.
    pub backend: Arc<str>,
    /// How many steps of the trace were made before the call.
    pub steps_before: usize,
    /// The call: a step of the trace, or a read that looked at what the steps had made.
    pub call: Op,
    /// What differs.
    pub difference: Difference,
}

impl Finding {
    /// What the shrinker holds fast.
    pub fn symptom(&self) -> Symptom {
        Symptom {
            backend: Arc::clone(&self.backend),
            method: self.call.method(),
            class: self.difference.class,
            path: self.difference.path.clone(),
        }
    }

    /// The steps up to the call, and the call.
    pub fn trace(&self, trace: &Trace) -> Trace {
        let before = trace.steps.iter().take(self.steps_before);
        before.cloned().chain([self.call.clone().into()]).collect()
    }
}

/// Which call of a store differed, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symptom {
    /// The store that is off.
    pub backend: Arc<str>,
    /// What was called.
    pub method: Method,
    /// How it differs.
    pub class: Class,
    /// Where it differs.
    pub path: String,
}

/// A divergence: which store, which method of which feature, how, where. Written
/// `sqlite/service_users/get_service_user/outdated/description`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    /// The store that is off.
    pub backend: Arc<str>,
    /// The feature area that is to blame.
    pub feature: Feature,
    /// The method that is to blame.
    pub method: Method,
    /// How it differs.
    pub class: Class,
    /// Where it differs; [`Signature::STATE`] when it is not in what `method` answers, but in what
    /// it leaves behind.
    pub path: String,
}

impl Signature {
    /// The path of a divergence that any number of reads may show.
    pub const STATE: &str = "state";

    /// The signature of a symptom that `trace`, shrunk, ends with.
    ///
    /// A read shows a fault that may lie in the call before it: when that one changed something of
    /// another feature (deleted a branch and left its assets), it is to blame. What a restart has lost,
    /// the read is to blame for.
    ///
    /// A read that the database refuses even on an empty store has no table to read from: it is
    /// outdated. One that is refused for what another call wrote cannot decode it: it is divergent.
    pub fn of(symptom: &Symptom, trace: &Trace) -> Self {
        let Symptom { backend, method, mut class, path } = symptom.clone();
        let reads = method.effect() == Effect::Read;
        if reads && path == "backend" && trace.steps.len() > 1 {
            class = Class::Divergent;
        }
        let before = trace.steps.iter().rev().skip(1).find(|step| !step.is_read());
        let before = before.and_then(Step::as_call).map(Op::method);
        let culprit = before.filter(|before| {
            reads
                && class == Class::Divergent
                && before.effect() == Effect::Change
                && before.feature() != method.feature()
        });
        match culprit {
            None => Self { backend, feature: method.feature(), method, class, path },
            Some(culprit) => Self {
                backend,
                feature: culprit.feature(),
                method: culprit,
                class,
                path: Self::STATE.to_owned(),
            },
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, feature, method, class, path } = self;
        write!(f, "{backend}/{feature}/{method}/{class}/{path}")
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
