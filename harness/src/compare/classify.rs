//! Classing divergences in the light of all that a campaign has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use strum::IntoEnumIterator;

use crate::campaign::{Divergence, StoreRun};
use crate::compare::coverage::Coverage;
use crate::compare::diff::Class;
use crate::compare::signature::Signature;
use crate::contract::feature::Feature;
use crate::contract::op::{Effect, Method, Op};
use crate::contract::outcome::Label;
use crate::trace::step::Step;

/// A field of a feature on a store.
type Field<'a> = (&'a str, Feature, &'a str);

/// The divergences, those that the schema explains classed as outdated:
///
/// - A value that became none where its field is known to lose others, too. By itself, an empty value
///   that becomes none, or one that a write lost which does not name it, is divergent.
/// - Rows that do not come back where none of their sort ever did.
pub(crate) fn settled(
    divergences: &BTreeMap<Signature, Divergence>,
    stores: &[StoreRun],
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
        if signature.class == Class::Divergent
            && (column_missing || has_nowhere_to_be(divergence, stores))
        {
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

/// Whether the rows that were expected did not come back, nor any other of their sort in the whole
/// campaign.
fn has_nowhere_to_be(divergence: &Divergence, stores: &[StoreRun]) -> bool {
    let of_backend =
        |store: &&StoreRun| Arc::clone(&store.description.name) == divergence.signature.backend;
    let read = divergence.trace.steps.last().and_then(Step::as_call).map(Op::method);
    match (read, stores.iter().find(of_backend)) {
        (Some(read), Some(store)) => {
            divergence.difference.all_rows_gone()
                && is_written(read.feature())
                && !ever_came_back(read, &store.coverage)
        }
        _ => false,
    }
}

/// Whether a feature has rows of its own, and does not only show those of others.
fn is_written(feature: Feature) -> bool {
    feature.methods().any(|method| method.effect() != Effect::Read)
}

/// Whether any read of the rows that `read` is about ever found some.
fn ever_came_back(read: Method, coverage: &Coverage) -> bool {
    Method::iter()
        .filter(|method| method.effect() == Effect::Read && method.row() == read.row())
        .any(|method| coverage.outcomes(method).any(|(label, _)| label == Label::Ok))
}
