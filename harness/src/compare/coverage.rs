//! The calls that were made on a store, and their outcomes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

use crate::contract::feature::Feature;
use crate::contract::label::Label;
use crate::contract::method::Method;

/// Calls of one store, by method and outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage(BTreeMap<Method, BTreeMap<Label, u64>>);

impl Coverage {
    /// Counts a call.
    pub fn count(&mut self, method: Method, label: Label) {
        *self.0.entry(method).or_default().entry(label).or_default() += 1;
    }

    /// Adds the calls of `other`, and returns the features of which a method had a new outcome.
    pub fn add(&mut self, other: &Self) -> BTreeSet<Feature> {
        let mut new = BTreeSet::new();
        for (&method, labels) in &other.0 {
            for (&label, calls) in labels {
                let sum = self.0.entry(method).or_default().entry(label).or_default();
                if *sum == 0 {
                    new.insert(method.feature());
                }
                *sum += calls;
            }
        }
        new
    }

    /// How many calls of a method were made.
    pub fn calls(&self, method: Method) -> u64 {
        self.outcomes(method).map(|(_, calls)| calls).sum()
    }

    /// How many calls of a feature's methods were made.
    pub fn calls_of(&self, feature: Feature) -> u64 {
        feature.methods().map(|method| self.calls(method)).sum()
    }

    /// How many calls were made in all.
    pub fn total(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).sum()
    }

    /// The outcomes of a method's calls, and how often each occurred.
    pub fn outcomes(&self, method: Method) -> impl Iterator<Item = (Label, u64)> {
        self.0.get(&method).into_iter().flatten().map(|(&label, &calls)| (label, calls))
    }

    /// The outcomes that the contract declares and no call had.
    pub fn unreached(&self, method: Method) -> Vec<Label> {
        let reached = |label: &Label| self.outcomes(method).any(|(seen, _)| seen == *label);
        method.reachable().iter().copied().filter(|label| !reached(label)).collect()
    }

    /// How many outcomes the contract declares, and how many of them were reached, over all methods.
    pub fn reached(&self) -> (usize, usize) {
        let declared: usize = Method::iter().map(|method| method.reachable().len()).sum();
        let unreached: usize = Method::iter().map(|method| self.unreached(method).len()).sum();
        (declared, declared - unreached)
    }
}
