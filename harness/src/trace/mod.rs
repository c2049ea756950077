//! Traces: concrete steps, one JSON object a line.
//!
//! A trace is all that is needed to replay what happened; no seed is needed. Empty lines and lines that
//! begin with `#` are for people. A [`Trace`] is what is generated, shrunk, saved, replayed and
//! benchmarked.

pub mod history;
pub mod regressions;
pub mod step;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::trace::step::Step;

/// A sequence of steps, to be made on an empty store.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// A line of a trace that is not a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ParseTraceError {
    /// Its number; the first is 1.
    pub line: usize,
    /// What is wrong with it, with the path of the field.
    pub reason: String,
}

impl Trace {
    /// Reads a trace.
    ///
    /// # Errors
    /// [`ParseTraceError`] names the first line that is not a step.
    pub fn parse(text: &str) -> Result<Self, ParseTraceError> {
        let mut steps = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let step = json(line)
                .and_then(Step::from_value)
                .map_err(|reason| ParseTraceError { line: index + 1, reason })?;
            steps.push(step);
        }
        Ok(Self { steps })
    }

    /// How many of the steps are calls.
    pub fn calls(&self) -> u64 {
        self.steps.iter().filter(|step| step.as_call().is_some()).count() as u64
    }

    /// Whether it has fewer steps than `other`, or is shorter as text.
    pub(crate) fn is_simpler_than(&self, other: &Self) -> bool {
        let key = |trace: &Self| (trace.steps.len(), trace.to_lines());
        let ((steps, text), (other_steps, other_text)) = (key(self), key(other));
        (steps, text.len(), text) < (other_steps, other_text.len(), other_text)
    }

    /// The steps as JSON values.
    pub(crate) fn to_values(&self) -> Vec<Value> {
        self.steps.iter().map(Step::to_value).collect()
    }

    /// The trace as text: a line a step, each ended by a line feed.
    pub fn to_lines(&self) -> String {
        let line = |step| serde_json::to_string(step).expect("a step has string keys only") + "\n";
        self.steps.iter().map(line).collect()
    }
}

/// A line as JSON.
fn json(line: &str) -> Result<Value, String> {
    serde_json::from_str(line).map_err(|error| {
        let (column, said) = (error.column(), error.to_string());
        let place = format!(" at line 1 column {column}");
        format!("column {column}: {}", said.trim_end_matches(&place))
    })
}

/// What a line means; what is wrong with it begins with the path of the field.
fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        if path == "." { reason.to_string() } else { format!("{path}: {reason}") }
    })
}

/// As a list of steps.
impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.steps)
    }
}

impl<'de> Deserialize<'de> for Trace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let steps = Vec::<Value>::deserialize(deserializer)?.into_iter().map(Step::from_value);
        let steps = steps.collect::<Result<_, _>>().map_err(serde::de::Error::custom)?;
        Ok(Self { steps })
    }
}

impl<S: Into<Step>> FromIterator<S> for Trace {
    fn from_iter<I: IntoIterator<Item = S>>(steps: I) -> Self {
        Self { steps: steps.into_iter().map(Into::into).collect() }
    }
}

/// As text, so that a failing property test prints what can be replayed.
impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.to_lines())
    }
}
