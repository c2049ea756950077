//! What the tests of types have in common.

use std::fmt::Debug;

use pangolin_store::Invalid;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// `value` comes back equal from JSON text and from a JSON value, and is written the same again.
#[track_caller]
pub(crate) fn round_trips<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    let from_text: T = serde_json::from_str(&text).unwrap();
    assert_eq!(&from_text, value, "from text: {text}");
    let tree = serde_json::to_value(value).unwrap();
    let from_tree: T = serde_json::from_value(tree).unwrap();
    assert_eq!(&from_tree, value, "from a value: {text}");
    assert_eq!(serde_json::to_string(&from_text).unwrap(), text);
}

/// The constructor refused, and names the field and what would be right.
#[track_caller]
pub(crate) fn refused<T: Debug>(built: Result<T, Invalid>, field: &str, right: &str) {
    let invalid = built.expect_err("it is out of bounds");
    assert_eq!(invalid.field, field);
    assert!(invalid.reason.contains(right), "{invalid} does not say {right:?}");
}

/// `json` cannot be read as a `T`, and the error names the field and what would be right.
#[track_caller]
pub(crate) fn unreadable<T: DeserializeOwned + Debug>(json: &Value, field: &str, right: &str) {
    let error = serde_json::from_value::<T>(json.clone()).expect_err("it is out of bounds");
    let message = error.to_string();
    assert!(message.contains(&format!("`{field}`")), "{message} does not name `{field}`");
    assert!(message.contains(right), "{message} does not say {right:?}");
}
