//! Calls on tenants, warehouses, catalogs, namespaces and assets.

use std::collections::BTreeSet;

use pangolin_store::*;

use super::Generator;
use crate::contract::op::{Method, Op};
use crate::contract::world::{KEYS, NAMES, PATHS};

impl Generator<'_> {
    pub(super) fn catalog_prerequisite(&self, method: Method) -> Option<Method> {
        use Method::*;
        let known = self.known();
        let tenants = known.tenants();
        if matches!(
            method,
            CreateTenant
                | GetTenant
                | ListTenants
                | GetUser
                | GetUserByUsername
                | GetUserByOauth
                | GetServiceUserByApiKeyHash
        ) {
            return None;
        }
        let Some(&tenant) = tenants.first() else { return Some(CreateTenant) };
        match method {
            GetWarehouse | ListWarehouses | UpdateWarehouse | DeleteWarehouse => {
                known.warehouses(tenant).is_empty().then_some(CreateWarehouse)
            }
            GetCatalog | ListCatalogs | UpdateCatalog | DeleteCatalog | CreateNamespace => {
                known.catalogs(tenant).is_empty().then_some(CreateCatalog)
            }
            GetNamespace
            | ListNamespaces
            | SetNamespaceProperties
            | DeleteNamespace
            | CountNamespaces
            | CreateAsset => {
                let catalogs = known.catalogs(tenant);
                let there = |catalog: &Catalog| !known.namespaces(tenant, &catalog.name).is_empty();
                if catalogs.is_empty() {
                    return Some(CreateCatalog);
                }
                (!catalogs.iter().any(there)).then_some(CreateNamespace)
            }
            GetAsset | GetAssetById | ListAssets | UpdateAsset | RenameAsset | DeleteAsset
            | CommitMetadata | CountAssets => (!self.some_asset(tenant)).then_some(CreateAsset),
            _ => None,
        }
    }

    /// Whether the tenant has an asset.
    pub(super) fn some_asset(&self, tenant: TenantId) -> bool {
        let known = self.known();
        known.catalogs(tenant).into_iter().any(|catalog| {
            known.branches(tenant, &catalog.name).into_iter().any(|branch| {
                let on = BranchRef { catalog: catalog.name.clone(), branch: branch.name };
                !known.assets(tenant, &on).is_empty()
            })
        })
    }

    pub(super) fn catalog_call(&mut self, method: Method) -> Op {
        use Method::*;
        match method {
            CreateTenant => self.create_tenant(),
            GetTenant => Op::GetTenant { tenant: self.tenant() },
            UpdateTenant => Op::UpdateTenant {
                tenant: self.tenant(),
                update: TenantUpdate {
                    name: self.maybe(Self::name),
                    properties: self.maybe(Self::properties),
                },
            },
            DeleteTenant => {
                let tenant = if self.choose.percent(20) { self.id() } else { self.tenant() };
                Op::DeleteTenant { tenant }
            }
            CreateWarehouse => self.create_warehouse(),
            GetWarehouse => {
                let tenant = self.tenant();
                Op::GetWarehouse { tenant, name: self.warehouse(tenant) }
            }
            ListWarehouses => Op::ListWarehouses { tenant: self.tenant(), page: self.page(&NAMES) },
            UpdateWarehouse => self.update_warehouse(),
            DeleteWarehouse => {
                let tenant = self.tenant();
                Op::DeleteWarehouse { tenant, name: self.warehouse(tenant) }
            }
            CreateCatalog => self.create_catalog(),
            GetCatalog => {
                let tenant = self.tenant();
                Op::GetCatalog { tenant, name: self.catalog(tenant) }
            }
            ListCatalogs => Op::ListCatalogs { tenant: self.tenant(), page: self.page(&NAMES) },
            UpdateCatalog => self.update_catalog(),
            DeleteCatalog => {
                let tenant = if self.choose.percent(15) { self.id() } else { self.tenant() };
                Op::DeleteCatalog { tenant, name: self.catalog_to_delete(tenant) }
            }
            CreateNamespace => self.create_namespace(),
            GetNamespace => {
                let (tenant, catalog, path) = self.namespace_address();
                Op::GetNamespace { tenant, catalog, path }
            }
            ListNamespaces => {
                let (tenant, catalog, path) = self.namespace_address();
                let parent = self.maybe(|_| path);
                Op::ListNamespaces { tenant, catalog, parent, page: self.page(&PATHS) }
            }
            SetNamespaceProperties => self.set_namespace_properties(),
            DeleteNamespace => {
                let (tenant, catalog, path) = self.namespace_address();
                Op::DeleteNamespace { tenant, catalog, path }
            }
            CountNamespaces => Op::CountNamespaces { tenant: self.tenant() },
            CreateAsset => self.create_asset(),
            GetAsset => {
                let tenant = self.tenant();
                Op::GetAsset { tenant, at: self.asset_ref(tenant) }
            }
            GetAssetById => {
                let tenant = self.tenant();
                let on = self.branch(tenant);
                let asset = self.asset_on(tenant, &on);
                Op::GetAssetById { tenant, on, asset }
            }
            ListAssets => {
                let tenant = self.tenant();
                let on = self.branch(tenant);
                let namespace = self.namespace(tenant, &on.catalog);
                Op::ListAssets { tenant, on, namespace, page: self.page(&NAMES) }
            }
            UpdateAsset => self.update_asset(),
            RenameAsset => self.rename_asset(),
            DeleteAsset => {
                let tenant = self.tenant();
                Op::DeleteAsset { tenant, at: self.asset_ref(tenant) }
            }
            CommitMetadata => self.commit_metadata(),
            CountAssets => Op::CountAssets { tenant: self.tenant() },
            _ => Op::ListTenants { page: self.page(&NAMES) },
        }
    }

    fn create_tenant(&mut self) -> Op {
        let there = self.known().tenants();
        let names: Vec<Name> = there
            .iter()
            .filter_map(|&tenant| self.known().tenant(tenant))
            .map(|tenant| tenant.name)
            .collect();
        let id = self.fresh_id(&there);
        let name = self.fresh(&names, &NAMES);
        Op::CreateTenant { tenant: Tenant { id, name, properties: self.properties() } }
    }

    fn warehouse(&mut self, tenant: TenantId) -> Name {
        let there = self.known().warehouses(tenant);
        let there: Vec<Name> = there.into_iter().map(|warehouse| warehouse.name).collect();
        self.existing(&there, &NAMES)
    }

    fn vending(&mut self) -> Vending {
        match self.choose.below(4) {
            0 => Vending::AwsSts { role_arn: self.text(), external_id: self.maybe(Self::text) },
            1 => {
                Vending::AwsStatic { access_key_id: self.text(), secret_access_key: self.secret() }
            }
            2 => Vending::AzureSas { account_name: self.text(), account_key: self.secret() },
            _ => Vending::GcpDownscoped {
                service_account_email: self.text(),
                private_key: self.secret(),
            },
        }
    }

    fn create_warehouse(&mut self) -> Op {
        let tenant = self.tenant();
        let there = self.known().warehouses(tenant);
        let (ids, names): (Vec<_>, Vec<_>) =
            there.into_iter().map(|warehouse| (warehouse.id, warehouse.name)).unzip();
        let warehouse = Warehouse {
            id: self.fresh_id(&ids),
            name: self.fresh(&names, &NAMES),
            storage_config: self.properties(),
            vending: self.maybe(Self::vending),
        };
        Op::CreateWarehouse { tenant, warehouse }
    }

    fn update_warehouse(&mut self) -> Op {
        let tenant = self.tenant();
        let name = self.warehouse(tenant);
        let update = WarehouseUpdate {
            name: self.maybe(Self::name),
            storage_config: self.maybe(Self::properties),
            vending: self.maybe(|this| this.maybe(Self::vending)),
        };
        Op::UpdateWarehouse { tenant, name, update }
    }

    fn create_catalog(&mut self) -> Op {
        let tenant = self.tenant();
        let there = self.known().catalogs(tenant);
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

    /// A warehouse for a catalog to name: none where there is none, but for a miss now and then.
    fn warehouse_to_name(&mut self, tenant: TenantId) -> Option<Name> {
        if self.known().warehouses(tenant).is_empty() && !self.choose.percent(10) {
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

    fn namespace_address(&mut self) -> (TenantId, Name, NamespacePath) {
        let tenant = self.tenant();
        let catalog = self.catalog(tenant);
        let path = self.namespace(tenant, &catalog);
        (tenant, catalog, path)
    }

    fn create_namespace(&mut self) -> Op {
        let tenant = self.tenant();
        let catalog = self.catalog(tenant);
        let there = self.known().namespaces(tenant, &catalog);
        let there: Vec<_> = there.into_iter().map(|namespace| namespace.path).collect();
        let can_be_made: Vec<NamespacePath> = PATHS
            .iter()
            .filter(|path| path.parent().is_none_or(|parent| there.contains(&parent)))
            .filter(|path| !there.contains(path))
            .cloned()
            .collect();
        let path = if self.choose.percent(20) {
            self.choose.pick(&PATHS)
        } else {
            self.choose.pick(&can_be_made)
        };
        let path = path.unwrap_or(&PATHS[0]).clone();
        let namespace = Namespace { path, properties: self.properties() };
        Op::CreateNamespace { tenant, catalog, namespace }
    }

    fn set_namespace_properties(&mut self) -> Op {
        let (tenant, catalog, path) = self.namespace_address();
        let there = self
            .known()
            .namespace(tenant, &catalog, &path)
            .map(|namespace| namespace.properties)
            .unwrap_or_default();
        let crowded = there.entries().keys().any(|key| key.as_str().starts_with("large"));
        if self.choose.percent(if crowded { 60 } else { 4 }) {
            let set = self.large_properties(&there);
            let changes = PropertyChanges::new(set, BTreeSet::new())
                .expect("nothing is removed, so nothing is both set and removed");
            return Op::SetNamespaceProperties { tenant, catalog, path, changes };
        }
        let set = self.properties();
        let mut remove: BTreeSet<_> = self.choose.some_of(&KEYS, 30).into_iter().collect();
        remove.retain(|key| !set.entries().contains_key(key));
        let changes = PropertyChanges::new(set, remove).expect("no key is left on both sides");
        Op::SetNamespaceProperties { tenant, catalog, path, changes }
    }

    /// An asset with that id at that place.
    pub(super) fn asset(&mut self, id: AssetId, namespace: NamespacePath, name: Name) -> Asset {
        Asset {
            id,
            namespace,
            name,
            kind: self.one_of(),
            location: self.text(),
            metadata_location: self.maybe(Self::text),
            properties: self.properties(),
        }
    }

    fn asset_on(&mut self, tenant: TenantId, on: &BranchRef) -> AssetId {
        let there: Vec<AssetId> =
            self.known().assets(tenant, on).into_iter().map(|asset| asset.id).collect();
        self.existing_id(&there)
    }

    fn create_asset(&mut self) -> Op {
        let tenant = self.tenant();
        let on = self.branch(tenant);
        let there: Vec<AssetId> =
            self.known().assets(tenant, &on).into_iter().map(|asset| asset.id).collect();
        let id = self.fresh_id(&there);
        let namespace = self.namespace(tenant, &on.catalog);
        let name = self.asset_name();
        let asset = self.asset(id, namespace, name);
        Op::CreateAsset { tenant, on, asset }
    }

    fn update_asset(&mut self) -> Op {
        let tenant = self.tenant();
        let at = match self.asset_in_merge(tenant) {
            Some(at) if self.choose.percent(50) => at,
            _ => self.asset_ref(tenant),
        };
        let update = AssetUpdate {
            kind: self.maybe(Self::one_of),
            location: self.maybe(Self::text),
            metadata_location: self.maybe(|this| this.maybe(Self::text)),
            properties: self.maybe(Self::properties),
        };
        Op::UpdateAsset { tenant, at, update }
    }

    fn rename_asset(&mut self) -> Op {
        let tenant = self.tenant();
        let at = self.asset_ref(tenant);
        let namespace = if self.choose.percent(50) {
            at.namespace.clone()
        } else {
            self.namespace(tenant, &at.catalog)
        };
        Op::RenameAsset { tenant, to: AssetPlace { namespace, name: self.asset_name() }, at }
    }

    fn commit_metadata(&mut self) -> Op {
        let tenant = self.tenant();
        let at = self.asset_ref(tenant);
        let now = self.known().asset(tenant, &at).and_then(|asset| asset.metadata_location);
        let expected = if self.choose.percent(70) { now } else { self.maybe(Self::text) };
        Op::CommitMetadata { tenant, at, swap: MetadataSwap { expected, new: self.text() } }
    }
}
