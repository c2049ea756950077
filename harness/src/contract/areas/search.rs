//! Search: reads of what other areas write.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::search::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::{NAMES, NEEDLES, PATHS};

pub(super) struct Search;

impl Area for Search {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] =
        &[Feature::Assets, Feature::BusinessMetadata, Feature::Branches];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::SearchAssets => model.needs_metadata(tenant),
            Method::SearchCatalogs | Method::SearchBranches => model.needs_catalog(tenant),
            Method::SearchNamespaces => model.needs_namespace(tenant),
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        match method {
            Method::SearchAssets => draw.search_assets(tenant),
            Method::SearchCatalogs => {
                let there = draw.model.catalogs(tenant).into_iter().map(|catalog| catalog.name);
                let text = draw.needle(&there.collect::<Vec<Name>>());
                Op::SearchCatalogs { tenant, text, page: draw.page(&NAMES) }
            }
            Method::SearchNamespaces => {
                let keys: Vec<NamespaceKey> = PATHS
                    .iter()
                    .map(|path| NamespaceKey { catalog: NAMES[0].clone(), path: path.clone() })
                    .collect();
                let leaves = draw.namespace_names(tenant);
                let text = draw.needle(&leaves);
                Op::SearchNamespaces { tenant, text, page: draw.page(&keys) }
            }
            Method::SearchBranches => {
                let keys: Vec<BranchRef> = NAMES
                    .iter()
                    .map(|name| BranchRef { catalog: NAMES[0].clone(), branch: name.clone() })
                    .collect();
                let text = draw.needle(&NAMES);
                Op::SearchBranches { tenant, text, page: draw.page(&keys) }
            }
        }
    }

    fn rows(tenant: TenantId, _: Model<'_>) -> Vec<Op> {
        // Those of namespaces and branches are in their areas.
        vec![Op::SearchAssets { tenant, search: AssetSearch::default(), page: Page::all() }]
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::SearchAssets { .. }
            | Call::SearchCatalogs { .. }
            | Call::SearchNamespaces { .. }
            | Call::SearchBranches { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    /// The names of a tenant's namespaces.
    fn namespace_names(&self, tenant: TenantId) -> Vec<Name> {
        let catalogs = self.model.catalogs(tenant).into_iter();
        let namespaces = catalogs.flat_map(|catalog| self.model.namespaces(tenant, &catalog.name));
        namespaces.map(|namespace| namespace.path.leaf().clone()).collect()
    }

    /// What to look for: often a part of one of these names, in either case.
    fn needle(&mut self, names: &[Name]) -> Text {
        let name = if self.choose.percent(40) { self.choose.pick(names).cloned() } else { None };
        let Some(name) = name else {
            return self.choose.pick(&NEEDLES).expect("there are needles").clone();
        };
        let cased = if self.choose.percent(50) { name.to_lowercase() } else { name.to_uppercase() };
        let from = self.choose.below(cased.chars().count());
        let count = 1 + self.choose.below(3);
        let part: String = cased.chars().skip(from).take(count).collect();
        part.parse().expect("a part of a name is text")
    }

    fn search_assets(&mut self, tenant: TenantId) -> Op {
        let search = AssetSearch {
            text: if self.choose.percent(40) { Text::default() } else { self.needle(&NAMES) },
            tags: self.searched_tags(tenant),
            kind: if self.choose.percent(15) { Some(self.one_of()) } else { None },
            discoverable: if self.choose.percent(30) {
                Some(self.choose.percent(50))
            } else {
                None
            },
        };
        let key = |(path, name): (&NamespacePath, &Name)| AssetKey {
            catalog: NAMES[0].clone(),
            namespace: path.clone(),
            name: name.clone(),
        };
        let keys: Vec<AssetKey> = PATHS.iter().zip(NAMES.iter()).map(key).collect();
        Op::SearchAssets { tenant, search, page: self.page(&keys) }
    }

    /// Mostly none, otherwise some; often one that an asset has and one that it may lack.
    fn searched_tags(&mut self, tenant: TenantId) -> SmallSet<Name> {
        if self.choose.percent(50) {
            return SmallSet::default();
        }
        let asset = self.described_asset(tenant);
        let tags = self.model.metadata(tenant, asset).map(|metadata| metadata.tags);
        let tags: Vec<Name> = tags.unwrap_or_default().items().iter().cloned().collect();
        match self.choose.pick(&tags).cloned() {
            Some(tag) if self.choose.percent(70) => {
                let other = self.choose.pick(&NAMES[..5]).expect("there are names").clone();
                SmallSet::new([tag, other]).expect("two are few enough")
            }
            _ => self.metadata_tags(35),
        }
    }
}
