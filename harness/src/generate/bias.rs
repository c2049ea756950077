//! What a campaign draws more often, and what it leaves out, after what it has seen.
//!
//! The bias changes between rounds only, and depends on all cases run before, so that any number of jobs draws
//! the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

use crate::contract::call_kind::CallKind;
use crate::contract::choice::Entropy;
use crate::contract::method::Method;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bias {
    /// Methods that are known to differ, by store.
    pub(crate) muted: BTreeSet<(Arc<str>, Method)>,
    /// How many times as often as usual a method is drawn; the others once.
    pub(crate) favoured: BTreeMap<Method, usize>,
    yields: BTreeMap<Method, Yield>,
}

/// How many new transitions a method's calls yield; the older a call is, the less it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Yield {
    calls: u64,
    /// The calls that were part of a new transition, once for each.
    new: u64,
}

/// What a call counts at first, so that its count can shrink in steps.
const FRESH: u64 = 64;

impl Bias {
    /// Counts the calls of a trace, and those that were part of new transitions.
    pub(crate) fn count(&mut self, path: &[CallKind], new: &[[CallKind; 2]]) {
        for kind in path {
            self.yields.entry(kind.method).or_default().calls += FRESH;
        }
        for kind in new.as_flattened() {
            self.yields.entry(kind.method).or_default().new += FRESH;
        }
    }

    /// The writes to leave out of a case: those that are known to differ on one of the stores, as they would
    /// take it off the reference's path. The store is drawn, so that each store gets cases that it can follow
    /// to the end, and a gap of one store does not keep calls from the others.
    pub(crate) fn left_out(&self, entropy: &mut impl Entropy) -> BTreeSet<Method> {
        let stores: BTreeSet<&Arc<str>> = self.muted.iter().map(|(store, _)| store).collect();
        let spared = match stores.len() {
            0 | 1 => stores.first(),
            several => stores.iter().nth(entropy.below(several)),
        };
        let of_spared = self.muted.iter().filter(|(store, _)| Some(&store) == spared);
        of_spared.map(|(_, method)| *method).filter(|method| !method.is_read()).collect()
    }

    /// Decides, at the end of a round, what the next one favours: a method with outcomes that are declared and
    /// `unreached` on the reference, and one whose calls lately yielded more new transitions than those of the
    /// others.
    pub(crate) fn update(
        &mut self,
        muted: BTreeSet<(Arc<str>, Method)>,
        unreached: &BTreeSet<Method>,
    ) {
        self.muted = muted;
        let all_calls: u64 = self.yields.values().map(|yields| yields.calls).sum();
        let all_new: u64 = self.yields.values().map(|yields| yields.new).sum();
        let is_fruitful = |method| {
            let yields = self.yields.get(&method).copied().unwrap_or_default();
            yields.new.saturating_mul(all_calls) > all_new.saturating_mul(yields.calls)
        };
        let times = |method| {
            1 + usize::from(unreached.contains(&method)) + usize::from(is_fruitful(method))
        };
        self.favoured = Method::iter()
            .map(|method| (method, times(method)))
            .filter(|(_, times)| *times > 1)
            .collect();
        for yields in self.yields.values_mut() {
            *yields = Yield { calls: yields.calls * 7 / 8, new: yields.new * 7 / 8 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::label::Label;
    use crate::generate::entropy;

    #[test]
    fn a_case_leaves_out_what_differs_on_one_of_the_stores() {
        let muted = [
            ("mongo", Method::CreateRole),
            ("postgres", Method::UpdateSettings),
            ("postgres", Method::GetSettings),
        ];
        let muted = muted.map(|(store, method)| (store.into(), method)).into();
        let bias = Bias { muted, ..Bias::default() };
        let left_out = |case| bias.left_out(&mut entropy::of_case(1, case));
        let drawn: BTreeSet<_> = (0..40).map(left_out).collect();
        let one = |method| BTreeSet::from([method]);
        assert_eq!(drawn, [one(Method::CreateRole), one(Method::UpdateSettings)].into());
    }

    #[test]
    fn what_is_unreached_or_fruitful_is_favoured_and_what_is_both_most_of_all() {
        let kind = |method| CallKind { method, label: Label::Ok };
        let mut bias = Bias::default();
        let path = [Method::GetRole, Method::Commit, Method::ListRoles].map(kind);
        bias.count(&path, &[[path[0], path[1]]]);
        bias.update(BTreeSet::new(), &[Method::Commit].into());
        let expected = BTreeMap::from([(Method::GetRole, 2), (Method::Commit, 3)]);
        assert_eq!(bias.favoured, expected);
    }
}
