//! A store whose every call goes through one function.
//!
//! What it is for: a store of one's own that answers calls as values, a partial store, a store that
//! misbehaves on purpose. The function gets the call as an [`Op`] and the store inside.

use std::sync::Arc;

use async_trait::async_trait;
use pangolin_store::{CatalogStore, Result, StoreError};

use crate::contract::op::Op;
use crate::contract::outcome::{Answered, Reply};

/// What happens to a call.
#[async_trait]
pub trait Interceptor: Send + Sync + 'static {
    /// Answers `op`; `op.apply(inner)` passes it on.
    ///
    /// # Errors
    /// What the caller shall get.
    async fn call(&self, op: Op, inner: &dyn CatalogStore) -> Result<Reply>;
}

/// A [`CatalogStore`] that hands every call to an [`Interceptor`].
#[derive(Clone)]
pub struct Intercepted<I> {
    interceptor: Arc<I>,
    inner: Arc<dyn CatalogStore>,
}

impl<I: Interceptor> Intercepted<I> {
    /// A store over `inner`.
    pub fn new(interceptor: I, inner: Arc<dyn CatalogStore>) -> Self {
        Self { interceptor: Arc::new(interceptor), inner }
    }

    /// What the calls are handed to.
    pub fn interceptor(&self) -> &I {
        &self.interceptor
    }

    pub(crate) async fn intercept<T: Answered>(&self, op: Op) -> Result<T> {
        let method = op.method();
        let reply = self.interceptor.call(op, &*self.inner).await?;
        reply.into_inner().ok_or_else(|| {
            StoreError::backend(format!("the interceptor gave {method} another method's answer"))
        })
    }
}
