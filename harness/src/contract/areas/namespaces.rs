//! Namespaces.

use std::collections::BTreeSet;

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::namespaces::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::{KEYS, LARGE_PROPERTIES, PATHS};

pub(super) struct Namespaces;

impl Area for Namespaces {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Catalogs];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::CreateNamespace => model.needs_catalog(tenant),
            Method::GetNamespace
            | Method::ListNamespaces
            | Method::SetNamespaceProperties
            | Method::DeleteNamespace
            | Method::CountNamespaces => model.needs_namespace(tenant),
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::CreateNamespace => draw.create_namespace(tenant),
            Method::GetNamespace => {
                let (catalog, path) = draw.namespace_address(tenant);
                Op::GetNamespace { tenant, catalog, path }
            }
            Method::ListNamespaces => {
                let (catalog, path) = draw.namespace_address(tenant);
                let parent = draw.maybe(|_| path);
                Op::ListNamespaces { tenant, catalog, parent, page: draw.page(&PATHS) }
            }
            Method::SetNamespaceProperties => draw.set_namespace_properties(tenant),
            Method::DeleteNamespace => {
                let (catalog, path) = draw.namespace_address(tenant);
                Op::DeleteNamespace { tenant, catalog, path }
            }
            Method::CountNamespaces => Op::CountNamespaces { tenant },
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        vec![
            Op::CountNamespaces { tenant },
            Op::SearchNamespaces { tenant, text: Text::default(), page: Page::all() },
        ]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateNamespace { tenant, catalog, namespace: Namespace { path, .. } } => vec![
                Op::GetNamespace { tenant, catalog: catalog.clone(), path: path.clone() },
                list(tenant, catalog, path.parent()),
            ],
            Call::SetNamespaceProperties { tenant, catalog, path, .. }
            | Call::DeleteNamespace { tenant, catalog, path } => vec![
                Op::GetNamespace { tenant, catalog: catalog.clone(), path: path.clone() },
                list(tenant, catalog, Some(path.clone())),
                Op::CountAssets { tenant },
            ],
            Call::GetNamespace { .. }
            | Call::ListNamespaces { .. }
            | Call::CountNamespaces { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

fn list(tenant: TenantId, catalog: &Name, parent: Option<NamespacePath>) -> Op {
    Op::ListNamespaces { tenant, catalog: catalog.clone(), parent, page: Page::all() }
}

impl Draw<'_> {
    /// Mostly a namespace that exists.
    pub(super) fn namespace(&mut self, tenant: TenantId, catalog: &Name) -> NamespacePath {
        let there = self.model.namespaces(tenant, catalog).into_iter();
        let there: Vec<_> = there.map(|namespace| namespace.path).collect();
        self.existing(&there, &PATHS)
    }

    fn namespace_address(&mut self, tenant: TenantId) -> (Name, NamespacePath) {
        let catalog = self.catalog(tenant);
        let path = self.namespace(tenant, &catalog);
        (catalog, path)
    }

    /// Mostly a path whose parent exists and which does not.
    fn create_namespace(&mut self, tenant: TenantId) -> Op {
        let catalog = self.catalog(tenant);
        let there = self.model.namespaces(tenant, &catalog).into_iter();
        let there: Vec<_> = there.map(|namespace| namespace.path).collect();
        let can_be_made: Vec<NamespacePath> = PATHS
            .iter()
            .filter(|path| path.parent().is_none_or(|parent| there.contains(&parent)))
            .filter(|path| !there.contains(path))
            .cloned()
            .collect();
        let any = self.choose.percent(20);
        let path = self.choose.pick(if any { &PATHS } else { &can_be_made });
        let path = path.unwrap_or(&PATHS[0]).clone();
        let namespace = Namespace { path, properties: self.properties() };
        Op::CreateNamespace { tenant, catalog, namespace }
    }

    fn set_namespace_properties(&mut self, tenant: TenantId) -> Op {
        let (catalog, path) = self.namespace_address(tenant);
        let there = self.model.namespace(tenant, &catalog, &path);
        let there = there.map(|namespace| namespace.properties).unwrap_or_default();
        let crowded = there.entries().keys().any(|key| key.as_str().starts_with("large"));
        if self.choose.percent(if crowded { 60 } else { 4 }) {
            let changes = PropertyChanges::new(more_large_properties(&there), BTreeSet::new())
                .expect("nothing is removed, so nothing is both set and removed");
            return Op::SetNamespaceProperties { tenant, catalog, path, changes };
        }
        let set = self.properties();
        let mut remove: BTreeSet<_> = self.choose.some_of(&KEYS, 30).into_iter().collect();
        remove.retain(|key| !set.entries().contains_key(key));
        let changes = PropertyChanges::new(set, remove).expect("no key is left on both sides");
        Op::SetNamespaceProperties { tenant, catalog, path, changes }
    }
}

/// Properties near the upper bound, other ones than those that exist: together they are too many.
fn more_large_properties(there: &Properties) -> Properties {
    let [first, second] = &*LARGE_PROPERTIES;
    let taken = first.entries().keys().any(|key| there.entries().contains_key(key));
    if taken { second.clone() } else { first.clone() }
}
