//! Commits.

use std::num::NonZeroU32;

use pangolin_store::*;

use super::assets::at;
use super::branches::with_assets;
use super::{Area, Blame, Simpler};
use crate::contract::calls::commits::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;

pub(super) struct Commits;

impl Area for Commits {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Assets, Feature::Branches];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::Commit => model.needs_asset(tenant),
            Method::GetCommit | Method::CommitHistory => model.needs_catalog(tenant),
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        let catalog = draw.catalog(tenant);
        match method {
            Method::Commit => draw.commit(tenant, catalog),
            Method::GetCommit => {
                let commit = draw.commit_id(tenant, &catalog);
                Op::GetCommit { tenant, catalog, commit }
            }
            Method::CommitHistory => draw.commit_history(tenant, catalog),
        }
    }

    fn rows(tenant: TenantId, model: Model<'_>) -> Vec<Op> {
        let history = |BranchRef { catalog, branch }| {
            let (from, limit) = (HistoryStart::Branch(branch), NonZeroU32::MAX);
            Op::CommitHistory { tenant, catalog, from, limit }
        };
        model.all_branches(tenant).into_iter().map(history).collect()
    }

    fn touched(call: Call<'_>, model: Model<'_>) -> Vec<Op> {
        match call {
            Call::Commit { tenant, on, commit } => {
                let mut reads = with_assets(tenant, on, model);
                let catalog = on.catalog.clone();
                reads.push(Op::GetCommit { tenant, catalog, commit: commit.id });
                reads
            }
            Call::GetCommit { .. } | Call::CommitHistory { .. } => Vec::new(),
        }
    }

    fn simpler(call: Call<'_>) -> Vec<Simpler> {
        match call {
            Call::Commit { tenant, on, commit } => match commit.operations.as_slice() {
                [operation] => plain_calls(tenant, on, operation),
                _ => Vec::new(),
            },
            Call::GetCommit { .. } | Call::CommitHistory { .. } => Vec::new(),
        }
    }
}

/// The plain calls that may do what a commit of this one operation does.
fn plain_calls(tenant: TenantId, on: &BranchRef, operation: &CommitOperation) -> Vec<Simpler> {
    let at = at(on, operation.place());
    let calls = match operation {
        CommitOperation::Delete { .. } => vec![Op::DeleteAsset { tenant, at }],
        CommitOperation::Put { asset } => {
            let update = AssetUpdate {
                kind: Some(asset.kind),
                location: Some(asset.location.clone()),
                metadata_location: Some(asset.metadata_location.clone()),
                properties: Some(asset.properties.clone()),
            };
            let create = Op::CreateAsset { tenant, on: on.clone(), asset: asset.clone() };
            vec![create, Op::UpdateAsset { tenant, at, update }]
        }
    };
    calls.into_iter().map(Simpler::Replace).collect()
}

impl Draw<'_> {
    /// Mostly a commit that a branch leads to.
    pub(super) fn commit_id(&mut self, tenant: TenantId, catalog: &Name) -> CommitId {
        let there = self.model.commits(tenant, catalog);
        self.existing_id(&there)
    }

    fn commit(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let branch = self.branch_name(tenant, &catalog);
        let on = BranchRef { catalog, branch };
        let head = self.model.branch(tenant, &on).and_then(|branch| branch.head);
        let parent = if self.choose.percent(85) {
            head
        } else {
            self.maybe(|this| this.commit_id(tenant, &on.catalog))
        };
        let count = 1 + self.choose.below(3);
        let operations: Vec<CommitOperation> =
            (0..count).map(|_| self.commit_operation(tenant, &on)).collect();
        let there = self.model.commits(tenant, &on.catalog);
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
        let there = self.model.assets(tenant, on);
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
}
