//! Stores that lack a feature.

use pangolin_store::StoreError;

use super::fault;
use crate::contract::feature::Feature;

fault!(
    ServiceUsers,
    "service-users-missing",
    ServiceUsers,
    Missing,
    "answers `Unsupported` to all calls on service users",
    |op, inner| match op.method().feature() {
        Feature::ServiceUsers => Err(StoreError::Unsupported { operation: op.method().into() }),
        _ => op.apply(inner).await,
    }
);

fault!(
    Settings,
    "settings-missing",
    Settings,
    Missing,
    "answers `Unsupported` to all calls on settings",
    |op, inner| match op.method().feature() {
        Feature::Settings => Err(StoreError::Unsupported { operation: op.method().into() }),
        _ => op.apply(inner).await,
    }
);

fault!(
    Merges,
    "merges-missing",
    Merges,
    Missing,
    "answers `Unsupported` to all calls on merges and conflicts",
    |op, inner| match op.method().feature() {
        Feature::Merges => Err(StoreError::Unsupported { operation: op.method().into() }),
        _ => op.apply(inner).await,
    }
);
