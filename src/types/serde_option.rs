//! Options whose `None` and whose `Some` of nothing are two things.

use serde::{Deserialize, Deserializer};

/// Reads a field that is there as `Some`, also when it is `null`; `None` is the field's absence.
///
/// For `Option<Option<T>>` and `Option<Json>`, together with `default` and `skip_serializing_if`.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
