//! Merges and their conflicts.

use pangolin_store::*;

use super::assets::at;
use super::branches::with_assets;
use super::{Area, Blame, Simpler};
use crate::contract::calls::merges::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::{self, PATHS, TIMES};

pub(super) struct Merges;

impl Area for Merges {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Assets, Feature::Branches, Feature::Commits];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        use method::Method::{BeginMerge, CreateBranch, ReportConflict, ResolveConflict};
        model.in_a_tenant(|tenant| {
            let some_merge = |which| some_merge(model, tenant, which);
            let open = some_merge(MergeStatus::is_open);
            match method {
                Method::BeginMerge => model.needs(CreateBranch, |model| {
                    model.any_catalog(tenant, |name| !mergeable(model, tenant, name).is_empty())
                }),
                Method::ReportConflict
                | Method::AbortMerge
                | Method::GetMerge
                | Method::ListMerges => (!open).then_some(BeginMerge),
                Method::GetConflict | Method::ListConflicts | Method::ResolveConflict => {
                    let made_by = if open { ReportConflict } else { BeginMerge };
                    model.needs(made_by, |_| some_merge(|status| status == MergeStatus::Conflicted))
                }
                Method::CompleteMerge => {
                    let made_by = if open { ResolveConflict } else { BeginMerge };
                    model.needs(made_by, |_| some_merge(|status| status == MergeStatus::Ready))
                }
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        let catalog = draw.catalog(tenant);
        match method {
            Method::BeginMerge => draw.begin_merge(tenant, catalog),
            Method::ReportConflict => draw.report_conflict(tenant, catalog),
            Method::ResolveConflict => draw.resolve_conflict(tenant, catalog),
            Method::CompleteMerge => draw.complete_merge(tenant, catalog),
            Method::AbortMerge => {
                let merge = draw.merge(tenant, &catalog, MergeStatus::is_open);
                Op::AbortMerge { tenant, catalog, merge, at: draw.time() }
            }
            Method::GetMerge => {
                let merge = draw.merge(tenant, &catalog, |_| true);
                Op::GetMerge { tenant, catalog, merge }
            }
            Method::ListMerges => {
                let keys: Vec<MergeKey> = TIMES
                    .iter()
                    .zip(world::ids())
                    .map(|(&initiated_at, id)| MergeKey { initiated_at, id })
                    .chain(draw.model.merges(tenant, &catalog).iter().map(MergeOperation::key))
                    .collect();
                Op::ListMerges { tenant, catalog, page: draw.page(&keys) }
            }
            Method::GetConflict => {
                let merge = draw.merge(tenant, &catalog, |_| true);
                let conflict = draw.conflict(tenant, &catalog, merge);
                Op::GetConflict { tenant, catalog, merge, conflict }
            }
            Method::ListConflicts => {
                let merge = draw.merge(tenant, &catalog, |_| true);
                let page = draw.page(&conflict_ids(draw.model, tenant, &catalog, merge));
                Op::ListConflicts { tenant, catalog, merge, page }
            }
        }
    }

    fn rows(tenant: TenantId, model: Model<'_>) -> Vec<Op> {
        let mut reads = Vec::new();
        for Catalog { name, .. } in model.catalogs(tenant) {
            let merges = model.merges(tenant, &name);
            reads.push(Op::ListMerges { tenant, catalog: name.clone(), page: Page::all() });
            reads.extend(merges.into_iter().map(|merge| list_conflicts(tenant, &name, merge.id)));
        }
        reads
    }

    fn touched(call: Call<'_>, model: Model<'_>) -> Vec<Op> {
        match call {
            Call::BeginMerge { tenant, catalog, merge } => {
                with_conflicts(tenant, catalog, merge.id)
            }
            Call::ReportConflict { tenant, catalog, merge, .. }
            | Call::ResolveConflict { tenant, catalog, merge, .. }
            | Call::AbortMerge { tenant, catalog, merge, .. } => {
                with_conflicts(tenant, catalog, merge)
            }
            Call::CompleteMerge { tenant, catalog, merge, .. } => {
                let mut reads = with_conflicts(tenant, catalog, merge);
                let merges = model.merges(tenant, catalog);
                let merged = merges.into_iter().find(|row| row.id == merge);
                for branch in merged.into_iter().flat_map(|row| [row.target, row.source]) {
                    let on = BranchRef { catalog: catalog.clone(), branch };
                    reads.extend(with_assets(tenant, &on, model));
                }
                reads
            }
            Call::GetMerge { .. }
            | Call::ListMerges { .. }
            | Call::GetConflict { .. }
            | Call::ListConflicts { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

/// The reads that show a merge and its conflicts.
fn with_conflicts(tenant: TenantId, catalog: &Name, merge: MergeId) -> Vec<Op> {
    let get = Op::GetMerge { tenant, catalog: catalog.clone(), merge };
    vec![get, list_conflicts(tenant, catalog, merge)]
}

fn list_conflicts(tenant: TenantId, catalog: &Name, merge: MergeId) -> Op {
    Op::ListConflicts { tenant, catalog: catalog.clone(), merge, page: Page::all() }
}

/// Whether the tenant has a merge of such a status.
fn some_merge(model: Model<'_>, tenant: TenantId, which: fn(MergeStatus) -> bool) -> bool {
    model.any_catalog(tenant, |catalog| {
        model.merges(tenant, catalog).iter().any(|merge| which(merge.status))
    })
}

/// The pairs of an ingest branch and its parent, both of which exist, without an open merge.
fn mergeable(model: Model<'_>, tenant: TenantId, catalog: &Name) -> Vec<(Name, Name)> {
    let branches = model.branches(tenant, catalog);
    let merges = model.merges(tenant, catalog);
    let open =
        |name: &Name| merges.iter().any(|merge| merge.source == *name && merge.status.is_open());
    branches
        .iter()
        .filter(|branch| branch.kind == BranchKind::Ingest && !open(&branch.name))
        .filter_map(|branch| Some((branch.name.clone(), branch.parent.clone()?)))
        .filter(|(_, parent)| branches.iter().any(|branch| branch.name == *parent))
        .collect()
}

fn conflict_ids(
    model: Model<'_>,
    tenant: TenantId,
    catalog: &Name,
    merge: MergeId,
) -> Vec<ConflictId> {
    let conflicts = model.conflicts(tenant, catalog, merge).into_iter();
    conflicts.map(|conflict| conflict.id).collect()
}

impl Draw<'_> {
    fn begin_merge(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let there = self.model.merges(tenant, &catalog).into_iter();
        let ids: Vec<MergeId> = there.map(|merge| merge.id).collect();
        let (source, target) = self.merge_pair(tenant, &catalog);
        let merge = NewMerge {
            id: self.fresh_id(&ids),
            source,
            target,
            initiated_by: self.id(),
            initiated_at: self.time(),
        };
        Op::BeginMerge { tenant, catalog, merge }
    }

    /// Mostly an ingest branch that can be merged and its parent; sometimes one that is being merged.
    fn merge_pair(&mut self, tenant: TenantId, catalog: &Name) -> (Name, Name) {
        let begun: Vec<(Name, Name)> = self
            .model
            .merges(tenant, catalog)
            .into_iter()
            .filter(|merge| merge.status.is_open())
            .map(|merge| (merge.source, merge.target))
            .collect();
        let mergeable = mergeable(self.model, tenant, catalog);
        let drawn = self.choose.below(100);
        let pairs = if drawn < 20 { &begun } else { &mergeable };
        match self.choose.pick(pairs) {
            Some(pair) if drawn < 90 => pair.clone(),
            _ => (self.branch_name(tenant, catalog), self.branch_name(tenant, catalog)),
        }
    }

    /// An asset on a branch that is being merged, or on the one that it is merged into: what is
    /// changed there while the merge is open, the merge must see.
    pub(super) fn asset_in_merge(&mut self, tenant: TenantId) -> Option<AssetRef> {
        let catalog = self.catalog(tenant);
        let merges = self.model.merges(tenant, &catalog);
        let merge = merges.into_iter().find(|merge| merge.status.is_open())?;
        let branch = if self.choose.percent(50) { merge.source } else { merge.target };
        let on = BranchRef { catalog, branch };
        let assets = self.model.assets(tenant, &on);
        // Mostly the same one on both sides.
        let asset =
            if self.choose.percent(60) { assets.first() } else { self.choose.pick(&assets) };
        Some(at(&on, asset?.place()))
    }

    /// Mostly a merge of such a status.
    fn merge(
        &mut self,
        tenant: TenantId,
        catalog: &Name,
        which: fn(MergeStatus) -> bool,
    ) -> MergeId {
        let there = self.model.merges(tenant, catalog);
        let wanted = there.iter().filter(|merge| which(merge.status));
        let wanted: Vec<MergeId> = wanted.map(|merge| merge.id).collect();
        let all: Vec<MergeId> = there.iter().map(|merge| merge.id).collect();
        match self.choose.pick(&wanted) {
            Some(&merge) if self.choose.percent(85) => merge,
            _ => self.existing_id(&all),
        }
    }

    /// Mostly a conflict of the merge.
    fn conflict(&mut self, tenant: TenantId, catalog: &Name, merge: MergeId) -> ConflictId {
        let there = conflict_ids(self.model, tenant, catalog, merge);
        self.existing_id(&there)
    }

    fn report_conflict(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let merge = self.merge(tenant, &catalog, MergeStatus::is_open);
        let ids = conflict_ids(self.model, tenant, &catalog, merge);
        let kind = if self.choose.percent(50) {
            ConflictKind::SchemaChange { source_schema: self.text(), target_schema: self.text() }
        } else {
            let partitions = [self.text(), self.text()];
            ConflictKind::DataOverlap {
                partitions: SmallSet::new(partitions).expect("two are few enough"),
            }
        };
        let merges = self.model.merges(tenant, &catalog);
        let asset = match merges.into_iter().find(|row| row.id == merge) {
            Some(MergeOperation { source: branch, .. }) => {
                self.asset_on(tenant, &BranchRef { catalog: catalog.clone(), branch })
            }
            None => self.id(),
        };
        let id = if self.choose.percent(12) { self.existing_id(&ids) } else { self.fresh_id(&ids) };
        let conflict =
            NewConflict::new(id, asset, kind).expect("both kinds are ones that callers report");
        Op::ReportConflict { tenant, catalog, merge, conflict }
    }

    fn resolve_conflict(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let merge = self.merge(tenant, &catalog, |status| status == MergeStatus::Conflicted);
        let there = self.model.conflicts(tenant, &catalog, merge);
        let open: Vec<&MergeConflict> =
            there.iter().filter(|conflict| conflict.resolution.is_none()).collect();
        let picked = if self.choose.percent(85) { self.choose.pick(&open) } else { None };
        let conflict = match picked {
            Some(conflict) => conflict.id,
            None => self.conflict(tenant, &catalog, merge),
        };
        let asset = there.iter().find(|row| row.id == conflict).map(|row| row.asset);
        let choice = match self.choose.below(3) {
            0 => ResolutionChoice::TakeSource,
            1 => ResolutionChoice::TakeTarget,
            _ => self.manual_resolution(tenant, &catalog, asset),
        };
        let resolution = Resolution { choice, resolved_by: self.id(), resolved_at: self.time() };
        Op::ResolveConflict { tenant, catalog, merge, conflict, resolution }
    }

    /// A resolution by hand: mostly of the asset that is in conflict, in a namespace that exists.
    fn manual_resolution(
        &mut self,
        tenant: TenantId,
        catalog: &Name,
        asset: Option<AssetId>,
    ) -> ResolutionChoice {
        let id = match asset {
            Some(asset) if !self.choose.percent(15) => asset,
            _ => self.id(),
        };
        let namespace = if self.choose.percent(10) {
            self.choose.pick(&PATHS).expect("there are paths").clone()
        } else {
            self.namespace(tenant, catalog)
        };
        let name = self.asset_name();
        ResolutionChoice::Manual { asset: self.asset(id, namespace, name) }
    }

    fn complete_merge(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let merge = self.merge(tenant, &catalog, |status| status == MergeStatus::Ready);
        let there = self.model.commits(tenant, &catalog);
        let taken = self.choose.percent(12);
        let commit = MergeCommit {
            id: if taken { self.existing_id(&there) } else { self.fresh_id(&there) },
            author: self.text(),
            message: self.text(),
            at: self.time(),
        };
        Op::CompleteMerge { tenant, catalog, merge, commit }
    }
}
