use async_trait::async_trait;

use crate::{
    AssetHit, AssetKey, AssetSearch, BranchHit, BranchRef, Catalog, Name, NamespaceHit,
    NamespaceKey, Page, Result, TenantId, Text,
};

/// Search in a tenant. Text matches where it occurs literally, compared after Unicode lower-casing
/// ([`search::fold`](crate::search::fold)); empty text matches everything.
#[async_trait]
pub trait Search: Send + Sync {
    /// The assets on the `main` branches that match, by catalog, namespace, name. Text is
    /// searched in the name and in the description.
    async fn search_assets(
        &self,
        tenant: TenantId,
        search: &AssetSearch,
        page: &Page<AssetKey>,
    ) -> Result<Vec<AssetHit>>;

    /// The catalogs whose name contains the text, by name.
    async fn search_catalogs(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<Name>,
    ) -> Result<Vec<Catalog>>;

    /// The namespaces whose own name, the last one of the path, contains the text; by catalog, path.
    async fn search_namespaces(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<NamespaceKey>,
    ) -> Result<Vec<NamespaceHit>>;

    /// The branches whose name contains the text, by catalog, name.
    async fn search_branches(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<BranchRef>,
    ) -> Result<Vec<BranchHit>>;
}
