//! Helpers with which faults read and change the content of a store.

use pangolin_store::*;

/// The rows of a listing that are on `page`: those after its key, in the order of the key.
pub(super) fn page_of<T, K: Ord>(
    mut rows: Vec<T>,
    key: impl Fn(&T) -> K,
    page: &Page<K>,
) -> Vec<T> {
    rows.sort_by_key(&key);
    rows.retain(|row| page.after.as_ref().is_none_or(|after| key(row) > *after));
    rows.truncate(page.limit.get() as usize);
    rows
}

/// The namespaces of a catalog, parents first.
pub(super) async fn namespaces(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
) -> Result<Vec<Namespace>> {
    let all = inner.search_namespaces(tenant, &Text::default(), &Page::all()).await?;
    let here = all.into_iter().filter(|hit| hit.catalog == *catalog);
    Ok(here.map(|hit| hit.namespace).collect())
}

/// The assets on a branch.
pub(super) async fn assets(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    on: &BranchRef,
) -> Result<Vec<Asset>> {
    let mut all = Vec::new();
    for namespace in namespaces(inner, tenant, &on.catalog).await? {
        all.extend(inner.list_assets(tenant, on, &namespace.path, &Page::all()).await?);
    }
    Ok(all)
}

pub(super) fn at(on: &BranchRef, AssetPlace { namespace, name }: AssetPlace) -> AssetRef {
    AssetRef { catalog: on.catalog.clone(), branch: on.branch.clone(), namespace, name }
}

/// Deletes the assets of a branch.
pub(super) async fn delete_assets(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    on: &BranchRef,
) -> Result<()> {
    for asset in assets(inner, tenant, on).await? {
        inner.delete_asset(tenant, &at(on, asset.place())).await?;
    }
    Ok(())
}

/// Creates an asset at its place, or updates it if it exists.
pub(super) async fn put(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    on: &BranchRef,
    asset: &Asset,
) -> Result<()> {
    match inner.get_asset_by_id(tenant, on, asset.id).await? {
        Some(there) if there.place() == asset.place() => {
            let update = AssetUpdate {
                kind: Some(asset.kind),
                location: Some(asset.location.clone()),
                metadata_location: Some(asset.metadata_location.clone()),
                properties: Some(asset.properties.clone()),
            };
            inner.update_asset(tenant, &at(on, asset.place()), &update).await.map(drop)
        }
        _ => inner.create_asset(tenant, on, asset).await,
    }
}

/// Makes `wanted` the whole content of a branch.
pub(super) async fn replace_assets(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    on: &BranchRef,
    wanted: &[Asset],
) -> Result<()> {
    for there in assets(inner, tenant, on).await? {
        let stays = |asset: &Asset| asset.id == there.id && asset.place() == there.place();
        if !wanted.iter().any(stays) {
            inner.delete_asset(tenant, &at(on, there.place())).await?;
        }
    }
    for asset in wanted {
        put(inner, tenant, on, asset).await?;
    }
    Ok(())
}

/// Deletes the assets and the namespaces of a catalog.
pub(super) async fn delete_children(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
) -> Result<()> {
    for Branch { name: branch, .. } in inner.list_branches(tenant, catalog, &Page::all()).await? {
        delete_assets(inner, tenant, &BranchRef { catalog: catalog.clone(), branch }).await?;
    }
    for namespace in namespaces(inner, tenant, catalog).await?.iter().rev() {
        inner.delete_namespace(tenant, catalog, &namespace.path).await?;
    }
    Ok(())
}

/// Whether all namespaces to which a new branch is limited exist.
pub(super) async fn are_there(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
    paths: Option<&SmallSet<NamespacePath>>,
) -> Result<bool> {
    for path in paths.into_iter().flat_map(|paths| paths.items()) {
        if inner.get_namespace(tenant, catalog, path).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
