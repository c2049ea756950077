use async_trait::async_trait;

use super::MemoryStore;
use super::state::{BranchState, State};
use super::table::{Row, first};
use crate::store::Assets;
use crate::{
    Asset, AssetId, AssetPlace, AssetRef, AssetUpdate, BranchRef, ConflictReason, Entity,
    MetadataSwap, Name, NamespacePath, Page, Result, StoreError, TenantId,
};

impl Row for Asset {
    const ENTITY: Entity = Entity::Asset;
    type Id = AssetId;
    type Key = AssetPlace;

    fn id(&self) -> AssetId {
        self.id
    }

    fn key(&self) -> AssetPlace {
        self.place()
    }

    fn label(&self) -> String {
        self.place().to_string()
    }
}

impl BranchState {
    /// The assets in a namespace, not below it, strictly after a name, by name.
    pub(super) fn assets_in<'a>(
        &'a self,
        namespace: &'a NamespacePath,
        after: Option<&'a Name>,
    ) -> impl Iterator<Item = &'a Asset> {
        let name = after.cloned().unwrap_or_else(first_name);
        let from = AssetPlace { namespace: namespace.clone(), name };
        let rest = self.assets.starting_at(Some(&from));
        rest.take_while(|asset| asset.namespace == *namespace)
            .skip_while(move |asset| Some(&asset.name) == after)
    }
}

/// The smallest name.
fn first_name() -> Name {
    Name::new(" ").expect("a space is a name, and no character before it may be in one")
}

/// Changes the asset at a place, and returns it as it is now.
fn change(
    state: &mut State,
    tenant: TenantId,
    at: &AssetRef,
    change: impl FnOnce(Asset) -> Result<Asset>,
) -> Result<Asset> {
    let tenant = state.tenant_mut(tenant)?;
    let after = change(tenant.asset(at)?.clone())?;
    tenant.catalog_mut(&at.catalog)?.branch_mut(&at.branch)?.assets.put(after)
}

#[async_trait]
impl Assets for MemoryStore {
    async fn create_asset(&self, tenant: TenantId, on: &BranchRef, asset: &Asset) -> Result<()> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(&on.catalog)?;
            catalog.branch(&on.branch)?;
            catalog.namespace(&asset.namespace)?;
            catalog.branch_mut(&on.branch)?.assets.add(asset.clone())
        })
    }

    async fn get_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<Option<Asset>> {
        self.read(|state| Ok(Some(state.tenant(tenant)?.asset(at)?.clone())))
    }

    async fn get_asset_by_id(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        asset: AssetId,
    ) -> Result<Option<Asset>> {
        self.read(|state| {
            let branch = state.tenant(tenant)?.catalog(&on.catalog)?.branch(&on.branch)?;
            Ok(branch.assets.get(asset).cloned())
        })
    }

    async fn list_assets(
        &self,
        tenant: TenantId,
        on: &BranchRef,
        namespace: &NamespacePath,
        page: &Page<Name>,
    ) -> Result<Vec<Asset>> {
        self.read(|state| {
            let branch = state.tenant(tenant)?.catalog(&on.catalog)?.branch(&on.branch)?;
            Ok(first(page.limit, branch.assets_in(namespace, page.after.as_ref())))
        })
    }

    async fn update_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        update: &AssetUpdate,
    ) -> Result<Asset> {
        self.write(|state| change(state, tenant, at, |asset| Ok(asset.updated(update))))
    }

    async fn rename_asset(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        to: &AssetPlace,
    ) -> Result<Asset> {
        self.write(|state| {
            let AssetPlace { namespace, name } = to.clone();
            let moved = change(state, tenant, at, |asset| Ok(Asset { namespace, name, ..asset }))?;
            state.tenant(tenant)?.catalog(&at.catalog)?.namespace(&to.namespace)?;
            Ok(moved)
        })
    }

    async fn delete_asset(&self, tenant: TenantId, at: &AssetRef) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            let asset = tenant.asset(at)?.id;
            tenant.catalog_mut(&at.catalog)?.branch_mut(&at.branch)?.assets.remove(asset)?;
            tenant.forget_lost([asset])
        })
    }

    async fn commit_metadata(
        &self,
        tenant: TenantId,
        at: &AssetRef,
        swap: &MetadataSwap,
    ) -> Result<Asset> {
        self.write(|state| {
            change(state, tenant, at, |asset| {
                if asset.metadata_location != swap.expected {
                    return Err(StoreError::conflict(ConflictReason::Stale, at));
                }
                Ok(Asset { metadata_location: Some(swap.new.clone()), ..asset })
            })
        })
    }

    async fn count_assets(&self, tenant: TenantId) -> Result<u64> {
        self.read(|state| {
            let catalogs = state.tenant(tenant)?.catalogs.iter();
            let branches = catalogs.flat_map(|catalog| catalog.branches.values());
            Ok(branches.map(|branch| branch.assets.len() as u64).sum())
        })
    }
}
