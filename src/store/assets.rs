use async_trait::async_trait;

use crate::{
    Asset, AssetId, AssetPlace, AssetRef, AssetUpdate, BranchRef, MetadataSwap, Name,
    NamespacePath, Page, Result, TenantId,
};

/// Assets on a branch. Id and place (namespace and name) are unique on it.
#[async_trait]
pub trait Assets: Send + Sync {
    /// Creates an asset.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Branch)`, `NotFound(Namespace)`;
    /// `AlreadyExists(Asset)` when the id or the place is taken on the branch.
    async fn create_asset(&self, tenant: TenantId, on: &BranchRef, asset: &Asset) -> Result<()>;

    /// The asset at a place.
    async fn get_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<Option<Asset>>;

    /// The asset with that id, at any place on the branch.
    async fn get_asset_by_id(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        asset: AssetId,
    ) -> Result<Option<Asset>>;

    /// The assets in a namespace (not below it), by name.
    async fn list_assets(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        namespace: &NamespacePath,
        page: &Page<Name>,
    ) -> Result<Vec<Asset>>;

    /// Changes an asset and returns it as it is now.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Branch)`, `NotFound(Namespace)`,
    /// `NotFound(Asset)`.
    async fn update_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        update: &AssetUpdate,
    ) -> Result<Asset>;

    /// Moves an asset to another place on its branch and returns it as it is now. Moving it to its own
    /// place changes nothing.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Branch)`, `NotFound(Namespace)` of its
    /// place, `NotFound(Asset)`; `AlreadyExists(Asset)` when the new place is taken;
    /// `NotFound(Namespace)` of the new place.
    async fn rename_asset(&self, tenant: TenantId, at: &AssetRef, to: &AssetPlace)
    -> Result<Asset>;

    /// Deletes an asset from a branch. If the branch has a base of the asset, the content with which it
    /// copied it, the base stays, so that a merge sees the deletion.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Branch)`, `NotFound(Namespace)`,
    /// `NotFound(Asset)`.
    async fn delete_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<()>;

    /// Replaces an asset's metadata location if it is the one that the caller expects, and returns the
    /// asset as it is now.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Branch)`, `NotFound(Namespace)`,
    /// `NotFound(Asset)`; `Conflict(Stale)` when it is not the expected one; to expect `None` is to
    /// expect that there is none.
    async fn commit_metadata(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        swap: &MetadataSwap,
    ) -> Result<Asset>;

    /// How many assets a tenant has; an asset counts once per branch that holds it.
    async fn count_assets(&self, tenant: TenantId) -> Result<u64>;
}
