use async_trait::async_trait;

use crate::{Name, OAuthIdentity, Page, Result, TenantId, User, UserId, UserUpdate};

/// Users, with a tenant or without one. Id, username and OAuth identity are unique everywhere.
#[async_trait]
pub trait Users: Send + Sync {
    /// Creates a user.
    ///
    /// # Errors
    /// `NotFound(Tenant)` when the user has one that does not exist; `AlreadyExists(User)` when the id, the
    /// username or the OAuth identity is taken.
    async fn create_user(&self, user: &User) -> Result<()>;

    /// The user with that id.
    async fn get_user(&self, user: UserId) -> Result<Option<User>>;

    /// The user with that username.
    async fn get_user_by_username(&self, username: &Name) -> Result<Option<User>>;

    /// The user with that OAuth identity.
    async fn get_user_by_oauth(&self, identity: &OAuthIdentity) -> Result<Option<User>>;

    /// A tenant's users, or without a tenant all users, active or not; by username.
    async fn list_users(&self, tenant: Option<TenantId>, page: &Page<Name>) -> Result<Vec<User>>;

    /// Changes a user and returns it as it is now.
    ///
    /// # Errors
    /// `NotFound(User)`; `AlreadyExists(User)` when another one has the new username or identity.
    async fn update_user(&self, user: UserId, update: &UserUpdate) -> Result<User>;

    /// Deletes a user with its role assignments, permissions and stored tokens. Revocations, audit
    /// events and access requests stay.
    ///
    /// # Errors
    /// `NotFound(User)`.
    async fn delete_user(&self, user: UserId) -> Result<()>;
}
