use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::state::BranchState;
use super::table::{Table, after, first};
use crate::store::Branches;
use crate::{
    Asset, AssetId, Branch, ConflictReason, Entity, Name, NamespacePath, NewBranch, Page, Result,
    SmallSet, StoreError, TenantId,
};

/// The assets in or below some namespaces.
fn within(assets: &Table<Asset>, namespaces: &SmallSet<NamespacePath>) -> Result<Table<Asset>> {
    let mut selected = Table::default();
    for asset in assets.iter() {
        if namespaces.items().iter().any(|namespace| asset.namespace.is_within(namespace)) {
            selected.add(asset.clone())?;
        }
    }
    Ok(selected)
}

#[async_trait]
impl Branches for MemoryStore {
    async fn create_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        branch: &NewBranch,
    ) -> Result<Branch> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            if catalog.branches.contains_key(&branch.name) {
                return Err(StoreError::already_exists(Entity::Branch, &branch.name));
            }
            let parent = catalog.branch(&branch.parent)?;
            let assets = match &branch.namespaces {
                None => parent.assets.clone(),
                Some(namespaces) => {
                    namespaces
                        .items()
                        .iter()
                        .try_for_each(|path| catalog.namespace(path).map(drop))?;
                    within(&parent.assets, namespaces)?
                }
            };
            let row = Branch {
                name: branch.name.clone(),
                kind: branch.kind,
                parent: Some(branch.parent.clone()),
                head: parent.branch.head,
            };
            let state = BranchState { branch: row.clone(), bases: assets.clone(), assets };
            catalog.branches.insert(row.name.clone(), Arc::new(state));
            Ok(row)
        })
    }

    async fn get_branch(
        &self,
        tenant: TenantId,
        catalog: &Name,
        name: &Name,
    ) -> Result<Option<Branch>> {
        self.read(|state| {
            let branch = state.tenant(tenant)?.catalog(catalog)?.branch(name)?;
            Ok(Some(branch.branch.clone()))
        })
    }

    async fn list_branches(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Branch>> {
        self.read(|state| {
            let branches = &state.tenant(tenant)?.catalog(catalog)?.branches;
            let rows = after(branches, page.after.as_ref()).map(|(_, row)| &row.branch);
            Ok(first(page.limit, rows))
        })
    }

    async fn delete_branch(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            let catalog = tenant.catalog_mut(catalog)?;
            let assets: Vec<AssetId> = catalog.branch(name)?.assets.ids().collect();
            if name.as_str() == Branch::MAIN {
                return Err(StoreError::conflict(ConflictReason::Protected, name));
            }
            if catalog.open_merges().any(|merge| merge.source == *name || merge.target == *name) {
                return Err(StoreError::conflict(ConflictReason::InUse, name));
            }
            catalog.branches.remove(name);
            tenant.forget_lost(assets)
        })
    }
}
