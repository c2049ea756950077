//! What a campaign has learned that changes what it draws next.
//!
//! It learns between rounds only, from all that was run before, so that any number of jobs draws the
//! same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{EnumCount, IntoEnumIterator};

use crate::behaviours::CallSort;
use crate::coverage::Coverage;
use crate::op::Method;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Learned {
    /// Methods that are known to differ, by store.
    pub(crate) muted: BTreeSet<(Arc<str>, Method)>,
    /// How many times as often as by itself a method is drawn; the others once.
    pub(crate) favoured: BTreeMap<Method, usize>,
    /// How many new behaviours each method took part in, the older ones counting less.
    lately: BTreeMap<Method, u64>,
}

/// What a new behaviour counts when it is new.
const NEW: u64 = 64;

impl Learned {
    /// Takes in which behaviours were new.
    pub(crate) fn take_in(&mut self, new: &[[CallSort; 2]]) {
        for sort in new.as_flattened() {
            *self.lately.entry(sort.method).or_default() += NEW;
        }
    }

    /// Draws conclusions, at the end of a round: from which methods differ, and from what calls on the
    /// reference came to. A method that has not come to all that it can come to is drawn more often, and
    /// so is one that took part in more new behaviours than others lately.
    pub(crate) fn conclude(
        &mut self,
        muted: BTreeSet<(Arc<str>, Method)>,
        reference: Option<&Coverage>,
    ) {
        self.muted = muted;
        let average = self.lately.values().sum::<u64>() / Method::COUNT as u64;
        let unreached = |method| reference.is_some_and(|calls| !calls.unreached(method).is_empty());
        let fruitful = |method| self.lately.get(&method).is_some_and(|&new| new > average);
        self.favoured = Method::iter()
            .map(|method| {
                (method, 1 + usize::from(unreached(method)) + usize::from(fruitful(method)))
            })
            .filter(|(_, times)| *times > 1)
            .collect();
        for new in self.lately.values_mut() {
            *new = *new * 7 / 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Label;

    #[test]
    fn what_is_unreached_or_fruitful_is_favoured_and_what_is_both_most_of_all() {
        let mut coverage = Coverage::default();
        for method in Method::iter().filter(|method| *method != Method::Commit) {
            method.reachable().iter().for_each(|&label| coverage.count(method, label));
        }
        let sort = |method| CallSort { method, label: Label::Ok };
        let mut learned = Learned::default();
        learned.take_in(&[[sort(Method::GetRole), sort(Method::Commit)]]);
        learned.conclude(BTreeSet::new(), Some(&coverage));
        let expected = BTreeMap::from([(Method::GetRole, 2), (Method::Commit, 3)]);
        assert_eq!(learned.favoured, expected);
    }
}
