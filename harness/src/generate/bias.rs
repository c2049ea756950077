//! What a campaign has learned that changes what it draws next.
//!
//! It learns between rounds only, from all that was run before, so that any number of jobs draws the
//! same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

use crate::compare::coverage::Coverage;
use crate::compare::transitions::CallSort;
use crate::contract::op::{Effect, Method};
use crate::generate::entropy::Entropy;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Learned {
    /// Methods that are known to differ, by store.
    pub(crate) muted: BTreeSet<(Arc<str>, Method)>,
    /// How many times as often as by itself a method is drawn; the others once.
    pub(crate) favoured: BTreeMap<Method, usize>,
    lately: BTreeMap<Method, Lately>,
}

/// What came of a method's calls; the older they are, the less they count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Lately {
    calls: u64,
    /// Those that were part of a new behaviour, once for each.
    new: u64,
}

/// What a call counts at first, so that it fades in steps.
const FRESH: u64 = 64;

impl Learned {
    /// Takes in what the calls of a trace came to, and which of its behaviours were new.
    pub(crate) fn take_in(&mut self, path: &[CallSort], new: &[[CallSort; 2]]) {
        for sort in path {
            self.lately.entry(sort.method).or_default().calls += FRESH;
        }
        for sort in new.as_flattened() {
            self.lately.entry(sort.method).or_default().new += FRESH;
        }
    }

    /// The writes to leave out of a case, which would take a store off the reference's path: those that
    /// are known to differ on one of the stores. Which one is drawn, so that each gets cases that it can
    /// follow to their end, and a gap of one store does not keep calls from the others.
    pub(crate) fn left_out(&self, entropy: &mut impl Entropy) -> BTreeSet<Method> {
        let stores: BTreeSet<&Arc<str>> = self.muted.iter().map(|(store, _)| store).collect();
        let spared = match stores.len() {
            0 | 1 => stores.first(),
            several => stores.iter().nth(entropy.below(several)),
        };
        let of_spared = self.muted.iter().filter(|(store, _)| Some(&store) == spared);
        of_spared
            .map(|(_, method)| *method)
            .filter(|method| method.effect() != Effect::Read)
            .collect()
    }

    /// Draws conclusions, at the end of a round: from which methods differ, and from what calls on the
    /// reference came to. A method that has not come to all that it can come to is drawn more often, and
    /// so is one whose calls lately were part of more new behaviours than those of others.
    pub(crate) fn conclude(
        &mut self,
        muted: BTreeSet<(Arc<str>, Method)>,
        reference: Option<&Coverage>,
    ) {
        self.muted = muted;
        let all_calls: u64 = self.lately.values().map(|lately| lately.calls).sum();
        let all_new: u64 = self.lately.values().map(|lately| lately.new).sum();
        let unreached = |method| reference.is_some_and(|calls| !calls.unreached(method).is_empty());
        let fruitful = |method| {
            let lately = self.lately.get(&method).copied().unwrap_or_default();
            lately.new.saturating_mul(all_calls) > all_new.saturating_mul(lately.calls)
        };
        self.favoured = Method::iter()
            .map(|method| {
                (method, 1 + usize::from(unreached(method)) + usize::from(fruitful(method)))
            })
            .filter(|(_, times)| *times > 1)
            .collect();
        for lately in self.lately.values_mut() {
            *lately = Lately { calls: lately.calls * 7 / 8, new: lately.new * 7 / 8 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::outcome::Label;
    use crate::generate::entropy;

    #[test]
    fn a_case_leaves_out_what_differs_on_one_of_the_stores() {
        let muted = [
            ("mongo", Method::CreateRole),
            ("postgres", Method::UpdateSettings),
            ("postgres", Method::GetSettings),
        ];
        let muted = muted.map(|(store, method)| (store.into(), method)).into();
        let learned = Learned { muted, ..Learned::default() };
        let left_out = |case| learned.left_out(&mut entropy::of_case(1, case));
        let drawn: BTreeSet<_> = (0..40).map(left_out).collect();
        let one = |method| BTreeSet::from([method]);
        assert_eq!(drawn, [one(Method::CreateRole), one(Method::UpdateSettings)].into());
    }

    #[test]
    fn what_is_unreached_or_fruitful_is_favoured_and_what_is_both_most_of_all() {
        let mut coverage = Coverage::default();
        for method in Method::iter().filter(|method| *method != Method::Commit) {
            method.reachable().iter().for_each(|&label| coverage.count(method, label));
        }
        let sort = |method| CallSort { method, label: Label::Ok };
        let mut learned = Learned::default();
        let path = [Method::GetRole, Method::Commit, Method::ListRoles].map(sort);
        learned.take_in(&path, &[[path[0], path[1]]]);
        learned.conclude(BTreeSet::new(), Some(&coverage));
        let expected = BTreeMap::from([(Method::GetRole, 2), (Method::Commit, 3)]);
        assert_eq!(learned.favoured, expected);
    }
}
