//! What may be drawn.

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::feature::Feature;
use crate::contract::method::Method;

/// What may be drawn in a case.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The features whose methods are drawn; empty: all. What they need is created all the same.
    pub features: BTreeSet<Feature>,
    /// Methods that are not drawn at all.
    pub without: BTreeSet<Method>,
    /// How many times as often as usual a method is drawn; those that are not here: once.
    pub favoured: BTreeMap<Method, usize>,
    /// Whether the case mixes features.
    pub kind: CaseKind,
}

/// Whether a case mixes features or is about one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseKind {
    /// Mostly mixed, sometimes focused.
    #[default]
    Any,
    /// Several features, so that they meet.
    Mixed,
    /// One feature and, now and then, what it needs, so that the case reaches deep states of it.
    Focused(Feature),
}

impl Scope {
    /// Whether some method of the feature may be drawn.
    pub fn offers(&self, feature: Feature) -> bool {
        let named = self.features.is_empty() || self.features.contains(&feature);
        named && feature.methods().any(|method| self.allows(method))
    }

    /// Whether the method is not left out.
    pub(super) fn allows(&self, method: Method) -> bool {
        !self.without.contains(&method)
    }
}
