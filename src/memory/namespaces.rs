use async_trait::async_trait;

use super::MemoryStore;
use super::state::CatalogState;
use super::table::{after, first};
use crate::store::Namespaces;
use crate::{
    ConflictReason, Entity, Name, Namespace, NamespacePath, Page, PropertyChanges, Result,
    StoreError, TenantId,
};

impl CatalogState {
    /// Whether a namespace is empty: no children, and no assets on any branch.
    fn is_empty(&self, path: &NamespacePath) -> bool {
        let next = after(&self.namespaces, Some(path)).next();
        next.is_none_or(|(next, _)| !next.is_within(path))
            && !self.branches.values().any(|branch| branch.uses(path))
    }
}

#[async_trait]
impl Namespaces for MemoryStore {
    async fn create_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        namespace: &Namespace,
    ) -> Result<()> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            let path = &namespace.path;
            if let Some(parent) = path.parent() {
                catalog.namespace(&parent)?;
            }
            if catalog.namespaces.insert(path.clone(), namespace.clone()).is_some() {
                return Err(StoreError::already_exists(Entity::Namespace, path));
            }
            Ok(())
        })
    }

    async fn get_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<Option<Namespace>> {
        self.read(|state| Ok(state.tenant(tenant)?.catalog(catalog)?.namespaces.get(path).cloned()))
    }

    async fn list_namespaces(
        &self,
        tenant: TenantId,
        catalog: &Name,
        parent: &Option<NamespacePath>,
        page: &Page<NamespacePath>,
    ) -> Result<Vec<Namespace>> {
        self.read(|state| {
            let namespaces = &state.tenant(tenant)?.catalog(catalog)?.namespaces;
            let parent = parent.as_ref();
            let depth = parent.map_or(0, |parent| parent.names().len()) + 1;
            let below = after(namespaces, page.after.as_ref().max(parent))
                .take_while(|(path, _)| parent.is_none_or(|parent| path.is_within(parent)));
            let children = below.filter(|(path, _)| path.names().len() == depth);
            Ok(first(page.limit, children.map(|(_, namespace)| namespace)))
        })
    }

    async fn set_namespace_properties(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
        changes: &PropertyChanges,
    ) -> Result<Namespace> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            let before = catalog.namespace(path)?;
            let properties = before.properties.changed(changes)?;
            let after = Namespace { path: path.clone(), properties };
            catalog.namespaces.insert(path.clone(), after.clone());
            Ok(after)
        })
    }

    async fn delete_namespace(
        &self,
        tenant: TenantId,
        catalog: &Name,
        path: &NamespacePath,
    ) -> Result<()> {
        self.write(|state| {
            let catalog = state.tenant_mut(tenant)?.catalog_mut(catalog)?;
            catalog.namespace(path)?;
            if !catalog.is_empty(path) {
                return Err(StoreError::conflict(ConflictReason::NotEmpty, path));
            }
            catalog.namespaces.remove(path);
            Ok(())
        })
    }

    async fn count_namespaces(&self, tenant: TenantId) -> Result<u64> {
        self.read(|state| {
            let catalogs = state.tenant(tenant)?.catalogs.iter();
            Ok(catalogs.map(|catalog| catalog.namespaces.len() as u64).sum())
        })
    }
}
