use async_trait::async_trait;
use imbl::OrdMap;

use super::MemoryStore;
use super::state::{BranchState, CatalogState};
use super::table::{Row, after, first};
use crate::merge::{self, MergeInput, Sides};
use crate::store::Merges;
use crate::{
    AssetId, BranchKind, ConflictId, ConflictReason, Entity, MergeCommit, MergeConflict, MergeId,
    MergeKey, MergeOperation, MergeStatus, Name, NewConflict, NewMerge, Page, Resolution,
    ResolutionChoice, Result, StoreError, TenantId, Timestamp,
};

/// A merge and its conflicts.
#[derive(Clone, PartialEq)]
pub(super) struct MergeState {
    operation: MergeOperation,
    conflicts: OrdMap<ConflictId, MergeConflict>,
}

impl Row for MergeState {
    const ENTITY: Entity = Entity::Merge;
    type Id = MergeId;
    type Key = MergeKey;

    fn id(&self) -> MergeId {
        self.operation.id
    }

    fn key(&self) -> MergeKey {
        self.operation.key()
    }
}

impl CatalogState {
    pub(super) fn open_merges(&self) -> impl Iterator<Item = &MergeOperation> {
        let merges = self.merges.iter().map(|merge| &merge.operation);
        merges.filter(|merge| merge.status.is_open())
    }

    /// The input of a merge.
    fn merge_input(
        &self,
        source: &BranchState,
        target: &BranchState,
        conflicts: Vec<MergeConflict>,
    ) -> MergeInput {
        let sides = |id: AssetId| Sides {
            source: source.assets.get(id).cloned(),
            base: source.bases.get(id).cloned(),
            target: target.assets.get(id).cloned(),
        };
        let changed = source.assets.ids().chain(source.bases.ids());
        let changed = changed.filter(|&id| source.assets.get(id) != source.bases.get(id));
        let concerned = changed.chain(conflicts.iter().map(|conflict| conflict.asset));
        let assets = concerned.map(|id| (id, sides(id))).collect();

        let mut input = MergeInput { assets, conflicts, ..MergeInput::default() };
        let places = input.wanted_places().into_iter();
        let holders = places.filter_map(|place| Some((target.assets.at(&place)?.id, place)));
        input.holders = holders.map(|(holder, place)| (place, holder)).collect();
        let namespaces = input.wanted_namespaces().into_iter();
        input.missing_namespaces =
            namespaces.filter(|path| !self.namespaces.contains_key(path)).collect();
        input
    }

    /// Whether a branch holds an asset; a branch that does not exist holds none.
    fn has_asset(&self, branch: &Name, asset: AssetId) -> bool {
        self.branches.get(branch).is_some_and(|branch| branch.assets.get(asset).is_some())
    }
}

#[async_trait]
impl Merges for MemoryStore {
    async fn begin_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: &NewMerge,
    ) -> Result<MergeOperation> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            if catalog.merges.get(merge.id).is_some() {
                return Err(StoreError::already_exists(Entity::Merge, merge.id));
            }
            let source = catalog.branch(&merge.source)?;
            let target = catalog.branch(&merge.target)?;
            let from = &source.branch;
            if from.kind != BranchKind::Ingest || from.parent.as_ref() != Some(&merge.target) {
                return Err(StoreError::conflict(ConflictReason::NotMergeable, &merge.source));
            }
            if catalog.open_merges().any(|open| open.source == merge.source) {
                return Err(StoreError::conflict(ConflictReason::IllegalState, &merge.source));
            }
            let plan = merge::plan(&catalog.merge_input(source, target, Vec::new()));
            let (from, onto) = (source.branch.head, target.branch.head);
            let operation = merge.begun(from, onto, !plan.conflicts.is_empty());
            let conflicts = plan.found(merge.id).into_iter().collect();
            Ok(catalog.merges.put(MergeState { operation, conflicts })?.operation)
        })
    }

    async fn report_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: &NewConflict,
    ) -> Result<()> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            let MergeState { operation, conflicts } = catalog.merges.find(merge)?;
            if conflicts.contains_key(&conflict.id()) {
                return Err(StoreError::already_exists(Entity::Conflict, conflict.id()));
            }
            let sides = [&operation.source, &operation.target];
            if !sides.into_iter().any(|branch| catalog.has_asset(branch, conflict.asset())) {
                return Err(StoreError::not_found(Entity::Asset, conflict.asset()));
            }
            let merge = catalog.merges.find_mut(merge)?;
            merge.operation.check_open()?;
            merge.conflicts.insert(conflict.id(), conflict.clone().into());
            merge.operation.status = MergeStatus::Conflicted;
            Ok(())
        })
    }

    async fn resolve_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
        resolution: &Resolution,
    ) -> Result<MergeConflict> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            let before = catalog.merges.find(merge)?.conflicts.get(&conflict);
            let before =
                before.ok_or_else(|| StoreError::not_found(Entity::Conflict, conflict))?.clone();
            if let ResolutionChoice::Manual { asset } = &resolution.choice {
                catalog.namespace(&asset.namespace)?;
                before.check_manual(asset)?;
            }
            let merge = catalog.merges.find_mut(merge)?;
            merge.operation.check_open()?;
            let after = MergeConflict { resolution: Some(resolution.clone()), ..before };
            merge.conflicts.insert(conflict, after.clone());
            if merge.conflicts.values().all(|conflict| conflict.resolution.is_some()) {
                merge.operation.status = MergeStatus::Ready;
            }
            Ok(after)
        })
    }

    async fn complete_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        commit: &MergeCommit,
    ) -> Result<MergeOperation> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            let catalog = tenant.catalog_mut(catalog)?;
            let MergeState { operation, conflicts } = catalog.merges.find(merge)?.clone();
            catalog.check_new_commit(commit.id)?;
            if operation.status != MergeStatus::Ready {
                return Err(StoreError::conflict(ConflictReason::IllegalState, merge));
            }
            let source = catalog.branch(&operation.source)?;
            let target = catalog.branch(&operation.target)?;
            let conflicts = conflicts.values().cloned().collect();
            let plan = merge::plan(&catalog.merge_input(source, target, conflicts));
            if let Some(asset) = plan.conflicts.keys().next() {
                return Err(StoreError::conflict(ConflictReason::Unresolved, asset));
            }
            let result = commit.on(target.branch.head, plan.operations);
            let deleted = catalog.advance(&operation.target, result.clone())?;
            let source = catalog.branch_mut(&operation.source)?;
            source.bases = source.assets.clone();
            let row = catalog.merges.find_mut(merge)?;
            row.operation = operation.completed(&result);
            let completed = row.operation.clone();
            tenant.forget_lost(deleted)?;
            Ok(completed)
        })
    }

    async fn abort_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        at: Timestamp,
    ) -> Result<MergeOperation> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            let merge = catalog.merges.find_mut(merge)?;
            merge.operation = merge.operation.clone().aborted(at)?;
            Ok(merge.operation.clone())
        })
    }

    async fn get_merge(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
    ) -> Result<Option<MergeOperation>> {
        self.read(|state| {
            let merge = state.tenant(tenant)?.catalog(catalog)?.merges.find(merge)?;
            Ok(Some(merge.operation.clone()))
        })
    }

    async fn list_merges(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<MergeKey>,
    ) -> Result<Vec<MergeOperation>> {
        self.read(|state| {
            let merges = &state.tenant(tenant)?.catalog(catalog)?.merges;
            let merges = merges.after(page.after.as_ref()).map(|merge| &merge.operation);
            Ok(first(page.limit, merges))
        })
    }

    async fn get_conflict(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        conflict: ConflictId,
    ) -> Result<Option<MergeConflict>> {
        self.read(|state| {
            let merge = state.tenant(tenant)?.catalog(catalog)?.merges.find(merge)?;
            Ok(merge.conflicts.get(&conflict).cloned())
        })
    }

    async fn list_conflicts(
        &self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
        page: &Page<ConflictId>,
    ) -> Result<Vec<MergeConflict>> {
        self.read(|state| {
            let conflicts = &state.tenant(tenant)?.catalog(catalog)?.merges.find(merge)?.conflicts;
            let rows = after(conflicts, page.after.as_ref()).map(|(_, conflict)| conflict);
            Ok(first(page.limit, rows))
        })
    }
}
