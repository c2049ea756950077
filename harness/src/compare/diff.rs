//! Where two outcomes differ: a path for machines, a text for people.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::TextDiff;

use crate::contract::class::Class;

/// Fields that hold free-form maps. A path ends at them, so that what happens to stand in a map does
/// not make two divergences of one.
const FREE_FORM: &[&str] = &["properties", "storage_config"];

/// A difference between what was expected of a store and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its class at first sight.
    pub class: Class,
    /// Where: a field's path, with `[]` for the items of a list, `[].length`, `[].order`, `$` for
    /// the whole; `LABEL->LABEL` when the outcomes are of different kinds; `LABEL` when the store failed
    /// in a way that the contract never allows.
    pub path: String,
    /// Whether a value, be it an empty one, became none.
    pub lost: bool,
    /// What was expected, as JSON, with fingerprints in place of secrets.
    pub expected: Value,
    /// What the store answered.
    pub actual: Value,
}

impl Difference {
    /// Whether rows were expected, and none were answered.
    pub(crate) fn all_rows_gone(&self) -> bool {
        let (expected, actual) = (&self.expected["ok"], &self.actual["ok"]);
        match expected {
            Value::Array(rows) => !rows.is_empty() && actual.as_array().is_some_and(Vec::is_empty),
            Value::Object(_) => self.actual.get("ok").is_some_and(Value::is_null),
            _ => false,
        }
    }

    /// The difference for people: lines of JSON, `-` what was expected, `+` what the store answered.
    pub fn to_text(&self) -> String {
        lines(&self.expected, &self.actual)
    }
}

/// Two values for people, as a difference of their lines of JSON: `-` what was expected, `+` what there is.
pub(crate) fn lines(expected: &Value, actual: &Value) -> String {
    let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
    let (expected, actual) = (pretty(expected), pretty(actual));
    let diff = TextDiff::from_lines(&expected, &actual);
    let mut lines = diff.unified_diff();
    lines.context_radius(3).header("expected", "actual").missing_newline_hint(false);
    lines.to_string()
}

/// Where two values differ first, and whether something is lost there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) loss: Loss,
}

/// What is lost at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Nothing: there is another value.
    Nothing,
    /// An empty value: there is none.
    Empty,
    /// A value: there is none, or an empty one.
    Value,
}

impl Place {
    fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), loss: Loss::Nothing }
    }

    /// The same place, seen from one level further out.
    fn below(mut self, prefix: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with(['[', '.']) { "" } else { "." };
        self.path = format!("{prefix}{dot}{}", self.path);
        self
    }
}

/// Where two values that differ do so first; the path is empty for the whole.
pub(super) fn first_difference(expected: &Value, actual: &Value) -> Place {
    match (expected, actual) {
        (Value::Object(mine), Value::Object(theirs)) => {
            let mut keys = mine.keys().chain(theirs.keys());
            match keys.find(|key| mine.get(*key) != theirs.get(*key)) {
                Some(key) => field(key, mine.get(key), theirs.get(key)),
                None => Place::new(""),
            }
        }
        (Value::Array(mine), Value::Array(theirs)) => items(mine, theirs).below("[]"),
        _ => Place::new(""),
    }
}

fn field(key: &str, expected: Option<&Value>, actual: Option<&Value>) -> Place {
    let is_none = |value: Option<&Value>| value.is_none_or(Value::is_null);
    if !is_nothing(expected) && is_nothing(actual) {
        return Place { path: key.to_owned(), loss: Loss::Value };
    }
    if !is_none(expected) && is_none(actual) {
        return Place { path: key.to_owned(), loss: Loss::Empty };
    }
    match (expected, actual) {
        (Some(expected), Some(actual)) if !FREE_FORM.contains(&key) => {
            first_difference(expected, actual).below(key)
        }
        _ => Place::new(key),
    }
}

fn items(expected: &[Value], actual: &[Value]) -> Place {
    if expected.len() != actual.len() {
        return Place::new(".length");
    }
    if expected.iter().all(|item| actual.contains(item)) {
        return Place::new(".order");
    }
    match expected.iter().zip(actual).find(|(mine, theirs)| mine != theirs) {
        Some((expected, actual)) => first_difference(expected, actual),
        None => Place::new(""),
    }
}

/// Whether there is no value, or an empty one.
pub(super) fn is_nothing(value: Option<&Value>) -> bool {
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
    fn a_value_that_does_not_come_back_is_lost() {
        let place = first_difference(
            &json!([{"a": 1}, {"a": {"b": "x"}}]),
            &json!([{"a": 1}, {"a": {"b": null}}]),
        );
        assert_eq!(place, Place { path: "[].a.b".into(), loss: Loss::Value });
    }

    #[test]
    fn an_empty_value_that_becomes_none_is_lost_as_such() {
        let place = first_difference(&json!({"a": ""}), &json!({"a": null}));
        assert_eq!(place, Place { path: "a".into(), loss: Loss::Empty });
    }

    #[test]
    fn a_list_that_is_only_in_another_order_says_so() {
        assert_eq!(first_difference(&json!([1, 2]), &json!([2, 1])).path, "[].order");
        assert_eq!(first_difference(&json!([1, 2]), &json!([2])).path, "[].length");
    }

    #[test]
    fn a_path_ends_at_a_free_form_map() {
        let place = first_difference(
            &json!({"properties": {"k": "1"}}),
            &json!({"properties": {"k": "2"}}),
        );
        assert_eq!(place.path, "properties");
    }
}
