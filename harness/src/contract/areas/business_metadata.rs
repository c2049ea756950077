//! Business metadata of assets.

use pangolin_store::{AssetId, MetadataWrite, Name, SmallSet, TenantId};

use super::{Area, Blame, Simpler};
use crate::contract::calls::business_metadata::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::{self, NAMES};

pub(super) struct BusinessMetadata;

impl Area for BusinessMetadata {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame { rows_go_with_asset: true, ..Blame::USUAL };
    const NEEDS: &'static [Feature] = &[Feature::Assets, Feature::Branches];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::UpsertBusinessMetadata => model.needs_asset(tenant),
            Method::GetBusinessMetadata | Method::DeleteBusinessMetadata => {
                model.needs_metadata(tenant)
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::UpsertBusinessMetadata => draw.upsert_business_metadata(tenant),
            Method::GetBusinessMetadata => {
                Op::GetBusinessMetadata { tenant, asset: draw.described_asset(tenant) }
            }
            Method::DeleteBusinessMetadata => {
                Op::DeleteBusinessMetadata { tenant, asset: draw.described_asset(tenant) }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        let get = |asset| Op::GetBusinessMetadata { tenant, asset };
        world::ids().into_iter().map(get).collect()
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::UpsertBusinessMetadata { tenant, asset, .. }
            | Call::DeleteBusinessMetadata { tenant, asset } => {
                vec![Op::GetBusinessMetadata { tenant, asset }]
            }
            Call::GetBusinessMetadata { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    /// An asset that mostly has business metadata.
    pub(super) fn described_asset(&mut self, tenant: TenantId) -> AssetId {
        let there = self.model.described_assets(tenant);
        self.existing_id(&there)
    }

    /// Few tags, each with that chance.
    pub(super) fn metadata_tags(&mut self, percent: usize) -> SmallSet<Name> {
        let tags = self.choose.some_of(&NAMES[..5], percent);
        SmallSet::new(tags).expect("five are few enough")
    }

    fn upsert_business_metadata(&mut self, tenant: TenantId) -> Op {
        let asset = self.asset_of(tenant);
        let write = MetadataWrite {
            description: self.maybe(Self::text),
            tags: self.metadata_tags(50),
            properties: self.json(),
            discoverable: self.choose.percent(50),
            by: self.id(),
            at: self.time(),
        };
        Op::UpsertBusinessMetadata { tenant, asset, write }
    }
}
