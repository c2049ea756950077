use async_trait::async_trait;

use super::MemoryStore;
use super::table::{after, first};
use crate::search::{finds, fold};
use crate::store::Search;
use crate::{
    Asset, AssetHit, AssetKey, AssetPlace, AssetSearch, Branch, BranchHit, BranchRef,
    BusinessMetadata, Catalog, Name, NamespaceHit, NamespaceKey, Page, Result, TenantId, Text,
};

/// Whether a search selects an asset. `needle` is the search's text, folded.
fn matches(
    search: &AssetSearch,
    needle: &str,
    asset: &Asset,
    metadata: Option<&BusinessMetadata>,
) -> bool {
    let description = metadata.and_then(|metadata| metadata.description.as_ref());
    let has_tag = |tag| metadata.is_some_and(|metadata| metadata.tags.items().contains(tag));
    let discoverable = metadata.is_some_and(|metadata| metadata.discoverable);
    (finds(needle, &asset.name) || description.is_some_and(|text| finds(needle, text)))
        && search.tags.items().iter().all(has_tag)
        && search.kind.is_none_or(|kind| kind == asset.kind)
        && search.discoverable.is_none_or(|wanted| wanted == discoverable)
}

#[async_trait]
impl Search for MemoryStore {
    async fn search_assets(
        &self,
        tenant: TenantId,
        search: &AssetSearch,
        page: &Page<AssetKey>,
    ) -> Result<Vec<AssetHit>> {
        self.read(|state| {
            let tenant = state.tenant(tenant)?;
            let (needle, main, seen) = (fold(&search.text), Branch::main().name, &page.after);
            let catalogs = tenant.catalogs.starting_at(seen.as_ref().map(|seen| &seen.catalog));
            let assets = catalogs.flat_map(|row| {
                let seen = seen.as_ref().filter(|seen| seen.catalog == row.catalog.name);
                let seen = seen
                    .cloned()
                    .map(|AssetKey { namespace, name, .. }| AssetPlace { namespace, name });
                let main = row.branches.get(&main).into_iter();
                main.flat_map(move |main| main.assets.after(seen.as_ref()))
                    .map(|asset| (&row.catalog.name, asset, tenant.metadata.get(&asset.id)))
            });
            let found =
                assets.filter(|(_, asset, metadata)| matches(search, &needle, asset, *metadata));
            let hits = found.map(|(catalog, asset, metadata)| AssetHit {
                catalog: catalog.clone(),
                asset: asset.clone(),
                metadata: metadata.cloned(),
            });
            Ok(hits.take(page.limit.get() as usize).collect())
        })
    }

    async fn search_catalogs(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<Name>,
    ) -> Result<Vec<Catalog>> {
        self.read(|state| {
            let needle = fold(text);
            let catalogs = state.tenant(tenant)?.catalogs.after(page.after.as_ref());
            let catalogs = catalogs.map(|row| &row.catalog);
            Ok(first(page.limit, catalogs.filter(|catalog| finds(&needle, &catalog.name))))
        })
    }

    async fn search_namespaces(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<NamespaceKey>,
    ) -> Result<Vec<NamespaceHit>> {
        self.read(|state| {
            let (needle, seen) = (fold(text), page.after.as_ref());
            let catalogs = &state.tenant(tenant)?.catalogs;
            let namespaces = catalogs.starting_at(seen.map(|seen| &seen.catalog)).flat_map(|row| {
                let seen = seen.filter(|seen| seen.catalog == row.catalog.name);
                after(&row.namespaces, seen.map(|seen| &seen.path))
                    .map(|(_, namespace)| (&row.catalog.name, namespace))
            });
            let found = namespaces.filter(|(_, namespace)| finds(&needle, namespace.path.leaf()));
            let hits = found.map(|(catalog, namespace)| NamespaceHit {
                catalog: catalog.clone(),
                namespace: namespace.clone(),
            });
            Ok(hits.take(page.limit.get() as usize).collect())
        })
    }

    async fn search_branches(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<BranchRef>,
    ) -> Result<Vec<BranchHit>> {
        self.read(|state| {
            let (needle, seen) = (fold(text), page.after.as_ref());
            let catalogs = &state.tenant(tenant)?.catalogs;
            let branches = catalogs.starting_at(seen.map(|seen| &seen.catalog)).flat_map(|row| {
                let seen = seen.filter(|seen| seen.catalog == row.catalog.name);
                after(&row.branches, seen.map(|seen| &seen.branch))
                    .map(|(_, branch)| (&row.catalog.name, &branch.branch))
            });
            let found = branches.filter(|(_, branch)| finds(&needle, &branch.name));
            let hits = found.map(|(catalog, branch)| BranchHit {
                catalog: catalog.clone(),
                branch: branch.clone(),
            });
            Ok(hits.take(page.limit.get() as usize).collect())
        })
    }
}
