//! Stores as they were when they were first audited, each with several faults at once.

use super::{Fault, missing, outdated};

/// The faults that the audit found in a persistent store, by the name of its backend; none for a store
/// that it did not find wanting.
pub fn legacy(backend: &str) -> Option<&'static [&'static dyn Fault]> {
    match backend {
        "postgres" => Some(&[
            &missing::ServiceUsers,
            &missing::Settings,
            &missing::Merges,
            &outdated::AuditColumnsMissing,
        ]),
        "mongo" | "sqlite" => Some(&[&missing::ServiceUsers, &missing::Merges]),
        _ => None,
    }
}
