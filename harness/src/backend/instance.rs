//! Open stores of any backend.

use std::sync::Arc;

use async_trait::async_trait;
use pangolin_store::{CatalogStore, MemoryStore, Result, StoreError};

use super::Backend;
use crate::contract::intercept::{Intercepted, Interceptor};
use crate::contract::op::Op;
use crate::contract::outcome::with_causes;
use crate::contract::reply::Reply;
use crate::fault::{ConcurrentFault, Fault, Planted, WriteLog};

/// An open store of any backend.
#[async_trait]
pub trait Instance: Send + Sync {
    /// The store. If it could not be opened again, every call fails.
    fn store(&self) -> Arc<dyn CatalogStore>;

    /// Deletes everything in the store; a store that is not open is replaced by a new one.
    ///
    /// # Errors
    /// Why the store cannot be emptied or opened.
    async fn empty(&mut self) -> Result<()>;

    /// Closes the store and opens it again. Every value that [`store`](Self::store) returned must have been
    /// dropped.
    async fn restart(&mut self);

    /// Another store on the same database, as another process would open it; `None`: the data is in the store
    /// itself.
    ///
    /// # Errors
    /// Why it cannot be opened.
    async fn open_beside(&self) -> Result<Option<Arc<dyn CatalogStore>>>;

    /// The URL by which [`pangolin_store::open`] opens the database, if it does.
    fn url(&self) -> Option<String>;
}

/// A store and its backend.
pub(super) struct Opened<B: Backend> {
    // Dropped before the backend, which may drop the database that the store is connected to.
    store: Result<Arc<B::Store>, NotOpen>,
    backend: Arc<B>,
}

impl<B: Backend> Opened<B> {
    pub(super) async fn open(backend: Arc<B>) -> Result<Self> {
        let store = Ok(Arc::new(backend.open().await?));
        Ok(Self { store, backend })
    }
}

#[async_trait]
impl<B: Backend> Instance for Opened<B> {
    fn store(&self) -> Arc<dyn CatalogStore> {
        match &self.store {
            Ok(store) => Arc::clone(store) as Arc<dyn CatalogStore>,
            Err(reason) => reason.clone().into_store(),
        }
    }

    async fn empty(&mut self) -> Result<()> {
        match &self.store {
            Ok(store) => self.backend.empty(store).await,
            Err(_) => {
                self.store = Ok(Arc::new(self.backend.open().await?));
                Ok(())
            }
        }
    }

    async fn restart(&mut self) {
        // If this call is cancelled in the middle, the store is not open.
        let closing = Err(NotOpen("it did not open again in time".into()));
        let Ok(store) = std::mem::replace(&mut self.store, closing) else { return };
        self.store = match Arc::into_inner(store) {
            None => Err(NotOpen("a cancelled call still holds it".into())),
            Some(store) => match self.backend.reopen(store).await {
                Ok(store) => Ok(Arc::new(store)),
                Err(error) => Err(NotOpen(with_causes(&error).into())),
            },
        };
    }

    async fn open_beside(&self) -> Result<Option<Arc<dyn CatalogStore>>> {
        let Ok(store) = &self.store else { return Ok(None) };
        let beside = self.backend.open_beside(store).await?;
        Ok(beside.map(|store| Arc::new(store) as Arc<dyn CatalogStore>))
    }

    fn url(&self) -> Option<String> {
        self.store.as_ref().ok().and_then(|store| self.backend.url(store))
    }
}

/// Why a store is not open.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the store could not be opened again: {0}")]
struct NotOpen(Arc<str>);

impl NotOpen {
    /// A store in which every call fails with this reason.
    fn into_store(self) -> Arc<dyn CatalogStore> {
        Arc::new(Intercepted::new(self, Arc::new(MemoryStore::new())))
    }
}

#[async_trait]
impl Interceptor for NotOpen {
    async fn call(&self, _: Op, _: &dyn CatalogStore) -> Result<Reply> {
        Err(StoreError::backend(self.clone()))
    }
}

/// A store with a fault.
pub(super) struct FaultyInstance {
    inner: Box<dyn Instance>,
    fault: &'static dyn Fault,
    writes: Arc<WriteLog>,
}

impl FaultyInstance {
    pub(super) fn new(inner: Box<dyn Instance>, fault: &'static dyn Fault) -> Self {
        Self { inner, fault, writes: Arc::default() }
    }

    fn planted_in(&self, store: Arc<dyn CatalogStore>) -> Arc<dyn CatalogStore> {
        let planted = Planted { fault: self.fault, writes: Arc::clone(&self.writes) };
        Arc::new(Intercepted::new(planted, store))
    }
}

#[async_trait]
impl Instance for FaultyInstance {
    fn store(&self) -> Arc<dyn CatalogStore> {
        self.planted_in(self.inner.store())
    }

    async fn empty(&mut self) -> Result<()> {
        self.writes.forget();
        self.inner.empty().await
    }

    async fn restart(&mut self) {
        self.inner.restart().await;
        self.fault.restarted(&*self.inner.store()).await;
    }

    async fn open_beside(&self) -> Result<Option<Arc<dyn CatalogStore>>> {
        Ok(self.inner.open_beside().await?.map(|store| self.planted_in(store)))
    }

    fn url(&self) -> Option<String> {
        // A store that is opened by its URL does not have the fault.
        None
    }
}

/// A store with a fault that no single client can see. All clients use the same store.
pub(super) struct ConcurrentlyFaultyInstance {
    inner: Box<dyn Instance>,
    fault: &'static ConcurrentFault,
    planted: Arc<dyn CatalogStore>,
}

impl ConcurrentlyFaultyInstance {
    pub(super) fn new(inner: Box<dyn Instance>, fault: &'static ConcurrentFault) -> Self {
        let planted = fault.plant(inner.store());
        Self { inner, fault, planted }
    }
}

#[async_trait]
impl Instance for ConcurrentlyFaultyInstance {
    fn store(&self) -> Arc<dyn CatalogStore> {
        Arc::clone(&self.planted)
    }

    async fn empty(&mut self) -> Result<()> {
        self.inner.empty().await?;
        self.planted = self.fault.plant(self.inner.store());
        Ok(())
    }

    async fn restart(&mut self) {
        self.planted = Arc::new(MemoryStore::new());
        self.inner.restart().await;
        self.planted = self.fault.plant(self.inner.store());
    }

    async fn open_beside(&self) -> Result<Option<Arc<dyn CatalogStore>>> {
        Ok(None)
    }

    fn url(&self) -> Option<String> {
        None
    }
}
