//! Options whose `None` differs from their `Some` of nothing.

use serde::{Deserialize, Deserializer};

/// Reads a field that is present as `Some`, also when it is `null`; an absent field is `None`.
///
/// For `Option<Option<T>>` and `Option<Json>`, together with `default` and `skip_serializing_if`.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
