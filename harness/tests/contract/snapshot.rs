//! Everything that can be read from a store.

use std::collections::BTreeSet;

use pangolin_store::*;
use serde::Serialize;

use super::fixtures::*;
use super::stores::Store;

/// The content of a store: one line per row, with the listing that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(Vec<String>);

impl Snapshot {
    /// All tenants and their content.
    pub(crate) async fn of(store: &Store) -> Self {
        let mut lines = Lines(Vec::new());
        lines.all("users", store.list_users(None, &all()).await);
        let tenants = store.list_tenants(&all()).await.unwrap();
        for tenant in tenants {
            lines.one("tenant", &tenant);
            lines.0.extend(Self::of_tenant(store, tenant.id).await.0);
        }
        Self(lines.0)
    }

    /// The content of one tenant.
    pub(crate) async fn of_tenant(store: &Store, tenant: TenantId) -> Self {
        let mut lines = Lines(Vec::new());
        lines.one("settings", &store.get_settings(tenant).await.unwrap());
        lines.all("warehouses", store.list_warehouses(tenant, &all()).await);
        let catalogs = store.list_catalogs(tenant, &all()).await.unwrap();
        for catalog in catalogs {
            lines.one("catalog", &catalog);
            lines.catalog(store, tenant, &catalog.name).await;
        }
        lines.people(store, tenant).await;
        lines.records(store, tenant).await;
        Self(lines.0)
    }

    /// Checks that `after`, taken later, is the same.
    #[track_caller]
    pub(crate) fn is_still(&self, after: &Self) {
        let only_in = |one: &Self, other: &Self| -> String {
            let only = one.0.iter().filter(|line| !other.0.contains(line));
            only.map(|line| format!("\n  {line}")).collect()
        };
        let (gone, new) = (only_in(self, after), only_in(after, self));
        assert_eq!(self, after, "gone:{gone}\nnew:{new}\n");
    }
}

/// The ids of assets and tokens that tests use.
fn used_ids() -> impl Iterator<Item = u128> {
    1..10
}

struct Lines(Vec<String>);

impl Lines {
    fn one(&mut self, label: &str, row: &impl Serialize) {
        self.0.push(format!("{label}: {}", serde_json::to_string(row).unwrap()));
    }

    #[track_caller]
    fn all<T: Serialize>(&mut self, label: &str, rows: Result<Vec<T>>) {
        for row in rows.unwrap() {
            self.one(label, &row);
        }
    }

    async fn catalog(&mut self, store: &Store, tenant: TenantId, catalog: &Name) {
        self.one("sync", &store.get_sync(tenant, catalog).await.unwrap());
        self.all(&format!("{catalog} tags"), store.list_tags(tenant, catalog, &all()).await);
        let namespaces = self.namespaces(store, tenant, catalog).await;
        let branches = store.list_branches(tenant, catalog, &all()).await.unwrap();
        for branch in branches {
            self.one(&format!("{catalog} branch"), &branch);
            let on = BranchRef { catalog: catalog.clone(), branch: branch.name.clone() };
            for namespace in &namespaces {
                let assets = store.list_assets(tenant, &on, namespace, &all()).await;
                self.all(&format!("{on} {namespace}"), assets);
            }
            let from = HistoryStart::Branch(branch.name);
            let history = store.commit_history(tenant, catalog, &from, limit(1_000)).await;
            self.all(&format!("{on} history"), history);
        }
        let merges = store.list_merges(tenant, catalog, &all()).await.unwrap();
        for merge in merges {
            self.one(&format!("{catalog} merge"), &merge);
            let conflicts = store.list_conflicts(tenant, catalog, merge.id, &all()).await;
            self.all("conflict", conflicts);
        }
    }

    async fn namespaces(
        &mut self,
        store: &Store,
        tenant: TenantId,
        catalog: &Name,
    ) -> BTreeSet<NamespacePath> {
        let mut seen = BTreeSet::new();
        let mut parents = vec![None];
        while let Some(parent) = parents.pop() {
            let children = store.list_namespaces(tenant, catalog, &parent, &all()).await.unwrap();
            for child in children {
                self.one(&format!("{catalog} namespace"), &child);
                seen.insert(child.path.clone());
                parents.push(Some(child.path));
            }
        }
        seen
    }

    async fn people(&mut self, store: &Store, tenant: TenantId) {
        let users = store.list_users(Some(tenant), &all()).await.unwrap();
        for user in users {
            self.one("user", &user);
            self.all("its roles", store.list_user_roles(tenant, user.id, &all()).await);
            let permissions = store.list_user_permissions(tenant, user.id, &all()).await;
            self.all("its permissions", permissions);
            self.all("it may", store.effective_permissions(tenant, user.id).await);
        }
        self.all("roles", store.list_roles(tenant, &all()).await);
        self.all("permissions", store.list_tenant_permissions(tenant, &all()).await);
        self.all("service users", store.list_service_users(tenant, &all()).await);
        let tokens = store.list_active_tokens(tenant, None, Timestamp::MIN, &all()).await;
        self.all("tokens", tokens);
        for token in used_ids() {
            let revocation = store.get_revocation(tenant, id(token)).await.unwrap();
            self.0.extend(revocation.map(|revocation| format!("revoked: {revocation:?}")));
        }
    }

    async fn records(&mut self, store: &Store, tenant: TenantId) {
        let events = AuditFilter::default();
        self.all("audit", store.list_audit_events(tenant, &events, &all()).await);
        self.one("audit", &store.count_audit_events(tenant, &events).await.unwrap());
        for asset in used_ids() {
            let metadata = store.get_business_metadata(tenant, id(asset)).await.unwrap();
            self.0.extend(metadata.map(|metadata| format!("metadata: {metadata:?}")));
        }
        self.all("requests", store.list_access_requests(tenant, None, &all()).await);
        self.one("namespaces", &store.count_namespaces(tenant).await.unwrap());
        self.one("assets", &store.count_assets(tenant).await.unwrap());
        let everything = AssetSearch::default();
        self.all("found", store.search_assets(tenant, &everything, &all()).await);
        self.all("found", store.search_namespaces(tenant, &text(""), &all()).await);
        self.all("found", store.search_branches(tenant, &text(""), &all()).await);
    }
}
