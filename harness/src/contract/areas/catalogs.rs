//! Catalogs.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::catalogs::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::NAMES;

pub(super) struct Catalogs;

impl Area for Catalogs {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Warehouses, Feature::Namespaces];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::CreateCatalog => None,
            Method::GetCatalog
            | Method::ListCatalogs
            | Method::UpdateCatalog
            | Method::DeleteCatalog => model.needs_catalog(tenant),
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        match method {
            Method::CreateCatalog => draw.create_catalog(),
            Method::GetCatalog => {
                let tenant = draw.tenant();
                Op::GetCatalog { tenant, name: draw.catalog(tenant) }
            }
            Method::ListCatalogs => {
                Op::ListCatalogs { tenant: draw.tenant(), page: draw.page(&NAMES) }
            }
            Method::UpdateCatalog => draw.update_catalog(),
            Method::DeleteCatalog => draw.delete_catalog(),
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![Op::ListCatalogs { tenant, page: Page::all() }]
    }

    fn touched(call: Call<'_>, model: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateCatalog { tenant, catalog } => vec![
                Op::GetCatalog { tenant, name: catalog.name.clone() },
                Op::ListBranches { tenant, catalog: catalog.name.clone(), page: Page::all() },
            ],
            Call::UpdateCatalog { tenant, name, .. } => vec![
                Op::GetCatalog { tenant, name: name.clone() },
                Op::ListCatalogs { tenant, page: Page::all() },
            ],
            Call::DeleteCatalog { tenant, .. } => {
                let mut reads = vec![
                    Op::ListCatalogs { tenant, page: Page::all() },
                    Op::SearchBranches { tenant, text: Text::default(), page: Page::all() },
                ];
                // What other tenants have must all still exist.
                let others = model.tenants().into_iter().filter(|&other| other != tenant);
                for tenant in [tenant].into_iter().chain(others) {
                    reads.extend([Op::CountNamespaces { tenant }, Op::CountAssets { tenant }]);
                }
                reads
            }
            Call::GetCatalog { .. } | Call::ListCatalogs { .. } => Vec::new(),
        }
    }

    fn simpler(call: Call<'_>) -> Vec<Simpler> {
        match call {
            Call::UpdateCatalog { name, update, .. } => {
                Simpler::without_rename(name, update.name.as_ref())
            }
            Call::CreateCatalog { .. }
            | Call::GetCatalog { .. }
            | Call::ListCatalogs { .. }
            | Call::DeleteCatalog { .. } => Vec::new(),
        }
    }
}

impl Draw<'_> {
    /// Mostly a catalog that exists.
    pub(super) fn catalog(&mut self, tenant: TenantId) -> Name {
        let there = self.model.catalogs(tenant).into_iter().map(|catalog| catalog.name);
        self.existing(&there.collect::<Vec<Name>>(), &NAMES)
    }

    /// A catalog to delete: often one whose name another tenant has, too, or which only another tenant
    /// has, for stores that leave the tenant out.
    fn delete_catalog(&mut self) -> Op {
        let tenant = if self.choose.percent(15) { self.id() } else { self.tenant() };
        let elsewhere = self.catalogs_elsewhere(tenant);
        let there = self.model.catalogs(tenant).into_iter().map(|catalog| catalog.name);
        let twins: Vec<Name> = there.filter(|name| elsewhere.contains(name)).collect();
        let wanted = if twins.is_empty() || self.choose.percent(40) { &elsewhere } else { &twins };
        let name = match self.choose.pick(wanted).cloned() {
            Some(name) if self.choose.percent(60) => name,
            _ => self.catalog(tenant),
        };
        Op::DeleteCatalog { tenant, name }
    }

    /// The names of the catalogs of other tenants.
    fn catalogs_elsewhere(&self, tenant: TenantId) -> Vec<Name> {
        let others = self.model.tenants().into_iter().filter(|&other| other != tenant);
        let catalogs = others.flat_map(|other| self.model.catalogs(other));
        catalogs.map(|catalog| catalog.name).collect()
    }

    fn create_catalog(&mut self) -> Op {
        let tenant = self.tenant();
        let there = self.model.catalogs(tenant);
        let (ids, names): (Vec<_>, Vec<_>) =
            there.into_iter().map(|catalog| (catalog.id, catalog.name)).unzip();
        let kind = match self.choose.below(3) {
            0 => CatalogKind::Federated { properties: self.properties() },
            _ => CatalogKind::Local,
        };
        let elsewhere = self.catalogs_elsewhere(tenant);
        let twin = !elsewhere.is_empty() && self.choose.percent(40);
        let catalog = Catalog {
            id: self.fresh_id(&ids),
            name: self.fresh(&names, if twin { &elsewhere } else { &NAMES }),
            kind,
            warehouse: self.warehouse_to_name(tenant),
            storage_location: self.maybe(Self::text),
            properties: self.properties(),
        };
        Op::CreateCatalog { tenant, catalog }
    }

    /// A warehouse for a catalog to name: none where none exists, but for a miss now and then.
    fn warehouse_to_name(&mut self, tenant: TenantId) -> Option<Name> {
        if self.model.warehouses(tenant).is_empty() && !self.choose.percent(10) {
            return None;
        }
        self.maybe(|this| this.warehouse(tenant))
    }

    fn update_catalog(&mut self) -> Op {
        let tenant = self.tenant();
        let name = self.catalog(tenant);
        let update = CatalogUpdate {
            name: self.maybe(Self::name),
            federation: if self.choose.percent(25) { Some(self.properties()) } else { None },
            warehouse: self.maybe(|this| this.warehouse_to_name(tenant)),
            storage_location: self.maybe(|this| this.maybe(Self::text)),
            properties: self.maybe(Self::properties),
        };
        Op::UpdateCatalog { tenant, name, update }
    }
}
