//! Tokens: the tables `tokens` and `revocations`.

use async_trait::async_trait;
use const_format::formatcp;

use super::PostgresStore;
use super::answer::Answer;
use super::namespaces::count;
use super::retry::transaction;
use super::statement::{Row, first_id, limit, values};
use crate::store::Tokens;
use crate::{
    Entity, Page, Result, Revocation, StoreError, TenantId, Timestamp, Token, TokenId, UserId,
};

/// The key of the turn of the tenant `$1`, as two numbers. The first one is of this store.
const TURN: &str = "1885433191, uuid_hash($1)";

/// A column: a wait until no clean-up of the tenant `$1` is under way, and none begins until the end of
/// the transaction. A clean-up deletes what it sees when it begins. A token or a revocation that is
/// stored meanwhile, and acknowledged before the clean-up takes effect, would be left over.
const SHARES_TURN: &str = formatcp!("pg_advisory_xact_lock_shared({TURN}) IS NULL");

/// The column of a clean-up, which waits until nothing is being stored. Only a later statement may read
/// what it deletes.
const HAS_TURN: &str = formatcp!("pg_advisory_xact_lock({TURN}) IS NULL");

#[async_trait]
impl Tokens for PostgresStore {
    async fn store_token(&self, token: &Token) -> Result<()> {
        let sql = formatcp!(
            "WITH at AS (
                       SELECT {SHARES_TURN} AS turn,
                              NOT EXISTS (SELECT FROM tokens o
                                          WHERE o.tenant = $1 AND o.id = $2) AS free,
                              EXISTS (SELECT FROM users u
                                      WHERE u.tenant = $1 AND u.id = $3) AS has_user
                       FROM tenants t WHERE t.id = $1
                   ),
                   inserted AS (
                       INSERT INTO tokens (tenant, id, user_id, created_at, expires_at)
                       SELECT $1, $2, $3, $4, $5 FROM at WHERE free AND has_user
                       ON CONFLICT DO NOTHING RETURNING id
                   )
                   SELECT free, has_user, EXISTS (SELECT FROM inserted) FROM at"
        );
        let Token { id, tenant, user, created_at, expires_at } = token;
        self.write(sql, values![tenant, id, user, created_at, expires_at], |mut answer| {
            answer.tenant(*tenant)?;
            answer.holds(|| StoreError::already_exists(Entity::Token, id))?;
            answer.holds(|| StoreError::not_found(Entity::User, user))?;
            answer.done()
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
        let (first, limit) = (first_id(page.after), limit(page.limit));
        let Some(user) = user else {
            let sql = "SELECT t.id, t.tenant, t.user_id, t.created_at, t.expires_at FROM tokens t
                       WHERE t.tenant = $1 AND t.id >= $2 AND t.expires_at > $3
                         AND NOT EXISTS (SELECT FROM revocations r
                                         WHERE r.tenant = $1 AND r.token = t.id)
                       ORDER BY t.id LIMIT $4";
            return self.all(sql, values![tenant, first, now, limit], read).await;
        };
        let sql = "SELECT t.id, t.tenant, t.user_id, t.created_at, t.expires_at FROM tokens t
                   WHERE t.tenant = $1 AND t.user_id = $5 AND t.id >= $2 AND t.expires_at > $3
                     AND NOT EXISTS (SELECT FROM revocations r
                                     WHERE r.tenant = $1 AND r.token = t.id)
                   ORDER BY t.id LIMIT $4";
        self.all(sql, values![tenant, first, now, limit, user], read).await
    }

    async fn revoke_token(&self, tenant: TenantId, revocation: &Revocation) -> Result<()> {
        let sql = formatcp!(
            "WITH at AS (
                       SELECT t.id AS tenant, {SHARES_TURN} AS turn FROM tenants t WHERE t.id = $1
                   ),
                   inserted AS (
                       INSERT INTO revocations (tenant, token, reason, expires_at)
                       SELECT tenant, $2, $3, $4 FROM at
                       ON CONFLICT DO NOTHING
                   )
                   SELECT tenant FROM at"
        );
        let Revocation { token, reason, expires_at } = revocation;
        self.write(sql, values![tenant, token, reason, expires_at], |answer| answer.tenant(tenant))
            .await
    }

    async fn is_token_revoked(&self, tenant: TenantId, token: TokenId) -> Result<bool> {
        let sql = "SELECT TRUE FROM revocations WHERE tenant = $1 AND token = $2";
        let revoked = self.first(sql, values![tenant, token], |row, at| row.get(at)).await?;
        Ok(revoked.unwrap_or(false))
    }

    async fn get_revocation(&self, tenant: TenantId, token: TokenId) -> Result<Option<Revocation>> {
        let sql = "SELECT token, reason, expires_at FROM revocations
                   WHERE tenant = $1 AND token = $2";
        let read = |row: &Row, at| {
            Ok(Revocation {
                token: row.get(at)?,
                reason: row.get(at + 1)?,
                expires_at: row.get(at + 2)?,
            })
        };
        self.first(sql, values![tenant, token], read).await
    }

    async fn cleanup_expired_tokens(&self, tenant: TenantId, now: Timestamp) -> Result<u64> {
        transaction!(self, |db| {
            let sql = formatcp!("SELECT {HAS_TURN} FROM tenants t WHERE t.id = $1");
            Answer::new(db.row(sql, values![tenant]).await?).tenant(tenant)?;
            let sql = "WITH deleted_tokens AS (
                           DELETE FROM tokens WHERE tenant = $1 AND expires_at <= $2
                       ),
                       deleted AS (
                           DELETE FROM revocations WHERE tenant = $1 AND expires_at <= $2
                           RETURNING token
                       )
                       SELECT (SELECT count(*) FROM deleted) FROM tenants t WHERE t.id = $1";
            let mut answer = Answer::new(db.row(sql, values![tenant, now]).await?);
            answer.tenant(tenant)?;
            answer.value(count)
        })
    }
}

fn read(row: &Row, at: usize) -> sqlx::Result<Token> {
    Ok(Token {
        id: row.get(at)?,
        tenant: row.get(at + 1)?,
        user: row.get(at + 2)?,
        created_at: row.get(at + 3)?,
        expires_at: row.get(at + 4)?,
    })
}
