//! Checks of outcomes.

use std::fmt::Debug;

use pangolin_store::{ConflictReason, Entity, Result, StoreError};

use super::snapshot::Snapshot;
use super::stores::Store;

#[track_caller]
pub(crate) fn not_found<T: Debug>(expected: Entity, result: Result<T>) {
    match result {
        Err(StoreError::NotFound { entity, .. }) if entity == expected => {}
        other => panic!("expected NotFound({expected:?}), got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn already_exists<T: Debug>(expected: Entity, result: Result<T>) {
    match result {
        Err(StoreError::AlreadyExists { entity, .. }) if entity == expected => {}
        other => panic!("expected AlreadyExists({expected:?}), got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn conflict<T: Debug>(expected: ConflictReason, result: Result<T>) {
    match result {
        Err(StoreError::Conflict { reason, .. }) if reason == expected => {}
        other => panic!("expected Conflict({expected:?}), got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn invalid<T: Debug>(expected: &str, result: Result<T>) {
    match result {
        Err(StoreError::Invalid(invalid)) if invalid.field == expected => {}
        other => panic!("expected Invalid({expected}), got {other:?}"),
    }
}

/// Checks that `calls`, all of which fail, leave everything in the store unchanged.
pub(crate) async fn unchanged(store: &Store, calls: impl AsyncFnOnce()) {
    let before = Snapshot::of(store).await;
    calls().await;
    before.is_still(&Snapshot::of(store).await);
}
