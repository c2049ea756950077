//! Where two outcomes differ: a path for machines, a text for people.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use similar::TextDiff;
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::outcome::{Label, Outcome};

/// What sort of divergence it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, EnumString, IntoStaticStr,
    Serialize, Deserialize,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What sort it is.
    pub class: Class,
    /// Where: a field's path, with `[]` for the items of a list, `[].length`, `[].order`, `$` for
    /// the whole; `LABEL->LABEL` when the outcomes are of different sorts; `LABEL` when it failed in
    /// a way that no contract allows.
    pub path: String,
    /// What was expected, as JSON, with fingerprints in place of secrets.
    pub expected: Value,
    /// What came.
    pub actual: Value,
}

impl Difference {
    /// The difference between two outcomes that do not agree.
    pub fn between(expected: &Outcome, actual: &Outcome) -> Self {
        let (class, path) = classify(expected, actual);
        Self { class, path, expected: expected.to_value(), actual: actual.to_value() }
    }

    /// The difference for people: lines of JSON, `-` what was expected, `+` what came.
    pub fn to_text(&self) -> String {
        let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
        let (expected, actual) = (pretty(&self.expected), pretty(&self.actual));
        let diff = TextDiff::from_lines(&expected, &actual);
        diff.unified_diff().context_radius(3).header("expected", "actual").to_string()
    }
}

fn classify(expected: &Outcome, actual: &Outcome) -> (Class, String) {
    let label = || actual.label().to_string();
    match (expected, actual.label()) {
        (_, Label::Unsupported) => (Class::Missing, label()),
        (_, Label::Panic) => (Class::Panic, label()),
        (_, Label::Hang) => (Class::Hang, label()),
        (_, Label::Backend) => (Class::Outdated, label()),
        (Outcome::Reply(_), Label::Ok | Label::Empty) => {
            let (expected, actual) = (expected.to_value(), actual.to_value());
            let (class, path) = within(&expected["ok"], &actual["ok"]);
            (class, if path.is_empty() { "$".to_owned() } else { path })
        }
        _ => {
            let path = format!("{}->{}", coarse(expected.label()), coarse(actual.label()));
            (Class::Divergent, path)
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

/// Class and path of the first difference between two values.
fn within(expected: &Value, actual: &Value) -> (Class, String) {
    match (expected, actual) {
        (Value::Object(mine), Value::Object(theirs)) => {
            let keys = mine.keys().chain(theirs.keys());
            let differing = keys.into_iter().find(|key| mine.get(*key) != theirs.get(*key));
            let Some(key) = differing else { return (Class::Divergent, String::new()) };
            field(key, mine.get(key), theirs.get(key))
        }
        (Value::Array(mine), Value::Array(theirs)) => {
            let (class, path) = items(mine, theirs);
            (class, format!("[]{path}"))
        }
        _ => (Class::Divergent, String::new()),
    }
}

fn field(key: &str, expected: Option<&Value>, actual: Option<&Value>) -> (Class, String) {
    let lost = !is_nothing(expected) && is_nothing(actual);
    let (class, path) = match (expected, actual) {
        _ if lost => (Class::Outdated, String::new()),
        (Some(expected), Some(actual)) if !FREE_FORM.contains(&key) => within(expected, actual),
        _ => (Class::Divergent, String::new()),
    };
    let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
    (class, format!("{key}{dot}{path}"))
}

fn items(expected: &[Value], actual: &[Value]) -> (Class, String) {
    if expected.len() != actual.len() {
        return (Class::Divergent, ".length".to_owned());
    }
    if expected.iter().all(|item| actual.contains(item)) {
        return (Class::Divergent, ".order".to_owned());
    }
    let differing = expected.iter().zip(actual).find(|(mine, theirs)| mine != theirs);
    let Some((expected, actual)) = differing else { return (Class::Divergent, String::new()) };
    let (class, path) = within(expected, actual);
    let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
    (class, format!("{dot}{path}"))
}

fn is_nothing(value: Option<&Value>) -> bool {
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

    fn path(expected: Value, actual: Value) -> (Class, String) {
        within(&expected, &actual)
    }

    #[test]
    fn a_value_that_does_not_come_back_is_outdated() {
        let expected = json!([{"a": 1}, {"a": {"b": "x"}}]);
        let actual = json!([{"a": 1}, {"a": {"b": null}}]);
        assert_eq!(path(expected, actual), (Class::Outdated, "[].a.b".to_owned()));
    }

    #[test]
    fn an_empty_value_that_becomes_none_is_divergent() {
        let (class, _) = path(json!({"a": ""}), json!({"a": null}));
        assert_eq!(class, Class::Divergent);
    }

    #[test]
    fn a_list_that_is_only_in_another_order_says_so() {
        assert_eq!(path(json!([1, 2]), json!([2, 1])).1, "[].order");
        assert_eq!(path(json!([1, 2]), json!([2])).1, "[].length");
    }

    #[test]
    fn a_path_ends_at_a_free_form_map() {
        let (_, path) = path(json!({"properties": {"k": "1"}}), json!({"properties": {"k": "2"}}));
        assert_eq!(path, "properties");
    }
}
