//! Addresses, keys and values: mostly of what is there.

use std::num::NonZeroU32;

use pangolin_store::*;
use uuid::Uuid;

use super::Generator;
use crate::contract::world::{
    self, JSONS, LARGE_PROPERTIES, NAMES, PATHS, PROPERTIES, SECRETS, TEXTS, TIMES,
};

/// How often, in a hundred, an address names something that need not be there.
const MISS: usize = 5;

impl Generator<'_> {
    /// Mostly one of `there`, otherwise one of `all`.
    pub(super) fn existing<T: Clone>(&mut self, there: &[T], all: &[T]) -> T {
        let from = if there.is_empty() || self.choose.percent(MISS) { all } else { there };
        self.choose.pick(from).expect("the world has some of everything").clone()
    }

    /// Mostly one of `all` that is not `there` yet.
    pub(super) fn fresh<T: Clone + PartialEq>(&mut self, there: &[T], all: &[T]) -> T {
        let free: Vec<T> = all.iter().filter(|item| !there.contains(item)).cloned().collect();
        let from = if free.is_empty() || self.choose.percent(12) { all } else { &free };
        self.choose.pick(from).expect("the world has some of everything").clone()
    }

    /// One of the world's ids of a sort.
    pub(super) fn id<T: From<Uuid>>(&mut self) -> T {
        world::id(self.choose.below(world::IDS))
    }

    pub(super) fn existing_id<T: From<Uuid> + Copy>(&mut self, there: &[T]) -> T {
        self.existing(there, &world::ids())
    }

    pub(super) fn fresh_id<T: From<Uuid> + Copy + PartialEq>(&mut self, there: &[T]) -> T {
        self.fresh(there, &world::ids())
    }

    pub(super) fn tenant(&mut self) -> TenantId {
        if self.choose.percent(MISS) {
            return self.id();
        }
        let there = self.known().tenants();
        // Most of a case happens in one tenant, so that it gets crowded.
        match there.first() {
            Some(&first) if self.choose.percent(70) => first,
            _ => self.existing_id(&there),
        }
    }

    pub(super) fn catalog(&mut self, tenant: TenantId) -> Name {
        let there: Vec<Name> =
            self.known().catalogs(tenant).into_iter().map(|catalog| catalog.name).collect();
        self.existing(&there, &NAMES)
    }

    /// A catalog to delete: often one whose name another tenant has, too, or which only another tenant
    /// has, for stores that leave the tenant out.
    pub(super) fn catalog_to_delete(&mut self, tenant: TenantId) -> Name {
        let elsewhere = self.catalogs_elsewhere(tenant);
        let there = self.known().catalogs(tenant).into_iter().map(|catalog| catalog.name);
        let twins: Vec<Name> = there.filter(|name| elsewhere.contains(name)).collect();
        let wanted = if twins.is_empty() || self.choose.percent(40) { &elsewhere } else { &twins };
        match self.choose.pick(wanted).cloned() {
            Some(name) if self.choose.percent(60) => name,
            _ => self.catalog(tenant),
        }
    }

    /// The names of the catalogs of other tenants.
    pub(super) fn catalogs_elsewhere(&self, tenant: TenantId) -> Vec<Name> {
        let known = self.known();
        let others = known.tenants().into_iter().filter(|&other| other != tenant);
        others.flat_map(|other| known.catalogs(other)).map(|catalog| catalog.name).collect()
    }

    pub(super) fn namespace(&mut self, tenant: TenantId, catalog: &Name) -> NamespacePath {
        let there = self.known().namespaces(tenant, catalog);
        let there: Vec<_> = there.into_iter().map(|namespace| namespace.path).collect();
        self.existing(&there, &PATHS)
    }

    /// The name of a branch; often `main`.
    pub(super) fn branch_name(&mut self, tenant: TenantId, catalog: &Name) -> Name {
        if self.choose.percent(35) {
            return Branch::main().name;
        }
        let there = self.known().branches(tenant, catalog);
        let there: Vec<Name> = there.into_iter().map(|branch| branch.name).collect();
        self.existing(&there, &NAMES)
    }

    pub(super) fn branch(&mut self, tenant: TenantId) -> BranchRef {
        let catalog = self.catalog(tenant);
        let branch = self.branch_name(tenant, &catalog);
        BranchRef { catalog, branch }
    }

    /// The address of an asset: a whole one that is there, or one put together.
    pub(super) fn asset_ref(&mut self, tenant: TenantId) -> AssetRef {
        let BranchRef { catalog, branch } = self.branch(tenant);
        let on = BranchRef { catalog, branch };
        let there = self.known().assets(tenant, &on);
        let BranchRef { catalog, branch } = on;
        if !self.choose.percent(MISS * 2)
            && let Some(asset) = self.choose.pick(&there)
        {
            let (namespace, name) = (asset.namespace.clone(), asset.name.clone());
            return AssetRef { catalog, branch, namespace, name };
        }
        let namespace = self.namespace(tenant, &catalog);
        AssetRef { catalog, branch, namespace, name: self.asset_name() }
    }

    /// Few names, so that branches and renames meet.
    pub(super) fn asset_name(&mut self) -> Name {
        self.choose.pick(&NAMES[..6]).expect("there are names").clone()
    }

    pub(super) fn user_of(&mut self, tenant: TenantId) -> UserId {
        let there: Vec<UserId> =
            self.known().users(Some(tenant)).into_iter().map(|user| user.id).collect();
        self.existing_id(&there)
    }

    /// The id of an asset that some branch of the tenant holds.
    pub(super) fn asset_of(&mut self, tenant: TenantId) -> AssetId {
        let on = self.branch(tenant);
        let there: Vec<AssetId> =
            self.known().assets(tenant, &on).into_iter().map(|asset| asset.id).collect();
        self.existing_id(&there)
    }

    pub(super) fn name(&mut self) -> Name {
        self.choose.pick(&NAMES).expect("there are names").clone()
    }

    pub(super) fn text(&mut self) -> Text {
        self.choose.pick(&TEXTS).expect("there are texts").clone()
    }

    pub(super) fn time(&mut self) -> Timestamp {
        *self.choose.pick(&TIMES).expect("there are times")
    }

    pub(super) fn json(&mut self) -> Json {
        self.choose.pick(&JSONS).expect("there are values").clone()
    }

    pub(super) fn secret(&mut self) -> Secret {
        self.choose.pick(&SECRETS).expect("there are secrets").clone()
    }

    pub(super) fn properties(&mut self) -> Properties {
        self.choose.pick(&PROPERTIES).expect("there are properties").clone()
    }

    /// Properties near the upper bound, other ones than those that are there.
    pub(super) fn large_properties(&mut self, there: &Properties) -> Properties {
        let [first, second] = &*LARGE_PROPERTIES;
        let taken = first.entries().keys().any(|key| there.entries().contains_key(key));
        if taken { second.clone() } else { first.clone() }
    }

    pub(super) fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.choose.percent(50) { Some(value(self)) } else { None }
    }

    pub(super) fn one_of<T: strum::IntoEnumIterator>(&mut self) -> T {
        let count = T::iter().count();
        let index = self.choose.below(count);
        T::iter().nth(index).expect("the index is below the count")
    }

    /// A page of a listing whose keys are like `keys`: small ones, to be followed, and whole ones.
    pub(super) fn page<K: Clone>(&mut self, keys: &[K]) -> Page<K> {
        let after = if self.choose.percent(40) { self.choose.pick(keys).cloned() } else { None };
        let limits = [NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(1), NonZeroU32::MAX];
        Page { after, limit: limits[self.choose.below(limits.len())] }
    }

    /// A page that often begins after a row that is there: whether that row comes again shows only then.
    pub(super) fn page_of<K: Clone>(&mut self, there: &[K], others: &[K]) -> Page<K> {
        let keys = if !there.is_empty() && self.choose.percent(50) { there } else { others };
        self.page(keys)
    }
}
