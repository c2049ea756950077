//! How far the results of a history can be explained, and why no further.

use serde_json::Value;

use super::{brief, lanes};
use crate::compare::diff;
use crate::compare::linearize::Witness;
use crate::torture::Breach;
use crate::trace::history::{ClientCall, History};

/// How long an outcome may be that is shown within a sentence.
const MAX_INLINE: usize = 72;

/// How far the results of a history can be explained.
#[derive(Clone, Debug, Default)]
pub(super) struct Explanation {
    /// The longest order that explains the results of its calls, as indices of the history's calls.
    order: Vec<usize>,
    /// The calls that cannot follow, each with what the model answers instead.
    stuck: Vec<(usize, Value)>,
}

/// A call that cannot follow.
pub(super) struct StuckCall {
    /// What it answered and what the model answers instead.
    pub(super) says: String,
    /// The difference, when it is too long for a sentence.
    pub(super) difference: Option<String>,
}

impl From<&Breach> for Explanation {
    fn from(breach: &Breach) -> Self {
        Self { order: breach.order.clone(), stuck: breach.stuck.clone() }
    }
}

impl From<&Witness> for Explanation {
    fn from(witness: &Witness) -> Self {
        let stuck = witness.stuck.iter().map(|stuck| (stuck.call, stuck.expected.clone()));
        Self { order: witness.order.clone(), stuck: stuck.collect() }
    }
}

impl Explanation {
    /// Whether the call with that index cannot follow.
    pub(super) fn is_stuck(&self, index: usize) -> bool {
        self.stuck.iter().any(|(stuck, _)| *stuck == index)
    }

    /// A sentence about the longest order; `None` when the results can be explained.
    pub(super) fn order(&self, history: &History) -> Option<String> {
        if self.stuck.is_empty() {
            return None;
        }
        // Numbers that a file gives may name no call.
        let calls = self.order.iter().filter_map(|&index| Some((index, history.calls.get(index)?)));
        let shown = |(index, call): (usize, &ClientCall)| {
            let unknown = if call.label().is_none() { " (took effect)" } else { "" };
            format!("{}{unknown}", lanes::number(index))
        };
        let order: Vec<String> = calls.map(shown).collect();
        Some(match order.is_empty() {
            true => "No call explains its result as the first one.".to_owned(),
            false => format!("The longest order that explains results: {}.", order.join(", ")),
        })
    }

    /// The calls that cannot follow.
    pub(super) fn stuck(&self, history: &History) -> Vec<StuckCall> {
        let calls = self
            .stuck
            .iter()
            .filter_map(|(index, expected)| Some((*index, history.calls.get(*index)?, expected)));
        calls.map(|(index, call, expected)| stuck(index, call, expected)).collect()
    }

    /// All of it for people, with lines that a terminal can show; empty when the results can be explained.
    pub(super) fn to_text(&self, history: &History) -> String {
        let mut text = self.order(history).map_or_else(String::new, |order| order + "\n");
        for StuckCall { says, difference } in self.stuck(history) {
            text += &format!("{says}\n");
            for line in difference.iter().flat_map(|difference| difference.lines()) {
                text += &format!("    {}\n", super::terminal::shortened(&brief::line(line)));
            }
        }
        text
    }
}

fn stuck(index: usize, call: &ClientCall, expected: &Value) -> StuckCall {
    let number = lanes::number(index);
    let answered = call.result.as_ref().unwrap_or(&Value::Null);
    let [got, instead] = [brief::outcome(answered), brief::outcome(expected)];
    let fits = |text: &str| text.chars().count() <= MAX_INLINE;
    if fits(&got) && fits(&instead) && got != instead {
        let says =
            format!("{number} cannot follow: it got {got}, and the model answers {instead}.");
        return StuckCall { says, difference: None };
    }
    let says = format!(
        "{number} cannot follow: the model answers what is marked -, it got what is marked +."
    );
    StuckCall { says, difference: Some(diff::lines(expected, answered)) }
}
