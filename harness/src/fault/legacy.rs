//! Stores as the first audit found them, each with several faults at once.

use super::{Fault, missing, outdated};

/// The faults that the audit found in a persistent store, by the name of its backend; `None` for a store in
/// which it found none.
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
