//! Pages of a listing.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// Which rows of a listing to return: at most `limit`, strictly after the key `after` in the
/// listing's order.
///
/// There need not be a row with that key. When each page starts after the key of the last row of the
/// page before, the pages return every row of an unchanged set exactly once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page<K> {
    /// The key of the last row seen; `None` starts at the first row.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub after: Option<K>,
    /// How many rows at the most.
    pub limit: NonZeroU32,
}

impl<K> Page<K> {
    /// The first `limit` rows.
    pub const fn first(limit: NonZeroU32) -> Self {
        Self { after: None, limit }
    }

    /// Every row.
    pub const fn all() -> Self {
        Self::first(NonZeroU32::MAX)
    }

    /// The next page of the same size, after `key`.
    #[must_use]
    pub fn then(&self, key: K) -> Self {
        Self { after: Some(key), limit: self.limit }
    }
}

fn none<K>() -> Option<K> {
    None
}
