//! The state of the store.
//!
//! A child is inside its parent and is deleted with it. A lookup that finds nothing fails with the
//! `NotFound` of what it looks for, so that a chain of lookups, outermost first, fails as the contract
//! says.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::merges::MergeState;
use super::table::Table;
use crate::{
    AccessRequest, AccessRequestId, ApiKeyHash, Asset, AssetId, AssetRef, AuditEvent, Branch,
    BusinessMetadata, Catalog, Commit, CommitId, Entity, Name, Namespace, NamespacePath,
    OAuthIdentity, Permission, PermissionId, Result, Revocation, Role, RoleId, ServiceUser,
    ServiceUserId, Settings, StoreError, SyncStatus, Tag, Tenant, TenantId, Token, TokenId, User,
    UserId, Warehouse,
};

/// Everything.
#[derive(Clone, Default, PartialEq)]
pub(super) struct State {
    pub(super) tenants: Table<TenantState>,
    pub(super) users: Table<User>,
    pub(super) users_by_oauth: OrdMap<OAuthIdentity, UserId>,
    pub(super) service_users_by_key: OrdMap<ApiKeyHash, (TenantId, ServiceUserId)>,
}

impl State {
    pub(super) fn tenant(&self, tenant: TenantId) -> Result<&TenantState> {
        self.tenants.find(tenant)
    }

    pub(super) fn tenant_mut(&mut self, tenant: TenantId) -> Result<&mut TenantState> {
        self.tenants.find_mut(tenant)
    }

    /// The user, if it belongs to that tenant.
    pub(super) fn user_of(&self, tenant: TenantId, user: UserId) -> Result<&User> {
        let found = self.users.get(user).filter(|found| found.tenant == Some(tenant));
        found.ok_or_else(|| StoreError::not_found(Entity::User, user))
    }
}

/// A tenant and what belongs to it, except its users.
#[derive(Clone, PartialEq)]
pub(super) struct TenantState {
    pub(super) tenant: Tenant,
    pub(super) warehouses: Table<Warehouse>,
    pub(super) catalogs: Table<CatalogState>,
    pub(super) roles: Table<Role>,
    pub(super) assignments: OrdSet<(UserId, RoleId)>,
    pub(super) permissions: OrdMap<PermissionId, Permission>,
    pub(super) service_users: Table<ServiceUser>,
    pub(super) tokens: OrdMap<TokenId, Token>,
    pub(super) revocations: OrdMap<TokenId, Revocation>,
    pub(super) settings: Settings,
    pub(super) audit_events: Table<AuditEvent>,
    pub(super) metadata: OrdMap<AssetId, BusinessMetadata>,
    pub(super) access_requests: Table<AccessRequest>,
    pub(super) requests_by_asset: OrdMap<AssetId, OrdSet<AccessRequestId>>,
}

impl TenantState {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            warehouses: Table::default(),
            catalogs: Table::default(),
            roles: Table::default(),
            assignments: OrdSet::new(),
            permissions: OrdMap::new(),
            service_users: Table::default(),
            tokens: OrdMap::new(),
            revocations: OrdMap::new(),
            settings: Settings::default(),
            audit_events: Table::default(),
            metadata: OrdMap::new(),
            access_requests: Table::default(),
            requests_by_asset: OrdMap::new(),
        }
    }

    pub(super) fn catalog(&self, name: &Name) -> Result<&CatalogState> {
        self.catalogs.find_at(name)
    }

    pub(super) fn catalog_mut(&mut self, name: &Name) -> Result<&mut CatalogState> {
        self.catalogs.find_at_mut(name)
    }

    pub(super) fn asset(&self, at: &AssetRef) -> Result<&Asset> {
        let catalog = self.catalog(&at.catalog)?;
        let branch = catalog.branch(&at.branch)?;
        catalog.namespace(&at.namespace)?;
        branch.assets.find_at(&at.place())
    }

    /// `NotFound` unless some branch holds the asset.
    pub(super) fn check_held(&self, asset: AssetId) -> Result<()> {
        if !self.holds(asset) {
            return Err(StoreError::not_found(Entity::Asset, asset));
        }
        Ok(())
    }

    /// Deletes the business metadata and the access requests of those `assets` that have lost their last
    /// row.
    pub(super) fn forget_lost(&mut self, assets: impl IntoIterator<Item = AssetId>) -> Result<()> {
        for asset in assets {
            if self.holds(asset) {
                continue;
            }
            self.metadata.remove(&asset);
            for request in self.requests_by_asset.remove(&asset).unwrap_or_default() {
                self.access_requests.remove(request)?;
            }
        }
        Ok(())
    }

    fn holds(&self, asset: AssetId) -> bool {
        let mut branches = self.catalogs.iter().flat_map(|catalog| catalog.branches.values());
        branches.any(|branch| branch.assets.get(asset).is_some())
    }
}

/// A catalog and what belongs to it.
#[derive(Clone, PartialEq)]
pub(super) struct CatalogState {
    pub(super) catalog: Catalog,
    pub(super) namespaces: OrdMap<NamespacePath, Namespace>,
    pub(super) branches: OrdMap<Name, Arc<BranchState>>,
    pub(super) tags: OrdMap<Name, Tag>,
    pub(super) commits: OrdMap<CommitId, Commit>,
    pub(super) merges: Table<MergeState>,
    pub(super) sync: Option<SyncStatus>,
}

impl CatalogState {
    pub(super) fn new(catalog: Catalog) -> Self {
        let main = Branch::main();
        let name = main.name.clone();
        let assets = Table::default();
        let main = BranchState { branch: main, bases: Table::default(), assets };
        Self {
            catalog,
            namespaces: OrdMap::new(),
            branches: OrdMap::unit(name, Arc::new(main)),
            tags: OrdMap::new(),
            commits: OrdMap::new(),
            merges: Table::default(),
            sync: None,
        }
    }

    pub(super) fn namespace(&self, path: &NamespacePath) -> Result<&Namespace> {
        self.namespaces.get(path).ok_or_else(|| StoreError::not_found(Entity::Namespace, path))
    }

    pub(super) fn branch(&self, name: &Name) -> Result<&BranchState> {
        let branch = self.branches.get(name).map(|branch| &**branch);
        branch.ok_or_else(|| StoreError::not_found(Entity::Branch, name))
    }

    pub(super) fn branch_mut(&mut self, name: &Name) -> Result<&mut BranchState> {
        let branch = self.branches.get_mut(name).map(Arc::make_mut);
        branch.ok_or_else(|| StoreError::not_found(Entity::Branch, name))
    }
}

/// A branch and its assets.
#[derive(Clone, PartialEq)]
pub(super) struct BranchState {
    pub(super) branch: Branch,
    pub(super) assets: Table<Asset>,
    /// The content with which it copied its assets, or last merged them. Only a merge changes a base, so
    /// an asset with a base and without a row has been deleted.
    pub(super) bases: Table<Asset>,
}

impl BranchState {
    /// Whether an asset is in that namespace, not below it.
    pub(super) fn uses(&self, namespace: &NamespacePath) -> bool {
        self.assets_in(namespace, None).next().is_some()
    }
}
