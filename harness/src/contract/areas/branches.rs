//! Branches.

use pangolin_store::*;

use super::assets::on_branch;
use super::{Area, Blame, Simpler};
use crate::contract::calls::branches::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;

use crate::contract::world::NAMES;

pub(super) struct Branches;

impl Area for Branches {
    type Call<'o> = Call<'o>;
    type Method = Method;

    /// A branch brings its assets along.
    const BLAME: Blame =
        Blame { creations_felt_elsewhere: &[method::Method::CreateBranch], ..Blame::USUAL };
    const NEEDS: &'static [Feature] = &[Feature::Assets, Feature::Merges];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::CreateBranch => model.needs_asset(tenant),
            Method::GetBranch | Method::ListBranches | Method::DeleteBranch => {
                model.needs_catalog(tenant)
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        let catalog = draw.catalog(tenant);
        match method {
            Method::CreateBranch => draw.create_branch(tenant, catalog),
            Method::GetBranch => {
                let name = draw.branch_name(tenant, &catalog);
                Op::GetBranch { tenant, catalog, name }
            }
            Method::ListBranches => Op::ListBranches { tenant, catalog, page: draw.page(&NAMES) },
            Method::DeleteBranch => {
                let name = draw.branch_name(tenant, &catalog);
                Op::DeleteBranch { tenant, catalog, name }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::SearchBranches { tenant, text: Text::default(), page: Page::all() }]
    }

    fn touched(call: Call<'_>, model: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateBranch { tenant, catalog, branch } => {
                let on = BranchRef { catalog: catalog.clone(), branch: branch.name.clone() };
                with_assets(tenant, &on, model)
            }
            Call::DeleteBranch { tenant, catalog, name } => {
                let on = BranchRef { catalog: catalog.clone(), branch: name.clone() };
                let mut reads = with_assets(tenant, &on, model);
                reads.push(Op::CountAssets { tenant });
                reads
            }
            Call::GetBranch { .. } | Call::ListBranches { .. } => Vec::new(),
        }
    }

    fn simpler(call: Call<'_>) -> Vec<Simpler> {
        match call {
            Call::CreateBranch { catalog, branch: NewBranch { name, parent, .. }, .. } => {
                let [from, to] = [parent, name]
                    .map(|branch| BranchRef { catalog: catalog.clone(), branch: branch.clone() });
                vec![
                    Simpler::Without {
                        text: name.to_string(),
                        by: parent.to_string(),
                        only_after: false,
                    },
                    Simpler::MakeAfter(Box::new(move |earlier| created_on(earlier, &from, &to))),
                ]
            }
            Call::GetBranch { .. } | Call::ListBranches { .. } | Call::DeleteBranch { .. } => {
                Vec::new()
            }
        }
    }
}

/// A call that creates an asset on the branch `from`, creating it on `to` instead.
fn created_on(call: &Op, from: &BranchRef, to: &BranchRef) -> Option<Op> {
    let Op::CreateAsset { tenant, on, asset } = call else { return None };
    (on == from).then(|| Op::CreateAsset { tenant: *tenant, on: to.clone(), asset: asset.clone() })
}

/// The reads that show a branch and all of its assets.
pub(super) fn with_assets(tenant: TenantId, on: &BranchRef, model: Model<'_>) -> Vec<Op> {
    let BranchRef { catalog, branch: name } = on.clone();
    let mut reads = vec![Op::GetBranch { tenant, catalog, name }];
    reads.extend(on_branch(tenant, on, model));
    reads
}

impl Draw<'_> {
    /// The name of a branch; often `main`.
    pub(super) fn branch_name(&mut self, tenant: TenantId, catalog: &Name) -> Name {
        if self.choose.percent(35) {
            return Branch::main().name;
        }
        let there = self.model.branches(tenant, catalog).into_iter();
        let there: Vec<Name> = there.map(|branch| branch.name).collect();
        self.existing(&there, &NAMES)
    }

    /// The address of a branch.
    pub(super) fn branch(&mut self, tenant: TenantId) -> BranchRef {
        let catalog = self.catalog(tenant);
        let branch = self.branch_name(tenant, &catalog);
        BranchRef { catalog, branch }
    }

    fn create_branch(&mut self, tenant: TenantId, catalog: Name) -> Op {
        let there = self.model.branches(tenant, &catalog).into_iter();
        let there: Vec<Name> = there.map(|branch| branch.name).collect();
        let name = self.fresh(&there, &NAMES[..5]);
        let parent = self.branch_name(tenant, &catalog);
        let kinds = [BranchKind::Ingest, BranchKind::Ingest, BranchKind::Experimental];
        let kind = match self.choose.pick(&kinds) {
            Some(&kind) if !self.choose.percent(5) => kind,
            _ => BranchKind::Main,
        };
        let namespaces = if self.choose.percent(40) {
            SmallSet::new(self.copied_namespaces(tenant, &catalog, &parent)).ok()
        } else {
            None
        };
        let branch = NewBranch { name, kind, parent, namespaces };
        Op::CreateBranch { tenant, catalog, branch }
    }

    /// The namespaces that a copy of a branch is limited to: often one that leaves an asset out. None of
    /// them is a limit, too: nothing is copied.
    fn copied_namespaces(
        &mut self,
        tenant: TenantId,
        catalog: &Name,
        parent: &Name,
    ) -> Vec<NamespacePath> {
        let leaving_out = self.leaving_out(tenant, catalog, parent);
        match self.choose.pick(&leaving_out).cloned() {
            Some(path) if self.choose.percent(60) => vec![path],
            _ => {
                let count = self.choose.below(3);
                (0..count).map(|_| self.namespace(tenant, catalog)).collect()
            }
        }
    }

    /// The namespaces outside of which a branch has an asset: a copy of one of them leaves that out.
    fn leaving_out(&self, tenant: TenantId, catalog: &Name, branch: &Name) -> Vec<NamespacePath> {
        let on = BranchRef { catalog: catalog.clone(), branch: branch.clone() };
        let assets = self.model.assets(tenant, &on);
        let is_outside =
            |path: &NamespacePath| assets.iter().any(|asset| !asset.namespace.is_within(path));
        let paths = self.model.namespaces(tenant, catalog).into_iter().map(|there| there.path);
        paths.filter(is_outside).collect()
    }
}
