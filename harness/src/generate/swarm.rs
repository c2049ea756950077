//! Swarms: each case switches some features and some methods off, so that those left meet more often; or it is
//! about one feature, to reach deep states of it.

use strum::IntoEnumIterator;

use super::scope::{CaseKind, Scope};
use crate::contract::choice::Chooser;
use crate::contract::feature::Feature;
use crate::contract::method::{Effect, Method};

/// The methods of one case, each as often as it is likely.
pub(super) fn methods(choose: &mut Chooser<'_>, scope: &Scope) -> Vec<Method> {
    let offered: Vec<Feature> = Feature::iter().filter(|feature| scope.offers(*feature)).collect();
    let focus = match scope.kind {
        CaseKind::Focused(feature) => Some(feature).filter(|feature| offered.contains(feature)),
        CaseKind::Any if choose.percent(25) => choose.pick(&offered).copied(),
        CaseKind::Any | CaseKind::Mixed => None,
    };
    let features = match focus {
        Some(feature) => vec![feature],
        None => {
            // A third of the cases has few features, so that these meet often.
            let chance = if choose.below(3) == 0 { 15 } else { 50 };
            Some(choose.some_of(&offered, chance)).filter(|on| !on.is_empty()).unwrap_or(offered)
        }
    };
    let allowed = |method: &Method| scope.allows(*method);
    let methods: Vec<Method> =
        features.into_iter().flat_map(Feature::methods).filter(allowed).collect();
    let kept = choose.some_of(&methods, 85);
    let kept = if kept.is_empty() { methods } else { kept };
    // Once each, so that what a feature needs stays in the background.
    let needed = focus.into_iter().flat_map(|feature| feature.needs());
    let needed = needed.filter(|need| scope.offers(**need)).flat_map(|need| need.methods());
    let needed = needed.filter(|method| !method.is_read()).filter(allowed);
    kept.into_iter()
        .flat_map(|method| std::iter::repeat_n(method, times(method, scope)))
        .chain(needed)
        .collect()
}

/// How many times a method is in a swarm.
fn times(method: Method, scope: &Scope) -> usize {
    weight(method) * scope.favoured.get(&method).copied().unwrap_or(1)
}

/// Methods whose weight is not that of their effect: those that take much of the state away are rarer, and
/// those that deep states depend on more frequent.
const WEIGHTS: &[(Method, usize)] = &[
    (Method::DeleteTenant, 1),
    (Method::DeleteCatalog, 2),
    (Method::Commit, 6),
    (Method::ResolveConflict, 6),
    (Method::CompleteMerge, 6),
    (Method::StoreToken, 6),
];

/// How likely a method is beside the others: what makes state is drawn more often than what looks at it.
fn weight(method: Method) -> usize {
    let own = WEIGHTS.iter().find(|(other, _)| *other == method);
    own.map_or_else(
        || match method.effect() {
            Effect::Read => 2,
            Effect::Change => 3,
            Effect::Create => 4,
        },
        |(_, weight)| *weight,
    )
}
