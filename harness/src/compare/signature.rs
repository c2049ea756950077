//! What makes two divergences the same one.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compare::diff::{Class, Difference, is_nothing};
use crate::contract::feature::Feature;
use crate::contract::op::{Effect, Method, Op};
use crate::trace::Trace;
use crate::trace::step::Step;

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

/// Which call of a store differed, and how. Written `sqlite/get_service_user/outdated/description`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
    /// another feature (deleted a branch and left its assets), it is to blame. But a read that fails is
    /// to blame itself, and so is one that shows what should have gone with an asset, whatever took
    /// that. What a restart has lost, the read is to blame for.
    ///
    /// A read that the database refuses even on an empty store has no table to read from: it is
    /// outdated. One that is refused for what another call wrote cannot decode it: it is divergent. So
    /// is one that lost a field which the last write does not give: it was there before.
    pub fn of(symptom: &Symptom, trace: &Trace) -> Self {
        let Symptom { backend, method, mut class, path } = symptom.clone();
        let reads = method.effect() == Effect::Read;
        let refused = path == "backend";
        if refused && reads && trace.steps.len() > 1 {
            class = Class::Divergent;
        }
        if !refused && class == Class::Outdated && !last_write_gives(trace, &path) {
            class = Class::Divergent;
        }
        let before = trace.steps.iter().rev().skip(1).find(|step| !step.is_read());
        let before = before.and_then(Step::as_call).map(Op::method);
        let culprit = before.filter(|&before| {
            reads
                && !refused
                && class == Class::Divergent
                && before.feature() != method.feature()
                && changes_other_features(before)
                && !goes_with_assets(method.feature(), before.feature())
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

/// Whether a call changes what other features show. A branch that is created brings its assets along.
fn changes_other_features(method: Method) -> bool {
    method.effect() == Effect::Change || method == Method::CreateBranch
}

/// Whether it is the rule of `feature` that its rows go with their asset, when a call on `taker` takes
/// that.
fn goes_with_assets(feature: Feature, taker: Feature) -> bool {
    matches!(feature, Feature::BusinessMetadata | Feature::AccessRequests)
        && taker != Feature::Tenants
}

/// Whether the last write of `trace` has a value for the field that `path` ends with.
fn last_write_gives(trace: &Trace, path: &str) -> bool {
    let calls = trace.steps.iter().rev().filter_map(Step::as_call);
    let mut writes = calls.filter(|op| op.method().effect() != Effect::Read);
    let write = writes.next().and_then(|op| serde_json::to_value(op).ok());
    write.is_some_and(|write| gives(&write, path))
}

fn gives(value: &Value, path: &str) -> bool {
    let ends = |key: &str| {
        let rest = path.strip_suffix(key);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .any(|(key, field)| (ends(key) && !is_nothing(Some(field))) || gives(field, path)),
        Value::Array(items) => items.iter().any(|item| gives(item, path)),
        _ => false,
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, feature, method, class, path } = self;
        write!(f, "{backend}/{feature}/{method}/{class}/{path}")
    }
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, method, class, path } = self;
        write!(f, "{backend}/{method}/{class}/{path}")
    }
}

/// Text that names no divergence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no divergence; write BACKEND/FEATURE/METHOD/CLASS/PATH")]
pub struct NoSignature(String);

impl FromStr for Signature {
    type Err = NoSignature;

    fn from_str(text: &str) -> Result<Self, NoSignature> {
        let parse = || {
            let (backend, rest) = text.split_once('/')?;
            let (feature, rest) = rest.split_once('/')?;
            let Symptom { backend, method, class, path } = symptom(backend, rest)?;
            Some(Self { backend, feature: feature.parse().ok()?, method, class, path })
        };
        parse().ok_or_else(|| NoSignature(text.to_owned()))
    }
}

/// Text that names no symptom.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no symptom; write BACKEND/METHOD/CLASS/PATH")]
pub struct NoSymptom(String);

impl FromStr for Symptom {
    type Err = NoSymptom;

    fn from_str(text: &str) -> Result<Self, NoSymptom> {
        let parts = text.split_once('/');
        let symptom = parts.and_then(|(backend, rest)| symptom(backend, rest));
        symptom.ok_or_else(|| NoSymptom(text.to_owned()))
    }
}

/// The symptom of a store whose method, class and path are written like that.
fn symptom(backend: &str, rest: &str) -> Option<Symptom> {
    let mut parts = rest.splitn(3, '/');
    Some(Symptom {
        backend: backend.into(),
        method: parts.next()?.parse().ok()?,
        class: parts.next()?.parse().ok()?,
        path: parts.next()?.to_owned(),
    })
}

macro_rules! as_text {
    ($named:ident, $error:ident) => {
        impl From<$named> for String {
            fn from(named: $named) -> Self {
                named.to_string()
            }
        }

        impl TryFrom<String> for $named {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }
    };
}

as_text!(Signature, NoSignature);
as_text!(Symptom, NoSymptom);
