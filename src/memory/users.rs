use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::state::State;
use super::table::{Row, first, retain};
use crate::store::Users;
use crate::{
    Entity, Name, OAuthIdentity, Page, Result, StoreError, TenantId, User, UserId, UserUpdate,
};

impl Row for User {
    const ENTITY: Entity = Entity::User;
    type Id = UserId;
    type Key = Name;

    fn id(&self) -> UserId {
        self.id
    }

    fn key(&self) -> Name {
        self.username.clone()
    }

    fn label(&self) -> String {
        self.username.to_string()
    }
}

impl State {
    /// Removes a user, but not what names the user.
    pub(super) fn remove_user(&mut self, user: UserId) -> Result<Arc<User>> {
        let gone = self.users.remove(user)?;
        self.release_oauth(&gone);
        Ok(gone)
    }

    fn claim_oauth(&mut self, user: &User) -> Result<()> {
        let Some(identity) = &user.oauth else { return Ok(()) };
        if self.users_by_oauth.insert(identity.clone(), user.id).is_some() {
            return Err(StoreError::already_exists(Entity::User, &user.username));
        }
        Ok(())
    }

    fn release_oauth(&mut self, user: &User) {
        if let Some(identity) = &user.oauth {
            self.users_by_oauth.remove(identity);
        }
    }
}

#[async_trait]
impl Users for MemoryStore {
    async fn create_user(&self, user: &User) -> Result<()> {
        self.write(|state| {
            if let Some(tenant) = user.tenant {
                state.tenant(tenant)?;
            }
            state.users.add(user.clone())?;
            state.claim_oauth(user)
        })
    }

    async fn get_user(&self, user: UserId) -> Result<Option<User>> {
        self.read(|state| Ok(state.users.get(user).cloned()))
    }

    async fn get_user_by_username(&self, username: &Name) -> Result<Option<User>> {
        self.read(|state| Ok(state.users.at(username).cloned()))
    }

    async fn get_user_by_oauth(&self, identity: &OAuthIdentity) -> Result<Option<User>> {
        self.read(|state| {
            let user = state.users_by_oauth.get(identity);
            Ok(user.and_then(|&user| state.users.get(user)).cloned())
        })
    }

    async fn list_users(&self, tenant: Option<TenantId>, page: &Page<Name>) -> Result<Vec<User>> {
        self.read(|state| {
            let users = state.users.after(page.after.as_ref());
            Ok(first(page.limit, users.filter(|user| tenant.is_none() || user.tenant == tenant)))
        })
    }

    async fn update_user(&self, user: UserId, update: &UserUpdate) -> Result<User> {
        self.write(|state| {
            let before = state.users.find(user)?.clone();
            state.release_oauth(&before);
            let after = state.users.put(before.updated(update))?;
            state.claim_oauth(&after)?;
            Ok(after)
        })
    }

    async fn delete_user(&self, user: UserId) -> Result<()> {
        self.write(|state| {
            let gone = state.remove_user(user)?;
            if let Some(tenant) = gone.tenant {
                let tenant = state.tenant_mut(tenant)?;
                tenant.keep_assignments(|(holder, _)| holder != user);
                retain(&mut tenant.permissions, |permission| permission.user != user);
                retain(&mut tenant.tokens, |token| token.user != user);
            }
            Ok(())
        })
    }
}
