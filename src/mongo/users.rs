use async_trait::async_trait;
use bson::{Bson, Document, doc};
use uuid::Uuid;

use super::error::Undecodable;
use super::query::{Changes, after};
use super::queue::Guard;
use super::schema::{PERMISSIONS, ROLE_ASSIGNMENTS, TENANTS, TOKENS, USERS};
use super::transaction::{Failure, OrTaken, Transaction, transaction};
use super::value::{Fields, uuid};
use super::{MongoStore, address};
use crate::store::Users;
use crate::{
    Entity, Name, OAuthIdentity, Page, Result, StoreError, TenantId, User, UserId, UserUpdate,
};

/// The collections whose documents belong to a user of a tenant and are deleted with the user.
const OF_USERS: [&str; 3] = [ROLE_ASSIGNMENTS, PERMISSIONS, TOKENS];

#[async_trait]
impl Users for MongoStore {
    async fn create_user(&self, user: &User) -> Result<()> {
        let row = doc! {
            "_id": user.id, "tenant": user.tenant, "username": &user.username, "email": &user.email,
            "password_hash": &user.password_hash, "oauth": user.oauth.as_ref().map(identity),
            "role": user.role, "active": user.active, "created_at": user.created_at,
            "updated_at": user.updated_at, "last_login": user.last_login,
        };
        let Some(tenant) = user.tenant else {
            let insert = self.insert(USERS, row).await;
            insert.or_taken(Entity::User, &user.username)?;
            return Ok(());
        };
        let slot = self.next_slot();
        transaction!(self, [Guard::Slot(tenant, slot)], |txn| {
            address::tenant(txn, tenant, slot).await?;
            txn.insert(USERS, row.clone()).await.or_taken(Entity::User, &user.username)
        })
    }

    async fn get_user(&self, user: UserId) -> Result<Option<User>> {
        self.get(USERS, doc! { "_id": user }, read).await
    }

    async fn get_user_by_username(&self, username: &Name) -> Result<Option<User>> {
        self.get(USERS, doc! { "username": username }, read).await
    }

    async fn get_user_by_oauth(&self, identity: &OAuthIdentity) -> Result<Option<User>> {
        let OAuthIdentity { provider, subject } = identity;
        self.get(USERS, doc! { "oauth.provider": provider, "oauth.subject": subject }, read).await
    }

    async fn list_users(&self, tenant: Option<TenantId>, page: &Page<Name>) -> Result<Vec<User>> {
        let of = tenant.map_or_else(|| doc! {}, |tenant| doc! { "tenant": tenant });
        let filter = after(of, "username", page);
        self.list(USERS, filter, doc! { "username": 1 }, page, read).await
    }

    async fn update_user(&self, user: UserId, update: &UserUpdate) -> Result<User> {
        let oauth = update.oauth.as_ref().map(|oauth| oauth.as_ref().map(identity));
        let changes = Changes::default()
            .set("username", &update.username)
            .set("email", &update.email)
            .set("password_hash", &update.password_hash)
            .set("oauth", &oauth)
            .set("role", &update.role)
            .set("active", &update.active)
            .set("last_login", &update.last_login)
            .set("updated_at", &Some(update.updated_at));
        let changed = self.change(USERS, doc! { "_id": user }, changes.update()).await;
        let name = update.username.as_deref().unwrap_or("with that identity");
        match changed.or_taken(Entity::User, name)? {
            Some(row) => Ok(read(&row)?),
            None => Err(StoreError::not_found(Entity::User, user)),
        }
    }

    async fn delete_user(&self, user: UserId) -> Result<()> {
        transaction!(self, [Guard::User(user)], |txn| {
            let Some(row) = txn.take(USERS, doc! { "_id": user }).await? else {
                return Err(StoreError::not_found(Entity::User, user).into());
            };
            if let Some(tenant) = row.read::<Option<TenantId>>("tenant")? {
                for collection in OF_USERS {
                    txn.delete_all(collection, doc! { "tenant": tenant, "user": user }).await?;
                }
            }
            Ok(())
        })
    }
}

/// Finds the user of a tenant for whom a call creates an `entity` of that id, and guards the user.
///
/// # Errors
/// If the user does not exist: `NotFound(Tenant)`, if the tenant does not; `AlreadyExists` when the id is
/// taken; else `NotFound(User)`.
pub(super) async fn touch_user(
    txn: &mut Transaction,
    tenant: TenantId,
    user: UserId,
    (collection, entity, id): (&str, Entity, Uuid),
) -> Result<(), Failure> {
    if txn.touch(USERS, doc! { "_id": user, "tenant": tenant }).await?.is_some() {
        return Ok(());
    }
    if !txn.any(TENANTS, doc! { "_id": tenant }).await? {
        return Err(StoreError::not_found(Entity::Tenant, tenant).into());
    }
    if txn.any(collection, doc! { "tenant": tenant, "id": uuid(id) }).await? {
        return Err(StoreError::already_exists(entity, id).into());
    }
    Err(StoreError::not_found(Entity::User, user).into())
}

fn identity(OAuthIdentity { provider, subject }: &OAuthIdentity) -> Document {
    doc! { "provider": provider, "subject": subject }
}

fn read_identity(row: &Document) -> Result<Option<OAuthIdentity>, Undecodable> {
    let Some(Bson::Document(identity)) = row.get("oauth") else { return Ok(None) };
    let (provider, subject) = (identity.read("provider")?, identity.read("subject")?);
    Ok(Some(OAuthIdentity { provider, subject }))
}

fn read(row: &Document) -> Result<User, Undecodable> {
    Ok(User {
        id: row.read("_id")?,
        tenant: row.read("tenant")?,
        username: row.read("username")?,
        email: row.read("email")?,
        password_hash: row.read("password_hash")?,
        oauth: read_identity(row)?,
        role: row.read("role")?,
        active: row.read("active")?,
        created_at: row.read("created_at")?,
        updated_at: row.read("updated_at")?,
        last_login: row.read("last_login")?,
    })
}
