//! Calls on branches, tags, commits and merges.

use std::num::NonZeroU32;

use pangolin_store::*;

use super::Generator;
use crate::contract::model::Known;
use crate::contract::op::{Method, Op};
use crate::contract::world::{self, NAMES, PATHS, TIMES};

impl Generator<'_> {
    pub(super) fn versions_prerequisite(&self, method: Method) -> Option<Method> {
        use Method::*;
        let known = self.known();
        let tenant = *known.tenants().first()?;
        match method {
            GetBranch | ListBranches | DeleteBranch | GetTag | ListTags | CommitHistory
            | GetCommit => known.catalogs(tenant).is_empty().then_some(CreateCatalog),
            CreateBranch | Commit => (!self.some_asset(tenant)).then_some(CreateAsset),
            CreateTag => {
                let commits = |catalog: &Catalog| !known.commits(tenant, &catalog.name).is_empty();
                (!known.catalogs(tenant).iter().any(commits)).then_some(Commit)
            }
            DeleteTag => {
                let tags = |catalog: &Catalog| !known.tags(tenant, &catalog.name).is_empty();
                (!known.catalogs(tenant).iter().any(tags)).then_some(CreateTag)
            }
            BeginMerge => {
                let mergeable =
                    |catalog: &Catalog| !mergeable(&known, tenant, &catalog.name).is_empty();
                (!known.catalogs(tenant).iter().any(mergeable)).then_some(CreateBranch)
            }
            ReportConflict | AbortMerge | GetMerge | ListMerges => {
                (!self.some_merge(tenant, MergeStatus::is_open)).then_some(BeginMerge)
            }
            GetConflict | ListConflicts | ResolveConflict => {
                let conflicted = |status| status == MergeStatus::Conflicted;
                if self.some_merge(tenant, conflicted) {
                    return None;
                }
                let open = self.some_merge(tenant, MergeStatus::is_open);
                Some(if open { ReportConflict } else { BeginMerge })
            }
            CompleteMerge => {
                if self.some_merge(tenant, |status| status == MergeStatus::Ready) {
                    return None;
                }
                let open = self.some_merge(tenant, MergeStatus::is_open);
                Some(if open { ResolveConflict } else { BeginMerge })
            }
            _ => None,
        }
    }

    fn some_merge(&self, tenant: TenantId, which: fn(MergeStatus) -> bool) -> bool {
        let known = self.known();
        known.catalogs(tenant).iter().any(|catalog| {
            known.merges(tenant, &catalog.name).iter().any(|merge| which(merge.status))
        })
    }

    pub(super) fn versions_call(&mut self, method: Method) -> Op {
        use Method::*;
        let tenant = self.tenant();
        let catalog = self.catalog(tenant);
        match method {
            CreateBranch => self.create_branch(tenant, catalog),
            GetBranch => {
                let name = self.branch_name(tenant, &catalog);
                Op::GetBranch { tenant, catalog, name }
            }
            ListBranches => Op::ListBranches { tenant, catalog, page: self.page(&NAMES) },
            DeleteBranch => {
                let name = self.branch_name(tenant, &catalog);
                Op::DeleteBranch { tenant, catalog, name }
            }
            CreateTag => {
                let there = self.known().tags(tenant, &catalog);
                let there: Vec<Name> = there.into_iter().map(|tag| tag.name).collect();
                let name = self.fresh(&there, &NAMES);
                let commit = self.commit_id(tenant, &catalog);
                Op::CreateTag { tenant, catalog, tag: Tag { name, commit } }
            }
            GetTag => {
                let name = self.tag(tenant, &catalog);
                Op::GetTag { tenant, catalog, name }
            }
            ListTags => Op::ListTags { tenant, catalog, page: self.page(&NAMES) },
            DeleteTag => {
                let name = self.tag(tenant, &catalog);
                Op::DeleteTag { tenant, catalog, name }
            }
            Commit => self.commit(tenant, catalog),
            GetCommit => {
                let commit = self.commit_id(tenant, &catalog);
                Op::GetCommit { tenant, catalog, commit }
            }
            CommitHistory => self.commit_history(tenant, catalog),
            BeginMerge => self.begin_merge(tenant, catalog),
            ReportConflict => self.report_conflict(tenant, catalog),
            ResolveConflict => self.resolve_conflict(tenant, catalog),
            CompleteMerge => self.complete_merge(tenant, catalog),
            AbortMerge => {
                let merge = self.merge(tenant, &catalog, MergeStatus::is_open);
                Op::AbortMerge { tenant, catalog, merge, at: self.time() }
            }
            GetMerge => {
                let merge = self.merge(tenant, &catalog, |_| true);
                Op::GetMerge { tenant, catalog, merge }
            }
            GetConflict => {
                let merge = self.merge(tenant, &catalog, |_| true);
                let conflict = self.conflict(tenant, &catalog, merge);
                Op::GetConflict { tenant, catalog, merge, conflict }
            }
            ListConflicts => {
                let merge = self.merge(tenant, &catalog, |_| true);
                let conflicts = self.known().conflicts(tenant, &catalog, merge);
                let keys: Vec<ConflictId> =
                    conflicts.into_iter().map(|conflict| conflict.id).collect();
                let page = self.page(&keys);
                Op::ListConflicts { tenant, catalog, merge, page }
            }
            _ => {
                let keys: Vec<MergeKey> = TIMES
                    .iter()
                    .zip(world::ids())
                    .map(|(&initiated_at, id)| MergeKey { initiated_at, id })
                    .chain(self.known().merges(tenant, &catalog).iter().map(MergeOperation::key))
                    .collect();
                Op::ListMerges { tenant, catalog, page: self.page(&keys) }
            }
        }
    }

    fn create_branch(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let there = self.known().branches(tenant, &catalog);
        let there: Vec<Name> = there.into_iter().map(|branch| branch.name).collect();
        let name = self.fresh(&there, &NAMES[..5]);
        let parent = self.branch_name(tenant, &catalog);
        let kinds = [BranchKind::Ingest, BranchKind::Ingest, BranchKind::Experimental];
        let kind = match self.choose.pick(&kinds) {
            Some(&kind) if !self.choose.percent(5) => kind,
            _ => BranchKind::Main,
        };
        let namespaces = if self.choose.percent(40) {
            let leaving_out = self.leaving_out(tenant, &catalog, &parent);
            let paths = match self.choose.pick(&leaving_out).cloned() {
                Some(path) if self.choose.percent(60) => vec![path],
                _ => {
                    // None of them is a filter, too: nothing is copied.
                    let count = self.choose.below(3);
                    (0..count).map(|_| self.namespace(tenant, &catalog)).collect()
                }
            };
            SmallSet::new(paths).ok()
        } else {
            None
        };
        let branch = NewBranch { name, kind, parent, namespaces };
        Op::CreateBranch { tenant, catalog, branch }
    }

    /// The namespaces outside of which a branch has an asset: a copy of one of them leaves that out.
    fn leaving_out(&self, tenant: TenantId, catalog: &Name, branch: &Name) -> Vec<NamespacePath> {
        let on = BranchRef { catalog: catalog.clone(), branch: branch.clone() };
        let assets = self.known().assets(tenant, &on);
        let is_outside =
            |path: &NamespacePath| assets.iter().any(|asset| !asset.namespace.is_within(path));
        let paths = self.known().namespaces(tenant, catalog).into_iter().map(|there| there.path);
        paths.filter(is_outside).collect()
    }

    fn tag(&mut self, tenant: TenantId, catalog: &Name) -> Name {
        let there: Vec<Name> =
            self.known().tags(tenant, catalog).into_iter().map(|tag| tag.name).collect();
        self.existing(&there, &NAMES)
    }

    fn commit_id(&mut self, tenant: TenantId, catalog: &Name) -> CommitId {
        let there = self.known().commits(tenant, catalog);
        self.existing_id(&there)
    }

    fn commit(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let branch = self.branch_name(tenant, &catalog);
        let on = BranchRef { catalog, branch };
        let head = self.known().branch(tenant, &on).and_then(|branch| branch.head);
        let parent = if self.choose.percent(85) {
            head
        } else {
            self.maybe(|this| this.commit_id(tenant, &on.catalog))
        };
        let count = 1 + self.choose.below(3);
        let operations: Vec<CommitOperation> =
            (0..count).map(|_| self.commit_operation(tenant, &on)).collect();
        let there = self.known().commits(tenant, &on.catalog);
        let commit = NewCommit {
            id: self.fresh_id(&there),
            parent,
            author: self.text(),
            message: self.text(),
            at: self.time(),
            operations: Operations::new(operations).expect("one to three small operations"),
        };
        Op::Commit { tenant, on, commit }
    }

    fn commit_operation(&mut self, tenant: TenantId, on: &BranchRef) -> CommitOperation {
        let there = self.known().assets(tenant, on);
        let target = self.choose.pick(&there).cloned();
        match (self.choose.below(4), target) {
            (0, Some(Asset { namespace, name, .. })) => CommitOperation::Delete { namespace, name },
            (1, Some(Asset { id, namespace, name, .. })) => {
                CommitOperation::Put { asset: self.asset(id, namespace, name) }
            }
            (kind, _) => {
                let namespace = self.namespace(tenant, &on.catalog);
                let name = self.asset_name();
                if kind == 2 && self.choose.percent(40) {
                    return CommitOperation::Delete { namespace, name };
                }
                let ids: Vec<AssetId> = there.iter().map(|asset| asset.id).collect();
                let id = self.fresh_id(&ids);
                CommitOperation::Put { asset: self.asset(id, namespace, name) }
            }
        }
    }

    fn commit_history(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let from = if self.choose.percent(50) {
            HistoryStart::Branch(self.branch_name(tenant, &catalog))
        } else {
            HistoryStart::Commit(self.commit_id(tenant, &catalog))
        };
        let limit = NonZeroU32::MIN.saturating_add(self.choose.below(3) as u32);
        Op::CommitHistory { tenant, catalog, from, limit }
    }

    fn begin_merge(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let there = self.known().merges(tenant, &catalog);
        let ids: Vec<MergeId> = there.into_iter().map(|merge| merge.id).collect();
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
        let merges = self.known().merges(tenant, catalog);
        let begun: Vec<(Name, Name)> = merges
            .into_iter()
            .filter(|merge| merge.status.is_open())
            .map(|merge| (merge.source, merge.target))
            .collect();
        let mergeable = mergeable(&self.known(), tenant, catalog);
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
        let merges = self.known().merges(tenant, &catalog);
        let merge = merges.into_iter().find(|merge| merge.status.is_open())?;
        let branch = if self.choose.percent(50) { merge.source } else { merge.target };
        let on = BranchRef { catalog, branch };
        let assets = self.known().assets(tenant, &on);
        // Mostly the same one on both sides.
        let asset =
            if self.choose.percent(60) { assets.first() } else { self.choose.pick(&assets) };
        let AssetPlace { namespace, name } = asset?.place();
        Some(AssetRef { catalog: on.catalog, branch: on.branch, namespace, name })
    }

    /// Mostly a merge of such a status.
    fn merge(
        &mut self,
        tenant: TenantId,
        catalog: &Name,
        which: fn(MergeStatus) -> bool,
    ) -> MergeId {
        let there = self.known().merges(tenant, catalog);
        let (wanted, all): (Vec<_>, Vec<_>) = there
            .into_iter()
            .map(|merge| (which(merge.status).then_some(merge.id), merge.id))
            .unzip();
        let wanted: Vec<MergeId> = wanted.into_iter().flatten().collect();
        match self.choose.pick(&wanted) {
            Some(&merge) if self.choose.percent(85) => merge,
            _ => self.existing_id(&all),
        }
    }

    fn conflict(&mut self, tenant: TenantId, catalog: &Name, merge: MergeId) -> ConflictId {
        let there = self.known().conflicts(tenant, catalog, merge);
        let there: Vec<ConflictId> = there.into_iter().map(|conflict| conflict.id).collect();
        self.existing_id(&there)
    }

    fn report_conflict(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let merge = self.merge(tenant, &catalog, MergeStatus::is_open);
        let there = self.known().conflicts(tenant, &catalog, merge);
        let ids: Vec<ConflictId> = there.into_iter().map(|conflict| conflict.id).collect();
        let kind = if self.choose.percent(50) {
            ConflictKind::SchemaChange { source_schema: self.text(), target_schema: self.text() }
        } else {
            let partitions = [self.text(), self.text()];
            ConflictKind::DataOverlap {
                partitions: SmallSet::new(partitions).expect("two are few enough"),
            }
        };
        let branch = self.known().merges(tenant, &catalog).into_iter().find(|row| row.id == merge);
        let asset = match branch {
            Some(MergeOperation { source, .. }) => {
                let on = BranchRef { catalog: catalog.clone(), branch: source };
                let there = self.known().assets(tenant, &on);
                let there: Vec<AssetId> = there.into_iter().map(|asset| asset.id).collect();
                self.existing_id(&there)
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
        let there = self.known().conflicts(tenant, &catalog, merge);
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
            _ => {
                let id = match asset {
                    Some(asset) if !self.choose.percent(15) => asset,
                    _ => self.id(),
                };
                let namespace = if self.choose.percent(10) {
                    self.choose.pick(&PATHS).expect("there are paths").clone()
                } else {
                    self.namespace(tenant, &catalog)
                };
                let name = self.asset_name();
                ResolutionChoice::Manual { asset: self.asset(id, namespace, name) }
            }
        };
        let resolution = Resolution { choice, resolved_by: self.id(), resolved_at: self.time() };
        Op::ResolveConflict { tenant, catalog, merge, conflict, resolution }
    }

    fn complete_merge(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let merge = self.merge(tenant, &catalog, |status| status == MergeStatus::Ready);
        let there = self.known().commits(tenant, &catalog);
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

/// The pairs of an ingest branch and its parent, both there, without an open merge.
fn mergeable(known: &Known<'_>, tenant: TenantId, catalog: &Name) -> Vec<(Name, Name)> {
    let branches = known.branches(tenant, catalog);
    let merges = known.merges(tenant, catalog);
    let open =
        |name: &Name| merges.iter().any(|merge| merge.source == *name && merge.status.is_open());
    branches
        .iter()
        .filter(|branch| branch.kind == BranchKind::Ingest && !open(&branch.name))
        .filter_map(|branch| Some((branch.name.clone(), branch.parent.clone()?)))
        .filter(|(_, parent)| branches.iter().any(|branch| branch.name == *parent))
        .collect()
}
