//! Users: the table `users`.

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::error::OrTaken;
use super::statement::Statements;
use super::{SqliteStore, address};
use crate::store::Users;
use crate::{
    Entity, Name, OAuthIdentity, Page, Result, StoreError, TenantId, User, UserId, UserUpdate,
};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    id, tenant, username, email, password_hash, oauth_provider, oauth_subject, role, active,
    created_at, updated_at, last_login";

#[async_trait]
impl Users for SqliteStore {
    async fn create_user(&self, user: &User) -> Result<()> {
        let user = user.clone();
        self.write(move |db| {
            if let Some(tenant) = user.tenant {
                address::tenant(db, tenant)?;
            }
            let sql = formatcp!(
                "INSERT INTO users ({COLUMNS})
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
            );
            let (provider, subject) = identity_columns(&user);
            let row = (
                user.id,
                user.tenant,
                &user.username,
                &user.email,
                &user.password_hash,
                provider,
                subject,
                user.role,
                user.active,
                user.created_at,
                user.updated_at,
                user.last_login,
            );
            db.run(sql, row).or_taken(Entity::User, &user.username)?;
            Ok(())
        })
        .await
    }

    async fn get_user(&self, user: UserId) -> Result<Option<User>> {
        self.read(move |db| get(db, user)).await
    }

    async fn get_user_by_username(&self, username: &Name) -> Result<Option<User>> {
        let username = username.clone();
        self.read(move |db| {
            let sql = formatcp!("SELECT {COLUMNS} FROM users WHERE username = ?1");
            Ok(db.first(sql, [username], read)?)
        })
        .await
    }

    async fn get_user_by_oauth(&self, identity: &OAuthIdentity) -> Result<Option<User>> {
        let OAuthIdentity { provider, subject } = identity.clone();
        self.read(move |db| {
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM users WHERE oauth_provider = ?1 AND oauth_subject = ?2"
            );
            Ok(db.first(sql, (provider, subject), read)?)
        })
        .await
    }

    async fn list_users(&self, tenant: Option<TenantId>, page: &Page<Name>) -> Result<Vec<User>> {
        let page = page.clone();
        self.read(move |db| {
            let Some(tenant) = tenant else {
                let sql = formatcp!(
                    "SELECT {COLUMNS} FROM users
                     WHERE username > coalesce(?1, '') ORDER BY username LIMIT ?2"
                );
                return Ok(db.all(sql, (page.after, page.limit), read)?);
            };
            let sql = formatcp!(
                "SELECT {COLUMNS} FROM users WHERE tenant = ?1 AND username > coalesce(?2, '')
                 ORDER BY username LIMIT ?3"
            );
            Ok(db.all(sql, (tenant, page.after, page.limit), read)?)
        })
        .await
    }

    async fn update_user(&self, user: UserId, update: &UserUpdate) -> Result<User> {
        let update = update.clone();
        self.write(move |db| {
            let before = get(db, user)?;
            let before = before.ok_or_else(|| StoreError::not_found(Entity::User, user))?;
            let after = before.updated(&update);
            // Neither id nor tenant is written: the database would then search all tables that refer to
            // the user.
            let sql = "UPDATE users
                       SET username = ?2, email = ?3, password_hash = ?4, oauth_provider = ?5,
                           oauth_subject = ?6, role = ?7, active = ?8, updated_at = ?9,
                           last_login = ?10
                       WHERE id = ?1";
            let (provider, subject) = identity_columns(&after);
            let row = (
                user,
                &after.username,
                &after.email,
                &after.password_hash,
                provider,
                subject,
                after.role,
                after.active,
                after.updated_at,
                after.last_login,
            );
            db.run(sql, row).or_taken(Entity::User, &after.username)?;
            Ok(after)
        })
        .await
    }

    async fn delete_user(&self, user: UserId) -> Result<()> {
        self.write(move |db| match db.run("DELETE FROM users WHERE id = ?1", [user])? {
            0 => Err(StoreError::not_found(Entity::User, user)),
            _ => Ok(()),
        })
        .await
    }
}

/// Checks that the user exists and belongs to the tenant.
pub(super) fn must_be_of(db: &Connection, tenant: TenantId, user: UserId) -> Result<()> {
    if db.any("SELECT 1 FROM users WHERE tenant = ?1 AND id = ?2", (tenant, user))? {
        return Ok(());
    }
    Err(StoreError::not_found(Entity::User, user))
}

fn get(db: &Connection, user: UserId) -> Result<Option<User>> {
    let sql = formatcp!("SELECT {COLUMNS} FROM users WHERE id = ?1");
    Ok(db.first(sql, [user], read)?)
}

/// The provider and the subject of a user's identity, each a column of its own.
fn identity_columns(user: &User) -> (Option<&Name>, Option<&Name>) {
    user.oauth.as_ref().map(|identity| (&identity.provider, &identity.subject)).unzip()
}

fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    let provider: Option<Name> = row.get(5)?;
    let subject: Option<Name> = row.get(6)?;
    Ok(User {
        id: row.get(0)?,
        tenant: row.get(1)?,
        username: row.get(2)?,
        email: row.get(3)?,
        password_hash: row.get(4)?,
        oauth: provider.zip(subject).map(|(provider, subject)| OAuthIdentity { provider, subject }),
        role: row.get(7)?,
        active: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
        last_login: row.get(11)?,
    })
}
