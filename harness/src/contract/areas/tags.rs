//! Tags.

use pangolin_store::*;

use super::{Area, Blame, Simpler};
use crate::contract::calls::tags::{Call, Method};
use crate::contract::draw::Draw;
use crate::contract::feature::Feature;
use crate::contract::method;
use crate::contract::model::Model;
use crate::contract::op::Op;
use crate::contract::world::NAMES;

pub(super) struct Tags;

impl Area for Tags {
    type Call<'o> = Call<'o>;
    type Method = Method;

    const BLAME: Blame = Blame::USUAL;
    const NEEDS: &'static [Feature] = &[Feature::Commits, Feature::Branches];

    fn prerequisite(method: Method, model: Model<'_>) -> Option<method::Method> {
        model.in_a_tenant(|tenant| match method {
            Method::CreateTag => model.needs(method::Method::Commit, |model| {
                model.any_catalog(tenant, |catalog| !model.commits(tenant, catalog).is_empty())
            }),
            Method::DeleteTag => model.needs(method::Method::CreateTag, |model| {
                model.any_catalog(tenant, |catalog| !model.tags(tenant, catalog).is_empty())
            }),
            Method::GetTag | Method::ListTags => model.needs_catalog(tenant),
        })
    }

    fn draw(method: Method, draw: &mut Draw<'_>) -> Op {
        let tenant = draw.tenant();
        let catalog = draw.catalog(tenant);
        match method {
            Method::CreateTag => {
                let there = draw.model.tags(tenant, &catalog).into_iter().map(|tag| tag.name);
                let name = draw.fresh(&there.collect::<Vec<Name>>(), &NAMES);
                let commit = draw.commit_id(tenant, &catalog);
                Op::CreateTag { tenant, catalog, tag: Tag { name, commit } }
            }
            Method::GetTag => {
                let name = draw.tag(tenant, &catalog);
                Op::GetTag { tenant, catalog, name }
            }
            Method::ListTags => Op::ListTags { tenant, catalog, page: draw.page(&NAMES) },
            Method::DeleteTag => {
                let name = draw.tag(tenant, &catalog);
                Op::DeleteTag { tenant, catalog, name }
            }
        }
    }

    fn rows(tenant: TenantId, model: Model<'_>) -> Vec<Op> {
        let list =
            |catalog: Catalog| Op::ListTags { tenant, catalog: catalog.name, page: Page::all() };
        model.catalogs(tenant).into_iter().map(list).collect()
    }

    fn touched(call: Call<'_>, _: Model<'_>) -> Vec<Op> {
        match call {
            Call::CreateTag { tenant, catalog, tag: Tag { name, .. } }
            | Call::DeleteTag { tenant, catalog, name } => {
                vec![Op::GetTag { tenant, catalog: catalog.clone(), name: name.clone() }]
            }
            Call::GetTag { .. } | Call::ListTags { .. } => Vec::new(),
        }
    }

    fn simpler(_: Call<'_>) -> Vec<Simpler> {
        Vec::new()
    }
}

impl Draw<'_> {
    fn tag(&mut self, tenant: TenantId, catalog: &Name) -> Name {
        let there = self.model.tags(tenant, catalog).into_iter().map(|tag| tag.name);
        self.existing(&there.collect::<Vec<Name>>(), &NAMES)
    }
}
