//! Users: the table `users`.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::statement::{Row, limit, values};
use crate::store::Users;
use crate::{
    Entity, Name, OAuthIdentity, Page, Result, StoreError, TenantId, User, UserId, UserUpdate,
};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    u.id, u.tenant, u.username, u.email, u.password_hash, u.oauth_provider, u.oauth_subject,
    u.role, u.active, u.created_at, u.updated_at, u.last_login";

#[async_trait]
impl Users for PostgresStore {
    async fn create_user(&self, user: &User) -> Result<()> {
        let sql = "WITH at AS (
                       SELECT $2 IS NULL
                              OR EXISTS (SELECT FROM tenants t WHERE t.id = $2) AS has_tenant,
                              NOT EXISTS (SELECT FROM users u WHERE u.id = $1)
                              AND NOT EXISTS (SELECT FROM users u WHERE u.username = $3)
                              AND NOT EXISTS (SELECT FROM users u
                                              WHERE u.oauth_provider = $6
                                                AND u.oauth_subject = $7) AS free
                   ),
                   inserted AS (
                       INSERT INTO users (id, tenant, username, email, password_hash, oauth_provider,
                                          oauth_subject, role, active, created_at, updated_at,
                                          last_login)
                       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
                       FROM at WHERE has_tenant AND free
                       ON CONFLICT DO NOTHING RETURNING id
                   )
                   SELECT has_tenant, free, EXISTS (SELECT FROM inserted) FROM at";
        let (provider, subject) = identity_columns(user.oauth.as_ref());
        let values = values![
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
        ];
        self.write(sql, values, |mut answer| {
            answer.holds(|| {
                let tenant = user.tenant.map(|tenant| tenant.to_string());
                StoreError::not_found(Entity::Tenant, tenant.unwrap_or_default())
            })?;
            answer.holds(|| StoreError::already_exists(Entity::User, &user.username))?;
            answer.done()
        })
        .await
    }

    async fn get_user(&self, user: UserId) -> Result<Option<User>> {
        let sql = formatcp!("SELECT {COLUMNS} FROM users u WHERE u.id = $1");
        self.first(sql, values![user], read).await
    }

    async fn get_user_by_username(&self, username: &Name) -> Result<Option<User>> {
        let sql = formatcp!("SELECT {COLUMNS} FROM users u WHERE u.username = $1");
        self.first(sql, values![username], read).await
    }

    async fn get_user_by_oauth(&self, identity: &OAuthIdentity) -> Result<Option<User>> {
        let sql = formatcp!(
            "SELECT {COLUMNS} FROM users u WHERE u.oauth_provider = $1 AND u.oauth_subject = $2"
        );
        self.first(sql, values![&identity.provider, &identity.subject], read).await
    }

    async fn list_users(&self, tenant: Option<TenantId>, page: &Page<Name>) -> Result<Vec<User>> {
        let limit = limit(page.limit);
        let Some(tenant) = tenant else {
            let sql = formatcp!(
                "SELECT {COLUMNS}
                 FROM users u WHERE u.username > coalesce($1, '') ORDER BY u.username LIMIT $2"
            );
            return self.all(sql, values![&page.after, limit], read).await;
        };
        let sql = formatcp!(
            "SELECT {COLUMNS} FROM users u WHERE u.tenant = $3 AND u.username > coalesce($1, '')
             ORDER BY u.username LIMIT $2"
        );
        self.all(sql, values![&page.after, limit, tenant], read).await
    }

    async fn update_user(&self, user: UserId, update: &UserUpdate) -> Result<User> {
        // Neither id nor tenant is written: the database would then search all tables that refer to the
        // user.
        let sql = formatcp!(
            "WITH before AS (
                 SELECT (SELECT u.id FROM users u WHERE u.id = $1) AS id,
                        NOT EXISTS (SELECT FROM users o WHERE o.username = $2 AND o.id <> $1)
                        AND NOT EXISTS (SELECT FROM users o
                                        WHERE o.oauth_provider = $7 AND o.oauth_subject = $8
                                          AND o.id <> $1) AS free
             ),
             after AS (
                 UPDATE users u
                 SET username = coalesce($2, u.username), email = coalesce($3, u.email),
                     password_hash = CASE WHEN $4 THEN $5 ELSE u.password_hash END,
                     oauth_provider = CASE WHEN $6 THEN $7 ELSE u.oauth_provider END,
                     oauth_subject = CASE WHEN $6 THEN $8 ELSE u.oauth_subject END,
                     role = coalesce($9, u.role), active = coalesce($10, u.active),
                     last_login = CASE WHEN $11 THEN $12 ELSE u.last_login END,
                     updated_at = $13
                 FROM before b WHERE u.id = b.id AND b.free
                 RETURNING u.*
             )
             SELECT b.id IS NOT NULL, b.free, u.id IS NOT NULL, {COLUMNS}
             FROM before b LEFT JOIN after u ON TRUE"
        );
        let (provider, subject) = identity_columns(update.oauth.as_ref().and_then(Option::as_ref));
        let values = values![
            user,
            &update.username,
            &update.email,
            update.password_hash.is_some(),
            update.password_hash.as_ref().and_then(Option::as_ref),
            update.oauth.is_some(),
            provider,
            subject,
            update.role,
            update.active,
            update.last_login.is_some(),
            update.last_login.flatten(),
            update.updated_at,
        ];
        self.write(sql, values, |mut answer| {
            answer.holds(|| StoreError::not_found(Entity::User, user))?;
            answer.holds(|| StoreError::already_exists(Entity::User, user))?;
            answer.read(read)
        })
        .await
    }

    async fn delete_user(&self, user: UserId) -> Result<()> {
        let sql = "WITH deleted AS (DELETE FROM users WHERE id = $1 RETURNING id)
                   SELECT EXISTS (SELECT FROM users WHERE id = $1), EXISTS (SELECT FROM deleted)";
        self.write(sql, values![user], |mut answer| {
            answer.holds(|| StoreError::not_found(Entity::User, user))?;
            answer.done()
        })
        .await
    }
}

/// The provider and the subject of an identity, each a column of its own.
fn identity_columns(identity: Option<&OAuthIdentity>) -> (Option<&Name>, Option<&Name>) {
    identity.map(|identity| (&identity.provider, &identity.subject)).unzip()
}

fn read(row: &Row, at: usize) -> sqlx::Result<User> {
    let provider: Option<Name> = row.get(at + 5)?;
    let subject: Option<Name> = row.get(at + 6)?;
    Ok(User {
        id: row.get(at)?,
        tenant: row.get(at + 1)?,
        username: row.get(at + 2)?,
        email: row.get(at + 3)?,
        password_hash: row.get(at + 4)?,
        oauth: provider.zip(subject).map(|(provider, subject)| OAuthIdentity { provider, subject }),
        role: row.get(at + 7)?,
        active: row.get(at + 8)?,
        created_at: row.get(at + 9)?,
        updated_at: row.get(at + 10)?,
        last_login: row.get(at + 11)?,
    })
}
