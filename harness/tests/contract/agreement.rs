//! The same calls in the same order have the same result on every store, every time.

use std::sync::Mutex;

use super::fixtures::*;
use super::scenes::one_of_everything;
use super::snapshot::Snapshot;
use super::stores::on_every_store;

#[test]
fn every_store_holds_the_same_after_the_same_calls() {
    let first = Mutex::new(None);
    for _ in 0..2 {
        on_every_store(async |store| {
            store.create_tenant(&tenant(1, "acme")).await.unwrap();
            one_of_everything(store, ACME, 1).await;
            let now = Snapshot::of(store).await;
            let mut first = first.lock().unwrap();
            first.get_or_insert_with(|| now.clone()).is_still(&now);
        });
    }
}
