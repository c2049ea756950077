//! Sets inside an entity.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// An ordered set of at most 256 items: tags, grants, actions, partitions. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "BTreeSet<T>", bound(deserialize = "T: Deserialize<'de> + Ord"))]
pub struct SmallSet<T: Ord>(Arc<BTreeSet<T>>);

impl<T: Ord> SmallSet<T> {
    /// How many items a set may have at most.
    pub const MAX_ITEMS: usize = 256;

    /// Checks and takes `items`.
    ///
    /// # Errors
    /// [`Invalid`] when there are more than 256.
    pub fn new(items: impl IntoIterator<Item = T>) -> Result<Self, Invalid> {
        let items: BTreeSet<T> = items.into_iter().collect();
        if items.len() > Self::MAX_ITEMS {
            let reason = format!("takes at most {} items, not {}", Self::MAX_ITEMS, items.len());
            return Err(Invalid::new("set", reason));
        }
        Ok(Self(Arc::new(items)))
    }

    /// The items, in order.
    pub fn items(&self) -> &BTreeSet<T> {
        &self.0
    }
}

impl<T: Ord> Default for SmallSet<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Ord> TryFrom<BTreeSet<T>> for SmallSet<T> {
    type Error = Invalid;

    fn try_from(items: BTreeSet<T>) -> Result<Self, Invalid> {
        Self::new(items)
    }
}

impl<T: Ord + fmt::Debug> fmt::Debug for SmallSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
