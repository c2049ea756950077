//! Classing divergences in the light of all that a campaign has seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::Class;
use crate::feature::Feature;
use crate::results::{Divergence, StoreRun};
use crate::signature::Signature;

/// A field of a feature on a store.
type Field<'a> = (&'a str, Feature, &'a str);

/// The divergences, those that the schema explains classed as outdated: an empty value that becomes none
/// is divergent by itself; where the same field loses other values, too, there is no column for it.
pub(crate) fn settled(
    divergences: &BTreeMap<Signature, Divergence>,
    _stores: &[StoreRun],
) -> Vec<Divergence> {
    let outdated: BTreeSet<Field<'_>> = divergences
        .keys()
        .filter(|signature| signature.class == Class::Outdated)
        .map(field)
        .collect();
    let mut settled: BTreeMap<Signature, Divergence> = BTreeMap::new();
    for divergence in divergences.values() {
        let mut signature = divergence.signature.clone();
        let column_missing = divergence.difference.lost && outdated.contains(&field(&signature));
        if signature.class == Class::Divergent && column_missing {
            signature.class = Class::Outdated;
        }
        let found = Divergence { signature: signature.clone(), count: 0, ..divergence.clone() };
        settled.entry(signature).or_insert(found).count += divergence.count;
    }
    settled.into_values().collect()
}

fn field(signature: &Signature) -> Field<'_> {
    let name = signature.path.rsplit('.').next().unwrap_or_default();
    (&signature.backend, signature.feature, name)
}
