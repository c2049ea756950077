use async_trait::async_trait;
use bson::{Document, doc};

use super::error::Undecodable;
use super::query::after;
use super::queue::Guard;
use super::schema::{REVOCATIONS, TOKENS};
use super::transaction::{OrTaken, transaction};
use super::users::touch_user;
use super::value::Fields;
use super::{MongoStore, address};
use crate::store::Tokens;
use crate::{Entity, Page, Result, Revocation, TenantId, Timestamp, Token, TokenId, UserId};

#[async_trait]
impl Tokens for MongoStore {
    async fn store_token(&self, token: &Token) -> Result<()> {
        let Token { id, tenant, user, created_at, expires_at } = token;
        let row = doc! {
            "tenant": tenant, "id": id, "user": user, "created_at": created_at,
            "expires_at": expires_at,
        };
        transaction!(self, [Guard::User(*user)], |txn| {
            touch_user(txn, *tenant, *user, (TOKENS, Entity::Token, id.uuid())).await?;
            txn.insert(TOKENS, row.clone()).await.or_taken(Entity::Token, id)
        })
    }

    async fn list_active_tokens(
        &self,
        tenant: TenantId,
        user: Option<UserId>,
        now: Timestamp,
        page: &Page<TokenId>,
    ) -> Result<Vec<Token>> {
        let mut active = after(doc! { "tenant": tenant }, "id", page);
        if let Some(user) = user {
            active.insert("user", user);
        }
        active.insert("expires_at", doc! { "$gt": now });
        let revoked = doc! { "$lookup": {
            "from": REVOCATIONS, "localField": "id", "foreignField": "token",
            "pipeline": [{ "$match": { "tenant": tenant } }, { "$project": { "_id": 1 } }],
            "as": "revoked",
        } };
        let pipeline = vec![
            doc! { "$match": active },
            doc! { "$sort": { "id": 1 } },
            revoked,
            doc! { "$match": { "revoked": [] } },
            doc! { "$limit": i64::from(page.limit.get()) },
        ];
        self.all(TOKENS, pipeline, read).await
    }

    async fn revoke_token(&self, tenant: TenantId, revocation: &Revocation) -> Result<()> {
        let Revocation { token, reason, expires_at } = revocation;
        let this = doc! { "tenant": tenant, "token": token };
        let first = doc! { "$setOnInsert": { "reason": reason, "expires_at": expires_at } };
        let slot = self.next_slot();
        transaction!(self, [Guard::Slot(tenant, slot)], |txn| {
            address::tenant(txn, tenant, slot).await?;
            txn.upsert(REVOCATIONS, this.clone(), first.clone()).await?;
            Ok(())
        })
    }

    async fn is_token_revoked(&self, tenant: TenantId, token: TokenId) -> Result<bool> {
        Ok(self.get_revocation(tenant, token).await?.is_some())
    }

    async fn get_revocation(&self, tenant: TenantId, token: TokenId) -> Result<Option<Revocation>> {
        let this = doc! { "tenant": tenant, "token": token };
        self.get(REVOCATIONS, this, read_revocation).await
    }

    async fn cleanup_expired_tokens(&self, tenant: TenantId, now: Timestamp) -> Result<u64> {
        let expired = doc! { "tenant": tenant, "expires_at": { "$lte": now } };
        let slot = self.next_slot();
        transaction!(self, [Guard::Slot(tenant, slot)], |txn| {
            address::tenant(txn, tenant, slot).await?;
            txn.delete_all(TOKENS, expired.clone()).await?;
            Ok(txn.delete_all(REVOCATIONS, expired.clone()).await?)
        })
    }
}

fn read(row: &Document) -> Result<Token, Undecodable> {
    Ok(Token {
        id: row.read("id")?,
        tenant: row.read("tenant")?,
        user: row.read("user")?,
        created_at: row.read("created_at")?,
        expires_at: row.read("expires_at")?,
    })
}

fn read_revocation(row: &Document) -> Result<Revocation, Undecodable> {
    Ok(Revocation {
        token: row.read("token")?,
        reason: row.read("reason")?,
        expires_at: row.read("expires_at")?,
    })
}
