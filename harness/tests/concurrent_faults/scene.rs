//! A store with a fault, what it holds, and calls that are polled by hand.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use pangolin_parity::fault::concurrent;
use pangolin_store::*;

use crate::fixtures::*;

pub(crate) type Store = Arc<dyn CatalogStore>;

/// On the model with that fault, and on one thread: the tenant [`ACME`] with user 1, and in it the catalog `sales`
/// with assets 1 `orders` and 2 `items` in the namespace `[ns]`, and the empty namespace `[a]`.
#[track_caller]
pub(crate) fn with(fault: &str, body: impl AsyncFn(&Store)) {
    let store = concurrent(fault).unwrap().plant(Arc::new(MemoryStore::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        furnish(&*store).await.unwrap();
        body(&store).await;
    });
}

async fn furnish(store: &dyn CatalogStore) -> Result<()> {
    store.create_tenant(&tenant(1, "acme")).await?;
    store.create_user(&user(1, "ann")).await?;
    store.create_catalog(ACME, &catalog(1, "sales")).await?;
    store.create_namespace(ACME, &sales(), &namespace(["a"])).await?;
    store.create_namespace(ACME, &sales(), &namespace(["ns"])).await?;
    store.create_asset(ACME, &on("main"), &asset(1, ["ns"], "orders")).await?;
    store.create_asset(ACME, &on("main"), &asset(2, ["ns"], "items")).await
}

pub(crate) fn sales() -> Name {
    name("sales")
}

pub(crate) fn orders() -> AssetRef {
    asset_ref("main", ["ns"], "orders")
}

/// An update to that location.
pub(crate) fn to(location: &str) -> AssetUpdate {
    AssetUpdate { location: Some(text(location)), ..AssetUpdate::default() }
}

/// The location of `orders` on `main`.
pub(crate) async fn location(store: &Store) -> String {
    store.get_asset(ACME, &orders()).await.unwrap().unwrap().location.to_string()
}

/// The names of the assets in `[ns]` on a branch of `sales`.
pub(crate) async fn names_on(store: &Store, branch: &str) -> Vec<String> {
    let assets = store.list_assets(ACME, &on(branch), &path(["ns"]), &all()).await.unwrap();
    assets.into_iter().map(|asset| asset.name.to_string()).collect()
}

/// Creates the ingest branch `dev` from `main`.
pub(crate) async fn branch_off(store: &Store) {
    store.create_branch(ACME, &sales(), &ingest("dev", "main")).await.unwrap();
}

/// Polls a call that often, in vain, and gives it up.
pub(crate) async fn give_up<T>(call: impl Future<Output = T>, polls: usize) {
    let mut call = pin!(call);
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        assert!(polled.is_pending());
    }
}
