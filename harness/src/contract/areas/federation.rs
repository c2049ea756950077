//! Federated catalogs and their synchronisation.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::federation::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::NAMES;

pub(super) struct Federation;

impl Area for Federation {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Catalogs];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::RecordSync => model.needs_catalog(tenant),
            Method::GetSync => {
                federated(model, tenant).is_empty().then_some(method::Method::CreateCatalog)
            }
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::RecordSync => draw.record_sync(tenant),
            Method::GetSync => Op::GetSync { tenant, catalog: draw.federated_catalog(tenant) },
        }
    }

    fn rows(tenant: TenantId, model: Model<'_>) -> Vec<Op> {
        let get = |catalog: Catalog| Op::GetSync { tenant, catalog: catalog.name };
        model.catalogs(tenant).into_iter().map(get).collect()
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::RecordSync { tenant, catalog, .. } => {
                vec![Op::GetSync { tenant, catalog: catalog.clone() }]
            }
            Call::GetSync { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

/// The names of the tenant's federated catalogs.
fn federated(model: Model<'_>, tenant: TenantId) -> Vec<Name> {
    let catalogs = model.catalogs(tenant).into_iter();
    let federated = catalogs.filter(|catalog| catalog.kind != CatalogKind::Local);
    federated.map(|catalog| catalog.name).collect()
}

impl Draw<'_> {
    /// Mostly a federated catalog.
    fn federated_catalog(&mut self, tenant: TenantId) -> Name {
        let there = federated(self.model, tenant);
        if self.choose.percent(80) { self.existing(&there, &NAMES) } else { self.catalog(tenant) }
    }

    fn record_sync(&mut self, tenant: TenantId) -> Op {
        let catalog = self.federated_catalog(tenant);
        let counts = [0, 1, u32::MAX];
        let status = SyncStatus {
            last_synced_at: self.time(),
            status: self.one_of(),
            tables_synced: counts[self.choose.below(counts.len())],
            namespaces_synced: counts[self.choose.below(counts.len())],
            error: self.maybe(Self::text),
        };
        Op::RecordSync { tenant, catalog, status }
    }
}
