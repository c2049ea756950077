//! Tokens: the tables `tokens` and `revocations`.

use async_trait::async_trait;
use rusqlite::Row;

use super::statement::Statements;
use super::{SqliteStore, address, users};
use crate::store::Tokens;
use crate::{
    Entity, Page, Result, Revocation, StoreError, TenantId, Timestamp, Token, TokenId, UserId,
};

#[async_trait]
impl Tokens for SqliteStore {
    async fn store_token(&self, token: &Token) -> Result<()> {
        let Token { id, tenant, user, created_at, expires_at } = token.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            if db.any("SELECT 1 FROM tokens WHERE tenant = ?1 AND id = ?2", (tenant, id))? {
                return Err(StoreError::already_exists(Entity::Token, id));
            }
            users::must_be_of(db, tenant, user)?;
            let sql = "INSERT INTO tokens (tenant, id, user, created_at, expires_at)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            db.run(sql, (tenant, id, user, created_at, expires_at))?;
            Ok(())
        })
        .await
    }

    async fn list_active_tokens(
        &self,
        tenant: TenantId,
        user: Option<UserId>,
        now: Timestamp,
        page: &Page<TokenId>,
    ) -> Result<Vec<Token>> {
        let page = page.clone();
        self.read(move |db| {
            // The plus prevents the use of the index on the expiry, which does not have the order of
            // the listing.
            let Some(user) = user else {
                let sql = "SELECT t.id, t.tenant, t.user, t.created_at, t.expires_at FROM tokens t
                           WHERE t.tenant = ?1 AND t.id > coalesce(?2, x'') AND +t.expires_at > ?3
                             AND NOT EXISTS (SELECT 1 FROM revocations r
                                             WHERE r.tenant = t.tenant AND r.token = t.id)
                           ORDER BY t.id LIMIT ?4";
                return Ok(db.all(sql, (tenant, page.after, now, page.limit), read)?);
            };
            let sql = "SELECT t.id, t.tenant, t.user, t.created_at, t.expires_at FROM tokens t
                       WHERE t.tenant = ?1 AND t.user = ?5 AND t.id > coalesce(?2, x'')
                         AND +t.expires_at > ?3
                         AND NOT EXISTS (SELECT 1 FROM revocations r
                                         WHERE r.tenant = t.tenant AND r.token = t.id)
                       ORDER BY t.id LIMIT ?4";
            Ok(db.all(sql, (tenant, page.after, now, page.limit, user), read)?)
        })
        .await
    }

    async fn revoke_token(&self, tenant: TenantId, revocation: &Revocation) -> Result<()> {
        let Revocation { token, reason, expires_at } = revocation.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let sql = "INSERT INTO revocations (tenant, token, reason, expires_at)
                       VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
            db.run(sql, (tenant, token, reason, expires_at))?;
            Ok(())
        })
        .await
    }

    async fn is_token_revoked(&self, tenant: TenantId, token: TokenId) -> Result<bool> {
        self.read(move |db| {
            let sql = "SELECT 1 FROM revocations WHERE tenant = ?1 AND token = ?2";
            Ok(db.any(sql, (tenant, token))?)
        })
        .await
    }

    async fn get_revocation(&self, tenant: TenantId, token: TokenId) -> Result<Option<Revocation>> {
        self.read(move |db| {
            let sql = "SELECT token, reason, expires_at FROM revocations
                       WHERE tenant = ?1 AND token = ?2";
            let revocation = db.first(sql, (tenant, token), |row| {
                Ok(Revocation { token: row.get(0)?, reason: row.get(1)?, expires_at: row.get(2)? })
            })?;
            Ok(revocation)
        })
        .await
    }

    async fn cleanup_expired_tokens(&self, tenant: TenantId, now: Timestamp) -> Result<u64> {
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let tokens = "DELETE FROM tokens WHERE tenant = ?1 AND expires_at <= ?2";
            db.run(tokens, (tenant, now))?;
            let revocations = "DELETE FROM revocations WHERE tenant = ?1 AND expires_at <= ?2";
            Ok(db.run(revocations, (tenant, now))? as u64)
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Token> {
    Ok(Token {
        id: row.get(0)?,
        tenant: row.get(1)?,
        user: row.get(2)?,
        created_at: row.get(3)?,
        expires_at: row.get(4)?,
    })
}
