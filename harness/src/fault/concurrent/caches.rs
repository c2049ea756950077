//! Caches that a read fills after a write has emptied them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use pangolin_store::*;

use super::others::Others;
use super::{fault, lock};
use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::page_of;

/// What was read, by what was asked for. Every write empties it.
struct Cache<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// What is cached for `key`; otherwise what `read` answers, which is cached a moment later.
    async fn get(
        &self,
        key: K,
        read: impl Future<Output = Result<V>>,
        others: &Others<'_>,
    ) -> Result<V> {
        let cached = lock(&self.0).get(&key).cloned();
        if let Some(cached) = cached {
            return Ok(cached);
        }
        let value = read.await?;
        others.a_moment().await;
        lock(&self.0).insert(key, value.clone());
        Ok(value)
    }

    /// Passes a call on, and empties the cache if it is a write.
    async fn pass(&self, op: &Op, inner: &dyn CatalogStore) -> Result<Reply> {
        let answer = op.apply(inner).await;
        if !op.method().is_read() {
            lock(&self.0).clear();
        }
        answer
    }
}

fault!(
    OfBranches(Cache<TenantId, Vec<BranchHit>>),
    "stale-branch-cache",
    Branches,
    Concurrency,
    "caches branches as they were before a write that has emptied the cache",
    |op, inner, others, cache| {
        let all = async |tenant: TenantId| {
            let read =
                async { inner.search_branches(tenant, &Text::default(), &Page::all()).await };
            cache.get(tenant, read, others).await
        };
        match &op {
            Op::GetBranch { tenant, catalog, name } => {
                let mut hits = all(*tenant).await?.into_iter();
                let is_it = |hit: &BranchHit| hit.catalog == *catalog && hit.branch.name == *name;
                Ok(Reply::new(hits.find(is_it).map(|hit| hit.branch)))
            }
            Op::ListBranches { tenant, catalog, page } => {
                let hits = all(*tenant).await?.into_iter().filter(|hit| hit.catalog == *catalog);
                let branches = hits.map(|hit| hit.branch).collect();
                Ok(Reply::new(page_of(branches, |branch: &Branch| branch.name.clone(), page)))
            }
            Op::SearchBranches { tenant, text, page } if text.is_empty() => {
                let key = |hit: &BranchHit| {
                    let (catalog, branch) = (hit.catalog.clone(), hit.branch.name.clone());
                    BranchRef { catalog, branch }
                };
                Ok(Reply::new(page_of(all(*tenant).await?, key, page)))
            }
            _ => cache.pass(&op, inner).await,
        }
    }
);

fault!(
    OfAssets(Cache<(TenantId, BranchRef, NamespacePath), Vec<Asset>>),
    "stale-asset-cache",
    Assets,
    Concurrency,
    "caches assets as they were before a write that has emptied the cache",
    |op, inner, others, cache| {
        let all = async |tenant: TenantId, on: BranchRef, namespace: &NamespacePath| {
            let read = async { inner.list_assets(tenant, &on, namespace, &Page::all()).await };
            cache.get((tenant, on.clone(), namespace.clone()), read, others).await
        };
        match &op {
            Op::GetAsset { tenant, at } => {
                let mut assets = all(*tenant, at.branch_ref(), &at.namespace).await?.into_iter();
                Ok(Reply::new(assets.find(|asset| asset.name == at.name)))
            }
            Op::ListAssets { tenant, on, namespace, page } => {
                let assets = all(*tenant, on.clone(), namespace).await?;
                Ok(Reply::new(page_of(assets, |asset: &Asset| asset.name.clone(), page)))
            }
            _ => cache.pass(&op, inner).await,
        }
    }
);

fault!(
    OfServiceUsers(Cache<(), Vec<ServiceUser>>),
    "stale-key-cache",
    ServiceUsers,
    Concurrency,
    "caches API keys as they were before a write that has emptied the cache, and so accepts a key that was \
     rotated",
    |op, inner, others, cache| {
        let all = async || cache.get((), service_users(inner), others).await;
        match &op {
            Op::GetServiceUserByApiKeyHash { hash } => {
                let mut found = all().await?.into_iter();
                Ok(Reply::new(found.find(|service_user| service_user.api_key_hash == *hash)))
            }
            Op::ListServiceUsers { tenant, page } => {
                let mut rows = all().await?;
                rows.retain(|service_user| service_user.tenant == *tenant);
                Ok(Reply::new(page_of(rows, |row: &ServiceUser| row.name.clone(), page)))
            }
            _ => cache.pass(&op, inner).await,
        }
    }
);

/// The service users of all tenants.
async fn service_users(inner: &dyn CatalogStore) -> Result<Vec<ServiceUser>> {
    let mut all = Vec::new();
    for tenant in inner.list_tenants(&Page::all()).await? {
        all.extend(inner.list_service_users(tenant.id, &Page::all()).await?);
    }
    Ok(all)
}

fault!(
    OfRevocations(Cache<(TenantId, TokenId), Option<Revocation>>),
    "stale-revocation-cache",
    Tokens,
    Concurrency,
    "caches revocations as they were before a write that has emptied the cache, and so accepts a token that was \
     revoked",
    |op, inner, others, cache| {
        let get = async |tenant: TenantId, token: TokenId| {
            let read = async { inner.get_revocation(tenant, token).await };
            cache.get((tenant, token), read, others).await
        };
        match &op {
            Op::GetRevocation { tenant, token } => Ok(Reply::new(get(*tenant, *token).await?)),
            Op::IsTokenRevoked { tenant, token } => {
                Ok(Reply::new(get(*tenant, *token).await?.is_some()))
            }
            _ => cache.pass(&op, inner).await,
        }
    }
);
