//! Rows that are created or deleted after a check that no longer holds.

use pangolin_store::*;

use super::fault;
use crate::contract::op::Op;
use crate::contract::reply::Reply;

fault!(
    BothCreatesSucceed,
    "both-creates-succeed",
    Namespaces,
    Concurrency,
    "checks that a namespace is absent before it creates it, and tells both of two callers that they did",
    |op, inner, others| {
        let Op::CreateNamespace { tenant, catalog, namespace } = &op else {
            return op.apply(inner).await;
        };
        if inner.get_namespace(*tenant, catalog, &namespace.path).await?.is_some() {
            return op.apply(inner).await;
        }
        others.a_moment().await;
        match op.apply(inner).await {
            Err(StoreError::AlreadyExists { .. }) => Ok(Reply::new(())),
            answer => answer,
        }
    }
);

fault!(
    BothDeletesSucceed,
    "both-deletes-succeed",
    Tags,
    Concurrency,
    "checks that a tag exists before it deletes it, and tells both of two callers that they did",
    |op, inner, others| {
        let Op::DeleteTag { tenant, catalog, name } = &op else { return op.apply(inner).await };
        if inner.get_tag(*tenant, catalog, name).await?.is_none() {
            return op.apply(inner).await;
        }
        others.a_moment().await;
        match op.apply(inner).await {
            Err(StoreError::NotFound { entity: Entity::Tag, .. }) => Ok(Reply::new(())),
            answer => answer,
        }
    }
);

fault!(
    DeletedAfterFoundEmpty,
    "namespace-deleted-after-found-empty",
    Namespaces,
    Concurrency,
    "finds a namespace empty, and deletes it with the assets that were created since",
    |op, inner, others| {
        let Op::DeleteNamespace { tenant, catalog, path } = &op else {
            return op.apply(inner).await;
        };
        if !assets_in(inner, *tenant, catalog, path).await?.is_empty() {
            return op.apply(inner).await;
        }
        others.a_moment().await;
        for at in assets_in(inner, *tenant, catalog, path).await? {
            match inner.delete_asset(*tenant, &at).await {
                Ok(()) | Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        op.apply(inner).await
    }
);

/// The assets in a namespace, on every branch.
async fn assets_in(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
    namespace: &NamespacePath,
) -> Result<Vec<AssetRef>> {
    let mut all = Vec::new();
    for Branch { name: branch, .. } in inner.list_branches(tenant, catalog, &Page::all()).await? {
        let on = BranchRef { catalog: catalog.clone(), branch };
        let assets = inner.list_assets(tenant, &on, namespace, &Page::all()).await?;
        all.extend(assets.iter().map(|asset| crate::fault::edits::at(&on, asset.place())));
    }
    Ok(all)
}
