//! The class of a divergence, and the call that is blamed for it: decided here, in three steps.
//!
//! 1. At first sight, from the two outcomes ([`at_first_sight`]):
//!
//!    | the store | class |
//!    | --- | --- |
//!    | answers `Unsupported` | missing |
//!    | panics | panic |
//!    | does not answer in time | hang |
//!    | fails with `Backend` | outdated |
//!    | answers nothing, or an empty value, for a field that has a value | outdated |
//!    | differs in any other way | divergent |
//!
//! 2. On the shrunk trace ([`on_shrunk_trace`]):
//!
//!    | what is seen | class |
//!    | --- | --- |
//!    | a read fails with `Backend`, and the trace has other calls: it cannot decode what they wrote | divergent |
//!    | a read fails with `Backend` on an empty store: it has no table to read from | outdated, as before |
//!    | a field has lost a value that the last write does not give: it was there before | divergent |
//!
//!    Here the blame is decided, too. A read shows a fault that may lie in the call before it. When that call is
//!    felt in other features (it deleted a branch and left its assets), it is blamed, with the path `state`. But
//!    a read that fails is blamed itself, and so is one that shows rows which should have gone with an asset,
//!    whatever call took that. For what a restart has lost, the read is blamed.
//!
//! 3. Over the campaign ([`Hindsight`]), of what is divergent until then:
//!
//!    | what is seen | class |
//!    | --- | --- |
//!    | a value, be it an empty one, became none in a field that is outdated elsewhere | outdated |
//!    | no rows are answered, and no read of such rows ever found one | outdated |

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use strum::IntoEnumIterator;

use super::coverage::Coverage;
use super::diff::{Difference, Loss, Place, first_difference, is_nothing};
use super::signature::Signature;
use crate::contract::areas;
use crate::contract::class::Class;
use crate::contract::feature::Feature;
use crate::contract::label::Label;
use crate::contract::method::Method;
use crate::contract::op::Op;
use crate::contract::outcome::Outcome;
use crate::trace::Trace;
use crate::trace::step::Step;

/// The difference between two outcomes that do not agree, classed by them alone.
pub(crate) fn at_first_sight(expected: &Outcome, actual: &Outcome) -> Difference {
    let (class, Place { path, loss }) = match (expected, actual.label()) {
        (_, Label::Unsupported) => (Class::Missing, of_labels(actual.label().to_string())),
        (_, Label::Panic) => (Class::Panic, of_labels(actual.label().to_string())),
        (_, Label::Hang) => (Class::Hang, of_labels(actual.label().to_string())),
        (_, Label::Backend) => (Class::Outdated, of_labels(actual.label().to_string())),
        (Outcome::Reply(_), Label::Ok | Label::Empty) => of_answers(expected, actual),
        _ => {
            let [expected, actual] = [expected, actual].map(|outcome| or_ok(outcome.label()));
            (Class::Divergent, of_labels(format!("{expected}->{actual}")))
        }
    };
    let (expected, actual) = (expected.to_value(), actual.to_value());
    Difference { class, path, lost: loss != Loss::Nothing, expected, actual }
}

fn of_labels(path: String) -> Place {
    Place { path, loss: Loss::Nothing }
}

fn of_answers(expected: &Outcome, actual: &Outcome) -> (Class, Place) {
    let (expected, actual) = (expected.to_value(), actual.to_value());
    let mut place = first_difference(&expected["ok"], &actual["ok"]);
    if place.path.is_empty() {
        place.path = "$".to_owned();
    }
    let class = if place.loss == Loss::Value { Class::Outdated } else { Class::Divergent };
    (class, place)
}

/// A label for a path: `ok`, empty or not.
fn or_ok(label: Label) -> Label {
    match label {
        Label::Empty => Label::Ok,
        label => label,
    }
}

/// The signature of a divergence that looks like `sight` at first sight, and that `trace`, shrunk, ends with.
pub(crate) fn on_shrunk_trace(sight: &Signature, trace: &Trace) -> Signature {
    let is_read = sight.method.is_read();
    let is_refused = sight.path == "backend";
    let class = match sight.class {
        Class::Outdated if is_refused && is_read && trace.steps.len() > 1 => Class::Divergent,
        Class::Outdated if !is_refused && !last_write_gives(trace, &sight.path) => Class::Divergent,
        class => class,
    };
    let write =
        if is_read && !is_refused && class == Class::Divergent { last_change(trace) } else { None };
    match write.filter(|&write| is_blamed(write, sight.method.feature())) {
        None => Signature { class, ..sight.clone() },
        Some(write) => Signature {
            backend: sight.backend.clone(),
            feature: write.feature(),
            method: write,
            class,
            path: Signature::STATE.to_owned(),
        },
    }
}

/// The method of the last step before the last one that is no read, if that is a call.
fn last_change(trace: &Trace) -> Option<Method> {
    let step = trace.steps.iter().rev().skip(1).find(|step| !step.is_read());
    step.and_then(Step::as_call).map(Op::method)
}

/// Whether a write is blamed for what a read of a feature shows after it.
fn is_blamed(write: Method, read: Feature) -> bool {
    let went_with_asset = areas::rows_go_with_asset(read) && write.feature() != Feature::Tenants;
    write.feature() != read && areas::is_felt_elsewhere(write) && !went_with_asset
}

/// Whether the last write of `trace` has a value for the field that `path` ends with.
fn last_write_gives(trace: &Trace, path: &str) -> bool {
    let mut calls = trace.steps.iter().rev().filter_map(Step::as_call);
    let write = calls.find(|op| !op.method().is_read());
    write.and_then(|op| serde_json::to_value(op).ok()).is_some_and(|write| gives(&write, path))
}

fn gives(value: &Value, path: &str) -> bool {
    let is_end = |key: &str| {
        let rest = path.strip_suffix(key);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .any(|(key, field)| (is_end(key) && !is_nothing(Some(field))) || gives(field, path)),
        Value::Array(items) => items.iter().any(|item| gives(item, path)),
        _ => false,
    }
}

/// What a whole campaign has seen that decides about classes.
pub(crate) struct Hindsight<'a> {
    outdated: BTreeSet<Field<'a>>,
    coverage: BTreeMap<&'a str, &'a Coverage>,
}

/// A field of a feature on a store.
type Field<'a> = (&'a str, Feature, &'a str);

impl<'a> Hindsight<'a> {
    /// From the signatures of all divergences, and the calls that were made on each store.
    pub(crate) fn new(
        signatures: impl IntoIterator<Item = &'a Signature>,
        coverage: impl IntoIterator<Item = (&'a str, &'a Coverage)>,
    ) -> Self {
        let outdated = signatures
            .into_iter()
            .filter(|signature| signature.class == Class::Outdated)
            .map(field)
            .collect();
        Self { outdated, coverage: coverage.into_iter().collect() }
    }

    /// The class of a divergence that `trace` ends with.
    pub(crate) fn class(
        &self,
        signature: &Signature,
        difference: &Difference,
        trace: &Trace,
    ) -> Class {
        let column_is_missing = difference.lost && self.outdated.contains(&field(signature));
        let is_outdated = column_is_missing || self.table_is_missing(signature, difference, trace);
        match signature.class {
            Class::Divergent if is_outdated => Class::Outdated,
            class => class,
        }
    }

    /// Whether the expected rows were not answered, and no other of their type was in the whole campaign.
    fn table_is_missing(
        &self,
        signature: &Signature,
        difference: &Difference,
        trace: &Trace,
    ) -> bool {
        let read = trace.steps.last().and_then(Step::as_call).map(Op::method);
        let (Some(read), Some(coverage)) = (read, self.coverage.get(&*signature.backend)) else {
            return false;
        };
        difference.all_rows_gone() && has_rows(read.feature()) && !ever_answered(read, coverage)
    }
}

fn field(signature: &Signature) -> Field<'_> {
    let name = signature.path.rsplit('.').next().unwrap_or_default();
    (&signature.backend, signature.feature, name)
}

/// Whether a feature has rows of its own, and does not only show those of others.
fn has_rows(feature: Feature) -> bool {
    feature.methods().any(|method| !method.is_read())
}

/// Whether any read of rows of the type that `read` answers ever found some.
fn ever_answered(read: Method, coverage: &Coverage) -> bool {
    Method::iter()
        .filter(|method| method.is_read() && method.row_type() == read.row_type())
        .any(|method| coverage.outcomes(method).any(|(label, _)| label == Label::Ok))
}
