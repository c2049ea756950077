//! The model's view: what exists, so that calls can be drawn that hit it.

use std::num::NonZeroU32;

use futures_util::FutureExt;
use pangolin_store::store::*;
use pangolin_store::*;

use super::method::Method;
use super::op::Op;
use super::world;

/// What a [`MemoryStore`] holds.
///
/// The model never waits and never fails a read, so all of this is plain functions.
#[derive(Clone, Copy)]
pub(crate) struct Model<'a>(pub(crate) &'a MemoryStore);

/// The answer of a call on the model.
fn now<T>(call: impl Future<Output = Result<T>>) -> T {
    call.now_or_never().expect("the model answers at once").expect("the model does not fail a read")
}

/// Makes a call on the model; its answer does not matter.
pub(crate) fn apply(op: &Op, model: &MemoryStore) {
    // An error is an outcome like any other, and leaves the model as it was.
    let _answer = op.apply(model).now_or_never().expect("the model answers at once");
}

impl Model<'_> {
    pub(crate) fn tenants(self) -> Vec<TenantId> {
        now(self.0.list_tenants(&Page::all())).into_iter().map(|tenant| tenant.id).collect()
    }

    pub(crate) fn tenant(self, tenant: TenantId) -> Option<Tenant> {
        now(self.0.get_tenant(tenant))
    }

    pub(crate) fn warehouses(self, tenant: TenantId) -> Vec<Warehouse> {
        now(self.0.list_warehouses(tenant, &Page::all()))
    }

    pub(crate) fn catalogs(self, tenant: TenantId) -> Vec<Catalog> {
        now(self.0.list_catalogs(tenant, &Page::all()))
    }

    pub(crate) fn namespaces(self, tenant: TenantId, catalog: &Name) -> Vec<Namespace> {
        let all = now(self.0.search_namespaces(tenant, &Text::default(), &Page::all()));
        all.into_iter().filter(|hit| hit.catalog == *catalog).map(|hit| hit.namespace).collect()
    }

    pub(crate) fn namespace(
        self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Option<Namespace> {
        now(self.0.get_namespace(tenant, catalog, path))
    }

    pub(crate) fn branches(self, tenant: TenantId, catalog: &Name) -> Vec<Branch> {
        now(self.0.list_branches(tenant, catalog, &Page::all()))
    }

    pub(crate) fn branch(self, tenant: TenantId, on: &BranchRef) -> Option<Branch> {
        now(self.0.get_branch(tenant, &on.catalog, &on.branch))
    }

    pub(crate) fn assets(self, tenant: TenantId, on: &BranchRef) -> Vec<Asset> {
        let namespaces = self.namespaces(tenant, &on.catalog);
        let assets = |namespace: Namespace| {
            now(self.0.list_assets(tenant, on, &namespace.path, &Page::all()))
        };
        namespaces.into_iter().flat_map(assets).collect()
    }

    pub(crate) fn asset(self, tenant: TenantId, at: &AssetRef) -> Option<Asset> {
        now(self.0.get_asset(tenant, at))
    }

    pub(crate) fn tags(self, tenant: TenantId, catalog: &Name) -> Vec<Tag> {
        now(self.0.list_tags(tenant, catalog, &Page::all()))
    }

    /// Commits that a branch still leads to.
    pub(crate) fn commits(self, tenant: TenantId, catalog: &Name) -> Vec<CommitId> {
        let history = |branch: Branch| {
            let from = HistoryStart::Branch(branch.name);
            now(self.0.commit_history(tenant, catalog, &from, NonZeroU32::MAX))
        };
        let mut commits: Vec<CommitId> = self
            .branches(tenant, catalog)
            .into_iter()
            .flat_map(history)
            .map(|commit| commit.id)
            .collect();
        commits.sort_unstable();
        commits.dedup();
        commits
    }

    pub(crate) fn merges(self, tenant: TenantId, catalog: &Name) -> Vec<MergeOperation> {
        now(self.0.list_merges(tenant, catalog, &Page::all()))
    }

    pub(crate) fn conflicts(
        self,
        tenant: TenantId,
        catalog: &Name,
        merge: MergeId,
    ) -> Vec<MergeConflict> {
        now(self.0.list_conflicts(tenant, catalog, merge, &Page::all()))
    }

    pub(crate) fn users(self, tenant: Option<TenantId>) -> Vec<User> {
        now(self.0.list_users(tenant, &Page::all()))
    }

    pub(crate) fn roles(self, tenant: TenantId) -> Vec<Role> {
        now(self.0.list_roles(tenant, &Page::all()))
    }

    pub(crate) fn user_roles(self, tenant: TenantId, user: UserId) -> Vec<RoleId> {
        let roles = now(self.0.list_user_roles(tenant, user, &Page::all()));
        roles.into_iter().map(|role| role.id).collect()
    }

    pub(crate) fn permissions(self, tenant: TenantId) -> Vec<PermissionId> {
        let permissions = now(self.0.list_tenant_permissions(tenant, &Page::all()));
        permissions.into_iter().map(|permission| permission.id).collect()
    }

    pub(crate) fn service_users(self, tenant: TenantId) -> Vec<ServiceUser> {
        now(self.0.list_service_users(tenant, &Page::all()))
    }

    /// Tokens that are not revoked.
    pub(crate) fn tokens(self, tenant: TenantId) -> Vec<Token> {
        now(self.0.list_active_tokens(tenant, None, Timestamp::MIN, &Page::all()))
    }

    pub(crate) fn audit_events(self, tenant: TenantId) -> Vec<AuditEvent> {
        now(self.0.list_audit_events(tenant, &AuditFilter::default(), &Page::all()))
    }

    pub(crate) fn access_requests(self, tenant: TenantId) -> Vec<AccessRequest> {
        now(self.0.list_access_requests(tenant, None, &Page::all()))
    }

    pub(crate) fn metadata(self, tenant: TenantId, asset: AssetId) -> Option<BusinessMetadata> {
        now(self.0.get_business_metadata(tenant, asset))
    }

    /// The assets of the world that have business metadata.
    pub(crate) fn described_assets(self, tenant: TenantId) -> Vec<AssetId> {
        let assets = world::ids().into_iter();
        assets.filter(|&asset| self.metadata(tenant, asset).is_some()).collect()
    }

    /// All branches of all catalogs.
    pub(crate) fn all_branches(self, tenant: TenantId) -> Vec<BranchRef> {
        let mut branches = Vec::new();
        for Catalog { name: catalog, .. } in self.catalogs(tenant) {
            branches.extend(
                self.branches(tenant, &catalog)
                    .into_iter()
                    .map(|branch| BranchRef { catalog: catalog.clone(), branch: branch.name }),
            );
        }
        branches
    }

    /// Whether this holds of some catalog.
    pub(crate) fn any_catalog(self, tenant: TenantId, holds: impl Fn(&Name) -> bool) -> bool {
        self.catalogs(tenant).iter().any(|catalog| holds(&catalog.name))
    }
}

/// What must exist before a call can work on something: the method that makes it, if nothing does.
impl Model<'_> {
    /// `method`, unless this holds of the model.
    pub(crate) fn needs(self, method: Method, holds: impl FnOnce(Self) -> bool) -> Option<Method> {
        (!holds(self)).then_some(method)
    }

    /// A tenant, and what else is needed in the first one.
    pub(crate) fn in_a_tenant(
        self,
        needs: impl FnOnce(TenantId) -> Option<Method>,
    ) -> Option<Method> {
        match self.tenants().first() {
            Some(&tenant) => needs(tenant),
            None => Some(Method::CreateTenant),
        }
    }

    /// A catalog.
    pub(crate) fn needs_catalog(self, tenant: TenantId) -> Option<Method> {
        self.needs(Method::CreateCatalog, |model| !model.catalogs(tenant).is_empty())
    }

    /// A namespace, in a catalog.
    pub(crate) fn needs_namespace(self, tenant: TenantId) -> Option<Method> {
        let there = |name: &Name| !self.namespaces(tenant, name).is_empty();
        self.needs_catalog(tenant).or_else(|| {
            self.needs(Method::CreateNamespace, |model| model.any_catalog(tenant, there))
        })
    }

    /// An asset, on any branch.
    pub(crate) fn needs_asset(self, tenant: TenantId) -> Option<Method> {
        self.needs(Method::CreateAsset, |model| {
            let mut branches = model.all_branches(tenant).into_iter();
            branches.any(|on| !model.assets(tenant, &on).is_empty())
        })
    }

    /// Business metadata of an asset.
    pub(crate) fn needs_metadata(self, tenant: TenantId) -> Option<Method> {
        self.needs(Method::UpsertBusinessMetadata, |model| {
            !model.described_assets(tenant).is_empty()
        })
    }

    /// A user of the tenant.
    pub(crate) fn needs_user(self, tenant: TenantId) -> Option<Method> {
        self.needs(Method::CreateUser, |model| !model.users(Some(tenant)).is_empty())
    }
}
