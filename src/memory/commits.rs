use std::iter;
use std::num::NonZeroU32;

use async_trait::async_trait;

use super::MemoryStore;
use super::state::CatalogState;
use super::table::first;
use crate::store::Commits;
use crate::{
    AssetId, BranchRef, Commit, CommitId, CommitOperation, ConflictReason, Entity, HistoryStart,
    Name, NewCommit, Result, StoreError, TenantId,
};

impl CatalogState {
    pub(super) fn commit(&self, id: CommitId) -> Result<&Commit> {
        self.commits.get(&id).ok_or_else(|| StoreError::not_found(Entity::Commit, id))
    }

    pub(super) fn check_new_commit(&self, id: CommitId) -> Result<()> {
        if self.commits.contains_key(&id) {
            return Err(StoreError::already_exists(Entity::Commit, id));
        }
        Ok(())
    }

    /// Applies a commit to a branch and makes it its head. Returns the assets that it deleted.
    pub(super) fn advance(&mut self, branch: &Name, commit: Commit) -> Result<Vec<AssetId>> {
        let mut deleted = Vec::new();
        for operation in &*commit.operations {
            deleted.extend(self.apply(branch, operation)?);
        }
        self.branch_mut(branch)?.branch.head = Some(commit.id);
        self.commits.insert(commit.id, commit);
        Ok(deleted)
    }

    /// Applies one operation to a branch. Returns the asset that it deleted.
    fn apply(&mut self, branch: &Name, operation: &CommitOperation) -> Result<Option<AssetId>> {
        let place = operation.place();
        self.namespace(&place.namespace)?;
        let assets = &mut self.branch_mut(branch)?.assets;
        match operation {
            CommitOperation::Put { asset } => {
                if assets.get(asset.id).is_some_and(|there| there.place() != place) {
                    return Err(StoreError::already_exists(Entity::Asset, asset.id));
                }
                assets.put(asset.clone())?;
                Ok(None)
            }
            CommitOperation::Delete { .. } => {
                let asset = assets.find_at(&place)?.id;
                assets.remove(asset)?;
                Ok(Some(asset))
            }
        }
    }
}

#[async_trait]
impl Commits for MemoryStore {
    async fn commit(&self, tenant: TenantId, on: &BranchRef, commit: &NewCommit) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            let catalog = tenant.catalog_mut(&on.catalog)?;
            let head = catalog.branch(&on.branch)?.branch.head;
            catalog.check_new_commit(commit.id)?;
            let deleted = catalog.advance(&on.branch, commit.clone().into())?;
            if commit.parent != head {
                return Err(StoreError::conflict(ConflictReason::Stale, on));
            }
            tenant.forget_lost(deleted)
        })
    }

    async fn get_commit(
        &self,
        tenant: TenantId,
        catalog: &Name,
        commit: CommitId,
    ) -> Result<Option<Commit>> {
        self.read(|state| Ok(Some(state.tenant(tenant)?.catalog(catalog)?.commit(commit)?.clone())))
    }

    async fn commit_history(
        &self,
        tenant: TenantId,
        catalog: &Name,
        from: &HistoryStart,
        limit: NonZeroU32,
    ) -> Result<Vec<Commit>> {
        self.read(|state| {
            let catalog = state.tenant(tenant)?.catalog(catalog)?;
            let newest = match from {
                HistoryStart::Branch(name) => catalog.branch(name)?.branch.head,
                HistoryStart::Commit(id) => Some(*id),
            };
            let commit = |id: Option<CommitId>| catalog.commits.get(&id?);
            Ok(first(limit, iter::successors(commit(newest), |newer| commit(newer.parent))))
        })
    }
}
