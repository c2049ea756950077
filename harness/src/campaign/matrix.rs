//! The matrix: which feature of which store is at parity, made from what was run.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::campaign::{Divergence, Results};
use crate::compare::coverage::Coverage;
use crate::contract::class::Class;
use crate::contract::feature::Feature;

/// A row of the matrix: one or more feature areas under the name that the audit gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// As printed.
    pub title: &'static str,
    /// What it covers.
    pub features: &'static [Feature],
}

/// The rows: the nine of the audit, in its words and order, then what the contract adds.
pub const ROWS: &[MatrixRow] = &[
    MatrixRow {
        title: "Core Catalog (Tenants, Warehouses, Catalogs, Assets)",
        features: &[
            Feature::Tenants,
            Feature::Warehouses,
            Feature::Catalogs,
            Feature::Namespaces,
            Feature::Assets,
        ],
    },
    MatrixRow { title: "User Management", features: &[Feature::Users] },
    MatrixRow { title: "Role Management", features: &[Feature::Roles, Feature::Permissions] },
    MatrixRow { title: "Service Users", features: &[Feature::ServiceUsers] },
    MatrixRow { title: "System Settings", features: &[Feature::Settings] },
    MatrixRow { title: "Audit Logs (Schema)", features: &[Feature::Audit] },
    MatrixRow { title: "Token Management", features: &[Feature::Tokens] },
    MatrixRow { title: "Merge Operations (Conflicts, etc.)", features: &[Feature::Merges] },
    MatrixRow {
        title: "Business Metadata",
        features: &[Feature::BusinessMetadata, Feature::Search, Feature::AccessRequests],
    },
    MatrixRow {
        title: "Branches, Tags, Commits",
        features: &[Feature::Branches, Feature::Tags, Feature::Commits],
    },
    MatrixRow { title: "Federated Catalogs", features: &[Feature::Federation] },
];

/// The status of a feature on a store. The worse comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Calls are answered `Unsupported`.
    Missing,
    /// What is written does not come back, or the database refuses the call.
    Outdated,
    /// It differs in another way, a panic or a hang included.
    Divergent,
    /// Some method was never called with success, or none with an error where the feature has one.
    NotRun,
    /// All methods ran, with successes and errors, and nothing differed.
    Parity,
}

impl Status {
    /// As it stands in a matrix.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Missing => "❌ MISSING",
            Self::Outdated => "⚠️ OUTDATED",
            Self::Divergent => "⚠️ DIVERGENT",
            Self::NotRun => "— not run",
            Self::Parity => "✅",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mark())
    }
}

impl From<Class> for Status {
    fn from(class: Class) -> Self {
        match class {
            Class::Missing => Self::Missing,
            Class::Outdated => Self::Outdated,
            Class::Divergent
            | Class::Panic
            | Class::Hang
            | Class::NotLinearizable
            | Class::NotAtomic
            | Class::Failed
            | Class::Leftover => Self::Divergent,
        }
    }
}

/// The divergences of a feature on a store.
pub fn divergences_of<'r>(
    results: &'r Results,
    backend: &Arc<str>,
    feature: Feature,
) -> impl Iterator<Item = &'r Divergence> {
    let backend = Arc::clone(backend);
    results.divergences.iter().filter(move |divergence| {
        divergence.signature.backend == backend && divergence.signature.feature == feature
    })
}

/// The status of a feature on the store number `index` of the results.
pub fn feature_status(results: &Results, index: usize, feature: Feature) -> Status {
    let Some(store) = results.stores.get(index) else { return Status::NotRun };
    let worst = divergences_of(results, &store.description.name, feature)
        .map(|divergence| Status::from(divergence.signature.class))
        .min();
    worst.unwrap_or(if has_run(&store.coverage, feature) { Status::Parity } else { Status::NotRun })
}

/// The status of a row: the worst of its features.
pub fn row_status(results: &Results, index: usize, row: &MatrixRow) -> Status {
    let statuses = row.features.iter().map(|&feature| feature_status(results, index, feature));
    statuses.min().unwrap_or(Status::NotRun)
}

/// The rows of a matrix about these results: those with a feature that was run on some store.
pub fn rows(results: &Results) -> impl Iterator<Item = &'static MatrixRow> {
    ROWS.iter().filter(|row| {
        results.stores.iter().any(|store| {
            let calls = row.features.iter().flat_map(|feature| feature.methods());
            calls.map(|method| store.coverage.calls(method)).sum::<u64>() > 0
        })
    })
}

fn has_run(coverage: &Coverage, feature: Feature) -> bool {
    let all_succeeded = feature
        .methods()
        .all(|method| coverage.outcomes(method).any(|(label, _)| label.is_success()));
    let has_errors =
        feature.methods().any(|method| method.reachable().iter().any(|&label| !label.is_success()));
    let some_failed = feature
        .methods()
        .any(|method| coverage.outcomes(method).any(|(label, _)| !label.is_success()));
    all_succeeded && (some_failed || !has_errors)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_feature_is_in_exactly_one_row() {
        let in_rows: Vec<Feature> = ROWS.iter().flat_map(|row| row.features).copied().collect();
        let distinct: BTreeSet<Feature> = in_rows.iter().copied().collect();
        assert_eq!(in_rows.len(), distinct.len());
        assert_eq!(distinct, Feature::iter().collect());
    }
}
