//! Assets.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::assets::{Call, Method};
use crate::contract::draw::{Draw, MISS};
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::NAMES;

pub(super) struct Assets;

impl Area for Assets {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Namespaces, Feature::Branches];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::CreateAsset => model.needs_namespace(tenant),
            Method::GetAsset
            | Method::GetAssetById
            | Method::ListAssets
            | Method::UpdateAsset
            | Method::RenameAsset
            | Method::DeleteAsset
            | Method::CommitMetadata
            | Method::CountAssets => model.needs_asset(tenant),
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::CreateAsset => draw.create_asset(tenant),
            Method::GetAsset => Op::GetAsset { tenant, at: draw.asset_ref(tenant) },
            Method::GetAssetById => {
                let on = draw.branch(tenant);
                let asset = draw.asset_on(tenant, &on);
                Op::GetAssetById { tenant, on, asset }
            }
            Method::ListAssets => {
                let on = draw.branch(tenant);
                let namespace = draw.namespace(tenant, &on.catalog);
                Op::ListAssets { tenant, on, namespace, page: draw.page(&NAMES) }
            }
            Method::UpdateAsset => draw.update_asset(tenant),
            Method::RenameAsset => draw.rename_asset(tenant),
            Method::DeleteAsset => Op::DeleteAsset { tenant, at: draw.asset_ref(tenant) },
            Method::CommitMetadata => draw.commit_metadata(tenant),
            Method::CountAssets => Op::CountAssets { tenant },
        }
    }

    fn rows(tenant: TenantId, model: Model<'_>) -> Vec<Op> {
        let mut reads = vec![Op::CountAssets { tenant }];
        for on in model.all_branches(tenant) {
            reads.extend(on_branch(tenant, &on, model));
        }
        reads
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateAsset { tenant, on, asset } => vec![
                Op::GetAsset { tenant, at: at(on, asset.place()) },
                Op::GetAssetById { tenant, on: on.clone(), asset: asset.id },
            ],
            Call::UpdateAsset { tenant, at, .. } | Call::CommitMetadata { tenant, at, .. } => {
                vec![Op::GetAsset { tenant, at: at.clone() }]
            }
            Call::RenameAsset { tenant, at: from, to } => {
                let there = at(&from.branch_ref(), to.clone());
                vec![Op::GetAsset { tenant, at: from.clone() }, Op::GetAsset { tenant, at: there }]
            }
            Call::DeleteAsset { tenant, at } => vec![
                Op::GetAsset { tenant, at: at.clone() },
                Op::CountAssets { tenant },
                Op::ListAccessRequests { tenant, status: None, page: Page::all() },
            ],
            Call::GetAsset { .. }
            | Call::GetAssetById { .. }
            | Call::ListAssets { .. }
            | Call::CountAssets { .. } => Vec::new(),
        }
    }

    fn simpler(call: Call<'_>) -> Vec<Simpler> {
        match call {
            Call::RenameAsset { at, to, .. } => Simpler::without_rename(&at.name, Some(&to.name)),
            Call::CreateAsset { .. }
            | Call::GetAsset { .. }
            | Call::GetAssetById { .. }
            | Call::ListAssets { .. }
            | Call::UpdateAsset { .. }
            | Call::DeleteAsset { .. }
            | Call::CommitMetadata { .. }
            | Call::CountAssets { .. } => Vec::new(),
        }
    }
}

/// The asset at a place of a branch.
pub(super) fn at(on: &BranchRef, AssetPlace { namespace, name }: AssetPlace) -> AssetRef {
    AssetRef { catalog: on.catalog.clone(), branch: on.branch.clone(), namespace, name }
}

/// The reads that show all assets of a branch.
pub(super) fn on_branch(tenant: TenantId, on: &BranchRef, model: Model<'_>) -> Vec<Op> {
    let namespaces = model.namespaces(tenant, &on.catalog).into_iter();
    let list = |Namespace { path: namespace, .. }| Op::ListAssets {
        tenant,
        on: on.clone(),
        namespace,
        page: Page::all(),
    };
    namespaces.map(list).collect()
}

impl Draw<'_> {
    /// The address of an asset: mostly of one that exists, or one that is put together.
    fn asset_ref(&mut self, tenant: TenantId) -> AssetRef {
        let on = self.branch(tenant);
        let there = self.model.assets(tenant, &on);
        if !self.choose.percent(MISS * 2)
            && let Some(asset) = self.choose.pick(&there)
        {
            return at(&on, asset.place());
        }
        let namespace = self.namespace(tenant, &on.catalog);
        at(&on, AssetPlace { namespace, name: self.asset_name() })
    }

    /// Few names, so that branches and renames meet.
    pub(super) fn asset_name(&mut self) -> Name {
        self.choose.pick(&NAMES[..6]).expect("there are names").clone()
    }

    /// Mostly the id of an asset on a branch.
    pub(super) fn asset_on(&mut self, tenant: TenantId, on: &BranchRef) -> AssetId {
        let there = self.model.assets(tenant, on).into_iter().map(|asset| asset.id);
        self.existing_id(&there.collect::<Vec<AssetId>>())
    }

    /// Mostly the id of an asset that some branch of the tenant holds.
    pub(super) fn asset_of(&mut self, tenant: TenantId) -> AssetId {
        let on = self.branch(tenant);
        self.asset_on(tenant, &on)
    }

    /// An asset with that id at that place.
    pub(super) fn asset(&mut self, id: AssetId, namespace: NamespacePath, name: Name) -> Asset {
        Asset {
            id,
            namespace,
            name,
            kind: self.one_of(),
            location: self.text(),
            metadata_location: self.maybe(Self::text),
            properties: self.properties(),
        }
    }

    fn create_asset(&mut self, tenant: TenantId) -> Op {
        let on = self.branch(tenant);
        let there = self.model.assets(tenant, &on).into_iter().map(|asset| asset.id);
        let id = self.fresh_id(&there.collect::<Vec<AssetId>>());
        let namespace = self.namespace(tenant, &on.catalog);
        let name = self.asset_name();
        let asset = self.asset(id, namespace, name);
        Op::CreateAsset { tenant, on, asset }
    }

    fn update_asset(&mut self, tenant: TenantId) -> Op {
        let at = match self.asset_in_merge(tenant) {
            Some(at) if self.choose.percent(50) => at,
            _ => self.asset_ref(tenant),
        };
        let update = AssetUpdate {
            kind: self.maybe(Self::one_of),
            location: self.maybe(Self::text),
            metadata_location: self.maybe(|this| this.maybe(Self::text)),
            properties: self.maybe(Self::properties),
        };
        Op::UpdateAsset { tenant, at, update }
    }

    fn rename_asset(&mut self, tenant: TenantId) -> Op {
        let at = self.asset_ref(tenant);
        let namespace = if self.choose.percent(50) {
            at.namespace.clone()
        } else {
            self.namespace(tenant, &at.catalog)
        };
        Op::RenameAsset { tenant, to: AssetPlace { namespace, name: self.asset_name() }, at }
    }

    fn commit_metadata(&mut self, tenant: TenantId) -> Op {
        let at = self.asset_ref(tenant);
        let now = self.model.asset(tenant, &at).and_then(|asset| asset.metadata_location);
        let expected = if self.choose.percent(70) { now } else { self.maybe(Self::text) };
        Op::CommitMetadata { tenant, at, swap: MetadataSwap { expected, new: self.text() } }
    }
}
