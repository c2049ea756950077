//! Where two outcomes differ: a path for machines, a text for people.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::TextDiff;
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::contract::outcome::{Label, Outcome};

/// What sort of divergence it is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Class {
    /// The store answers `Unsupported`.
    Missing,
    /// An old schema: what was written does not come back, or the database refuses the call.
    Outdated,
    /// Any other difference.
    Divergent,
    /// The store panicked.
    Panic,
    /// The store did not answer in time.
    Hang,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.into())
    }
}

/// Fields that hold free-form maps. A path ends at them, so that what happens to stand in a map does
/// not make two divergences of one.
const FREE_FORM: &[&str] = &["properties", "storage_config"];

/// A difference between what was expected of a store and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What sort it is.
    pub class: Class,
    /// Where: a field's path, with `[]` for the items of a list, `[].length`, `[].order`, `$` for
    /// the whole; `LABEL->LABEL` when the outcomes are of different sorts; `LABEL` when it failed in
    /// a way that no contract allows.
    pub path: String,
    /// Whether a value, be it an empty one, became none.
    pub lost: bool,
    /// What was expected, as JSON, with fingerprints in place of secrets.
    pub expected: Value,
    /// What came.
    pub actual: Value,
}

impl Difference {
    /// The difference between two outcomes that do not agree.
    pub fn between(expected: &Outcome, actual: &Outcome) -> Self {
        let Found { class, path, lost } = classify(expected, actual);
        Self { class, path, lost, expected: expected.to_value(), actual: actual.to_value() }
    }

    /// Whether rows were expected, and none came.
    pub(crate) fn all_rows_gone(&self) -> bool {
        let (expected, actual) = (&self.expected["ok"], &self.actual["ok"]);
        match expected {
            Value::Array(rows) => !rows.is_empty() && actual.as_array().is_some_and(Vec::is_empty),
            Value::Object(_) => self.actual.get("ok").is_some_and(Value::is_null),
            _ => false,
        }
    }

    /// The difference for people: lines of JSON, `-` what was expected, `+` what came.
    pub fn to_text(&self) -> String {
        let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
        let (expected, actual) = (pretty(&self.expected), pretty(&self.actual));
        let diff = TextDiff::from_lines(&expected, &actual);
        let mut lines = diff.unified_diff();
        lines.context_radius(3).header("expected", "actual").missing_newline_hint(false);
        lines.to_string()
    }
}

/// Class, path and loss of a difference.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    class: Class,
    path: String,
    lost: bool,
}

impl Found {
    fn new(class: Class, path: impl Into<String>) -> Self {
        Self { class, path: path.into(), lost: false }
    }

    /// The same, seen from one level further out.
    fn below(mut self, prefix: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with(['[', '.']) { "" } else { "." };
        self.path = format!("{prefix}{dot}{}", self.path);
        self
    }
}

fn classify(expected: &Outcome, actual: &Outcome) -> Found {
    let label = || actual.label().to_string();
    match (expected, actual.label()) {
        (_, Label::Unsupported) => Found::new(Class::Missing, label()),
        (_, Label::Panic) => Found::new(Class::Panic, label()),
        (_, Label::Hang) => Found::new(Class::Hang, label()),
        (_, Label::Backend) => Found::new(Class::Outdated, label()),
        (Outcome::Reply(_), Label::Ok | Label::Empty) => {
            let (expected, actual) = (expected.to_value(), actual.to_value());
            let found = within(&expected["ok"], &actual["ok"]);
            if found.path.is_empty() { Found::new(found.class, "$") } else { found }
        }
        _ => {
            let path = format!("{}->{}", coarse(expected.label()), coarse(actual.label()));
            Found::new(Class::Divergent, path)
        }
    }
}

/// A label for a path: `ok` whether or not there is something in it.
fn coarse(label: Label) -> String {
    match label {
        Label::Empty => Label::Ok.to_string(),
        label => label.to_string(),
    }
}

/// The first difference between two values that differ.
fn within(expected: &Value, actual: &Value) -> Found {
    match (expected, actual) {
        (Value::Object(mine), Value::Object(theirs)) => {
            let mut keys = mine.keys().chain(theirs.keys());
            match keys.find(|key| mine.get(*key) != theirs.get(*key)) {
                Some(key) => field(key, mine.get(key), theirs.get(key)),
                None => Found::new(Class::Divergent, ""),
            }
        }
        (Value::Array(mine), Value::Array(theirs)) => items(mine, theirs).below("[]"),
        _ => Found::new(Class::Divergent, ""),
    }
}

fn field(key: &str, expected: Option<&Value>, actual: Option<&Value>) -> Found {
    let none = |value: Option<&Value>| value.is_none_or(Value::is_null);
    if !is_nothing(expected) && is_nothing(actual) {
        return Found { class: Class::Outdated, path: key.to_owned(), lost: true };
    }
    if !none(expected) && none(actual) {
        return Found { class: Class::Divergent, path: key.to_owned(), lost: true };
    }
    match (expected, actual) {
        (Some(expected), Some(actual)) if !FREE_FORM.contains(&key) => {
            within(expected, actual).below(key)
        }
        _ => Found::new(Class::Divergent, key),
    }
}

fn items(expected: &[Value], actual: &[Value]) -> Found {
    if expected.len() != actual.len() {
        return Found::new(Class::Divergent, ".length");
    }
    if expected.iter().all(|item| actual.contains(item)) {
        return Found::new(Class::Divergent, ".order");
    }
    match expected.iter().zip(actual).find(|(mine, theirs)| mine != theirs) {
        Some((expected, actual)) => within(expected, actual),
        None => Found::new(Class::Divergent, ""),
    }
}

pub(crate) fn is_nothing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_does_not_come_back_is_outdated() {
        let found =
            within(&json!([{"a": 1}, {"a": {"b": "x"}}]), &json!([{"a": 1}, {"a": {"b": null}}]));
        assert_eq!(found, Found { class: Class::Outdated, path: "[].a.b".into(), lost: true });
    }

    #[test]
    fn an_empty_value_that_becomes_none_is_divergent_and_lost() {
        let found = within(&json!({"a": ""}), &json!({"a": null}));
        assert_eq!(found, Found { class: Class::Divergent, path: "a".into(), lost: true });
    }

    #[test]
    fn a_list_that_is_only_in_another_order_says_so() {
        assert_eq!(within(&json!([1, 2]), &json!([2, 1])).path, "[].order");
        assert_eq!(within(&json!([1, 2]), &json!([2])).path, "[].length");
    }

    #[test]
    fn a_path_ends_at_a_free_form_map() {
        let found = within(&json!({"properties": {"k": "1"}}), &json!({"properties": {"k": "2"}}));
        assert_eq!(found.path, "properties");
    }
}
