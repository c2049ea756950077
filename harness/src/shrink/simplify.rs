//! Making the arguments of a trace's calls simpler.
//!
//! First, what the areas offer for their calls: branches, renames and commits replaced by what is plainer. Then
//! plain text in the place of nasty text, in all steps at once. Last, what is optional left out. Arguments are
//! simplified as JSON and parsed again, so that a proposal is always valid.

use std::collections::BTreeSet;

use pangolin_store::Timestamp;
use serde_json::Value;

use crate::contract::areas::{self, Simpler};
use crate::contract::op::Op;
use crate::trace::Trace;
use crate::trace::step::Step;

/// What nasty text is replaced by.
const PLAIN: &[&str] = &["", "a", "b", "c", "d", "e", "2026-01-01T00:00:00.000000Z"];

/// Traces with simpler arguments, the greatest simplifications first.
pub(super) fn simpler(trace: &Trace) -> Vec<Trace> {
    let values = trace.to_values();
    let mut proposals = offered_by_areas(trace, &values);
    proposals.extend(plainer_texts(&values));
    for (index, value) in values.iter().enumerate() {
        for smaller in smaller_values(value) {
            let Ok(step) = Step::from_value(smaller) else { continue };
            if step != trace.steps[index] {
                proposals.push(with_step(trace, index, step));
            }
        }
    }
    proposals
}

/// The steps but for those whose index is left out.
pub(super) fn without(trace: &Trace, left_out: impl Fn(usize) -> bool) -> Trace {
    let kept = trace.steps.iter().enumerate().filter(|(index, _)| !left_out(*index));
    kept.map(|(_, step)| step.clone()).collect()
}

fn with_step(trace: &Trace, index: usize, step: Step) -> Trace {
    let mut proposal = trace.clone();
    proposal.steps[index] = step;
    proposal
}

/// What the areas offer for their calls: calls left out first, then calls moved, then calls replaced.
fn offered_by_areas(trace: &Trace, values: &[Value]) -> Vec<Trace> {
    let (mut left_out, mut moved, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    for (index, step) in trace.steps.iter().enumerate() {
        for simpler in step.as_call().map(areas::simpler).unwrap_or_default() {
            match simpler {
                Simpler::Without { text, by, only_after } => {
                    left_out.extend(without_call(trace, values, index, (&text, &by), only_after));
                }
                Simpler::MakeAfter(made_after) => {
                    moved.extend(with_earlier_calls_after(trace, index, &*made_after));
                }
                Simpler::Replace(op) => replaced.push(with_step(trace, index, op.into())),
            }
        }
    }
    left_out.into_iter().chain(moved).chain(replaced).collect()
}

/// The steps without one, and with a text replaced in the others or in those after it.
fn without_call(
    trace: &Trace,
    values: &[Value],
    index: usize,
    (text, by): (&str, &str),
    only_after: bool,
) -> Option<Trace> {
    let after = with_text(&values[index + 1..], text, by)?;
    let before = match only_after {
        true => trace.steps[..index].iter().cloned().collect(),
        false => with_text(&values[..index], text, by)?,
    };
    Some(Trace { steps: before.steps.into_iter().chain(after.steps).collect() })
}

/// The steps with a call before one made after it instead, and without one of the steps after that.
fn with_earlier_calls_after(
    trace: &Trace,
    index: usize,
    made_after: &dyn Fn(&Op) -> Option<Op>,
) -> Vec<Trace> {
    let mut proposals = Vec::new();
    for (from, step) in trace.steps[..index].iter().enumerate() {
        let Some(made) = step.as_call().and_then(made_after) else { continue };
        let mut moved = trace.clone();
        moved.steps.remove(from);
        moved.steps.insert(index, made.into());
        let later = index + 1..moved.steps.len();
        proposals.extend(later.map(|other| without(&moved, |index| index == other)));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use strum::IntoEnumIterator;

    use super::*;
    use crate::contract::method::Method;
    use crate::contract::world::{NAMES, TEXTS};
    use crate::generate::{self, Scope, entropy};

    /// Simplifies a call by itself, as far as proposals go that are still calls of its method.
    fn simplest(op: &Op) -> Trace {
        let is_same = |trace: &Trace| {
            let calls: Vec<Method> =
                trace.steps.iter().filter_map(Step::as_call).map(Op::method).collect();
            calls == [op.method()]
        };
        let mut best: Trace = [op.clone()].into_iter().collect();
        while let Some(better) = simpler(&best).into_iter().find(is_same) {
            best = better;
        }
        best
    }

    #[test]
    fn no_call_of_any_method_keeps_a_nasty_text() {
        let mut left: BTreeMap<Method, usize> = Method::iter().map(|method| (method, 3)).collect();
        for case in 0..200 {
            let trace = generate::case(&mut entropy::of_case(1, case), &Scope::default());
            for op in trace.steps.iter().filter_map(Step::as_call) {
                match left.get_mut(&op.method()) {
                    Some(0) | None => continue,
                    Some(left) => *left -= 1,
                }
                let simplest = simplest(op);
                let mut texts = BTreeSet::new();
                simplest.to_values().iter().for_each(|value| collect_texts(value, &mut texts));
                let of_world = NAMES.iter().map(|name| name.as_str());
                let mut of_world = of_world.chain(TEXTS.iter().map(|text| text.as_str()));
                let nasty = of_world.find(|text| texts.contains(*text) && !PLAIN.contains(text));
                assert_eq!(nasty, None, "{simplest:?}");
            }
        }
        left.retain(|_, left| *left == 3);
        assert!(left.is_empty(), "never drawn: {left:?}");
    }
}
