use async_trait::async_trait;
use uuid::Uuid;

use super::MemoryStore;
use super::state::TenantState;
use super::table::{Row, first};
use crate::store::Roles;
use crate::{Entity, Name, Page, Result, Role, RoleId, RoleUpdate, StoreError, TenantId, UserId};

impl Row for Role {
    const ENTITY: Entity = Entity::Role;
    type Id = RoleId;
    type Key = Name;

    fn id(&self) -> RoleId {
        self.id
    }

    fn key(&self) -> Name {
        self.name.clone()
    }

    fn label(&self) -> String {
        self.name.to_string()
    }
}

impl TenantState {
    /// The roles of a user, by id.
    pub(super) fn roles_of(&self, user: UserId) -> impl Iterator<Item = &Role> {
        let from = (user, RoleId::new(Uuid::nil()));
        let assignments = self.assignments.range(from..).take_while(move |(of, _)| *of == user);
        assignments.filter_map(|&(_, role)| self.roles.get(role))
    }

    pub(super) fn keep_assignments(&mut self, keep: impl Fn((UserId, RoleId)) -> bool) {
        self.assignments = self.assignments.iter().copied().filter(|&row| keep(row)).collect();
    }
}

#[async_trait]
impl Roles for MemoryStore {
    async fn create_role(&self, tenant: TenantId, role: &Role) -> Result<()> {
        self.write(|state| state.tenant_mut(tenant)?.roles.add(role.clone()))
    }

    async fn get_role(&self, tenant: TenantId, role: RoleId) -> Result<Option<Role>> {
        self.read(|state| Ok(state.tenant(tenant)?.roles.get(role).cloned()))
    }

    async fn list_roles(&self, tenant: TenantId, page: &Page<Name>) -> Result<Vec<Role>> {
        self.read(|state| {
            let roles = &state.tenant(tenant)?.roles;
            Ok(first(page.limit, roles.after(page.after.as_ref())))
        })
    }

    async fn update_role(
        &self,
        tenant: TenantId,
        role: RoleId,
        update: &RoleUpdate,
    ) -> Result<Role> {
        self.write(|state| {
            let roles = &mut state.tenant_mut(tenant)?.roles;
            let after = roles.find(role)?.clone().updated(update);
            roles.put(after)
        })
    }

    async fn delete_role(&self, tenant: TenantId, role: RoleId) -> Result<()> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            tenant.roles.remove(role)?;
            tenant.keep_assignments(|(_, held)| held != role);
            Ok(())
        })
    }

    async fn assign_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()> {
        self.write(|state| {
            let assignments = &mut state.tenant_mut(tenant)?.assignments;
            if assignments.insert((user, role)).is_some() {
                return Err(StoreError::already_exists(Entity::RoleAssignment, role));
            }
            state.user_of(tenant, user)?;
            state.tenant(tenant)?.roles.find(role).map(drop)
        })
    }

    async fn revoke_role(&self, tenant: TenantId, user: UserId, role: RoleId) -> Result<()> {
        self.write(|state| {
            let gone = state.tenant_mut(tenant)?.assignments.remove(&(user, role));
            gone.map(drop).ok_or_else(|| StoreError::not_found(Entity::RoleAssignment, role))
        })
    }

    async fn list_user_roles(
        &self,
        tenant: TenantId,
        user: UserId,
        page: &Page<RoleId>,
    ) -> Result<Vec<Role>> {
        self.read(|state| {
            let roles = state.tenant(tenant)?.roles_of(user);
            Ok(first(page.limit, roles.filter(|role| page.after.is_none_or(|seen| role.id > seen))))
        })
    }
}
