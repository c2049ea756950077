//! What makes the calls of a client: a store in this process, or a process of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pangolin_store::CatalogStore;
use serde_json::Value;

use crate::compare::call::outcome;
use crate::contract::op::Op;

/// What makes the calls of a client.
#[async_trait]
pub(crate) trait Caller: Send + Sync {
    /// Makes a call; its outcome as JSON, or `None` when the caller was killed before it knew.
    async fn call(&self, call: &Op, limit: Duration) -> Option<Value>;
}

#[async_trait]
impl Caller for Arc<dyn CatalogStore> {
    async fn call(&self, call: &Op, limit: Duration) -> Option<Value> {
        Some(outcome(call, &**self, limit).await.to_value())
    }
}
