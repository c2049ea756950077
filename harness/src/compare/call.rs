//! One call on one store, whatever it does.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use pangolin_store::CatalogStore;

use crate::contract::op::Op;
use crate::contract::outcome::Outcome;

/// The outcome of a call, a panic and a hang included.
pub(crate) async fn outcome(op: &Op, store: &dyn CatalogStore, limit: Duration) -> Outcome {
    let call = AssertUnwindSafe(op.apply(store)).catch_unwind();
    match tokio::time::timeout(limit, call).await {
        Ok(Ok(Ok(reply))) => Outcome::Reply(reply),
        Ok(Ok(Err(error))) => Outcome::Error(error),
        Ok(Err(panic)) => Outcome::Panic(message(&*panic)),
        Err(_) => Outcome::Hang,
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(message) = panic.downcast_ref::<&str>() {
        return (*message).to_owned();
    }
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
