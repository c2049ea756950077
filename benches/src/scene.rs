//! The content of a store before it is measured.

use std::future::Future;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use pangolin_store::{
    Asset, Branch, BranchRef, CatalogStore, CommitId, CommitOperation, Namespace, NewCommit,
    Properties, Revocation, SettingsUpdate, TenantId,
};

use crate::rows::{self, READ, SWAPPED, Sort, TENANT, WRITTEN};

/// The number of assets among which calls are compared with their floors.
pub const COMPARED_AT: u64 = 100_000;
/// The number of parallel calls while a store is filled.
const AT_ONCE: usize = 8;
/// The number of assets per commit while a store is filled.
const A_COMMIT: u64 = 1_000;

/// A filled store, and the rows to use next.
pub struct Scene {
    /// The number of assets and of audit events; there are a tenth as many users.
    pub size: u64,
    next: AtomicU64,
    versions: Vec<AtomicU64>,
}

impl Scene {
    /// Fills an empty store. Rows that are written one by one are at most as many as among [`COMPARED_AT`]
    /// assets.
    ///
    /// # Errors
    /// The store's error.
    pub async fn fill(store: &dyn CatalogStore, size: u64) -> Result<Self> {
        store.create_tenant(&rows::tenant()).await?;
        fill_catalog(store, TENANT, size).await?;

        let written = size.min(COMPARED_AT);
        let people = written / 10;
        each(people, |n| async move { store.create_user(&rows::user(n)).await }).await?;
        each(people, |n| async move { store.create_service_user(&rows::service_user(n)).await })
            .await?;
        each(people, |n| async move { store.store_token(&rows::token(n)).await }).await?;
        each(people / 2, |n| async move {
            let token = rows::token(n);
            let expires_at = token.expires_at;
            let revocation = Revocation { token: token.id, reason: None, expires_at };
            store.revoke_token(TENANT, &revocation).await
        })
        .await?;
        each(written, |n| async move { store.log_audit_event(&rows::event(n)).await }).await?;
        each(written / 100, |n| async move {
            let write = rows::metadata(n, n);
            store.upsert_business_metadata(TENANT, rows::asset_id(n), &write).await.map(drop)
        })
        .await?;
        let update =
            SettingsUpdate { default_retention_days: Some(90), ..SettingsUpdate::default() };
        store.update_settings(TENANT, &update).await?;

        let versions = (0..SWAPPED).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { size, next: AtomicU64::new(size), versions })
    }

    /// A number that no row has yet.
    pub fn fresh(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The number of an existing row, a different one on each turn.
    pub fn row(&self, turn: u64, of: u64) -> u64 {
        turn.wrapping_mul(7_919) % of.max(1)
    }

    /// The next swap of an asset's metadata location: the asset, the current and the new location.
    pub fn swap(&self, turn: u64) -> (u64, u64) {
        let asset = turn % SWAPPED;
        (asset, self.versions[asset as usize].fetch_add(1, Ordering::Relaxed))
    }
}

/// Creates the catalog in a tenant, with that many assets on `main`, created by commits.
///
/// # Errors
/// The store's error.
pub async fn fill_catalog(store: &dyn CatalogStore, tenant: TenantId, size: u64) -> Result<()> {
    let catalog = rows::catalog();
    store.create_catalog(tenant, &catalog).await?;
    for path in [READ, WRITTEN] {
        let namespace =
            Namespace { path: rows::namespace(path), properties: Properties::default() };
        store.create_namespace(tenant, &catalog.name, &namespace).await?;
    }
    let mut parent = None;
    for first in (0..size).step_by(A_COMMIT as usize) {
        let numbers = first..(first + A_COMMIT).min(size);
        let puts = numbers.map(|number| rows::asset(number, READ, &rows::asset_name(number, size)));
        parent =
            Some(commit_in(store, tenant, &rows::on("main"), parent, first, puts.collect()).await?);
    }
    Ok(())
}

/// Commits assets and returns the commit's id.
///
/// # Errors
/// The store's error.
pub async fn commit(
    store: &dyn CatalogStore,
    on: &BranchRef,
    parent: Option<CommitId>,
    number: u64,
    assets: Vec<Asset>,
) -> Result<CommitId> {
    commit_in(store, TENANT, on, parent, number, assets).await
}

async fn commit_in(
    store: &dyn CatalogStore,
    tenant: TenantId,
    on: &BranchRef,
    parent: Option<CommitId>,
    number: u64,
    assets: Vec<Asset>,
) -> Result<CommitId> {
    let puts: Vec<_> = assets.into_iter().map(|asset| CommitOperation::Put { asset }).collect();
    let commit = NewCommit {
        id: rows::id(Sort::Commit, 1_000 + number),
        parent,
        author: rows::text("ada"),
        message: rows::text("arrivals"),
        at: rows::time(number),
        operations: puts.try_into()?,
    };
    store.commit(tenant, on, &commit).await?;
    Ok(commit.id)
}

/// The head of a branch.
///
/// # Errors
/// The store's error.
pub async fn head(store: &dyn CatalogStore, on: &BranchRef) -> Result<Option<CommitId>> {
    let branch: Option<Branch> = store.get_branch(TENANT, &on.catalog, &on.branch).await?;
    Ok(branch.and_then(|branch| branch.head))
}

/// Makes a call for each number below `count`, several in parallel.
async fn each<'a, F>(count: u64, call: impl Fn(u64) -> F + Copy + Send + 'a) -> Result<()>
where
    F: Future<Output = pangolin_store::Result<()>> + Send + 'a,
{
    stream::iter(0..count).map(call).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    Ok(())
}

/// A page of that many rows.
pub fn limit(rows: u32) -> NonZeroU32 {
    NonZeroU32::new(rows).unwrap_or(NonZeroU32::MIN)
}
