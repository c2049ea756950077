//! A store whose every call goes through one function.
//!
//! What it is for: a store of one's own that answers calls as values, a partial store, a store that
//! misbehaves on purpose. The function gets the call as an [`Op`] and the store inside.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use pangolin_store::store::*;
use pangolin_store::*;

use super::op::Op;
use super::reply::{Answered, Reply};
use super::table::table;

/// What happens to a call.
#[async_trait]
pub trait Interceptor: Send + Sync + 'static {
    /// Answers `op`; `op.apply(inner)` passes it on.
    ///
    /// # Errors
    /// What the caller gets.
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

    async fn intercept<T: Answered>(&self, op: Op) -> Result<T> {
        let method = op.method();
        let reply = self.interceptor.call(op, &*self.inner).await?;
        reply.into_inner().ok_or_else(|| {
            StoreError::backend(format!("the interceptor gave {method} another method's answer"))
        })
    }
}

macro_rules! intercepted {
    ($($area:ident $feature:ident: $trait:ident {$(
        $variant:ident = $method:ident($($arg:ident: $([$copied:ty])? $(&$lent:ty)?),* $(,)?) -> $reply:ty {
            $($outcomes:tt)*
        }
    )+})+) => {$(
        #[async_trait]
        impl<I: Interceptor> $trait for Intercepted<I> {$(
            async fn $method(&self, $($arg: $($copied)? $(&$lent)?),*) -> Result<$reply> {
                self.intercept(Op::$variant { $($arg: $arg.to_owned()),* }).await
            }
        )+}
    )+};
}

table!(intercepted);
