//! The evidence for a mark of the matrix: how much was run.

use serde::Serialize;

use crate::campaign::matrix::{Status, feature_status};
use crate::campaign::{Results, StoreRun};
use crate::contract::feature::Feature;

/// What was run of one feature, or of several, on one store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// How many calls were made.
    pub calls: u64,
    /// How many of the declared outcomes were reached.
    pub reached: usize,
    /// How many outcomes the contract declares.
    pub declared: usize,
    /// How many calls were made since one last had an outcome that was new for its method.
    pub calls_since_new: u64,
    /// A divergence that none of the calls has shown occurs in a smaller share of calls than this, at 95 %
    /// confidence, if the calls were independent: three divided by their number (the rule of three). `None`
    /// where something differed, or nothing was called.
    pub hidden_below: Option<f64>,
}

/// The evidence for the mark of a feature on the store number `index` of the results.
pub fn of(results: &Results, index: usize, feature: Feature) -> Evidence {
    let Some(store) = results.stores.get(index) else { return Evidence::default() };
    let StoreRun { coverage, last_new, .. } = store;
    let calls = coverage.calls_of(feature);
    let declared = feature.methods().map(|method| method.reachable().len()).sum();
    let unreached: usize = feature.methods().map(|method| coverage.unreached(method).len()).sum();
    let differs = matches!(
        feature_status(results, index, feature),
        Status::Missing | Status::Outdated | Status::Divergent
    );
    Evidence {
        calls,
        reached: declared - unreached,
        declared,
        calls_since_new: calls - last_new.get(&feature).copied().unwrap_or(0),
        hidden_below: (calls > 0 && !differs).then(|| (3.0 / calls as f64).min(1.0)),
    }
}
