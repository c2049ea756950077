//! Calls that share the answer of another one.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use pangolin_store::*;
use tokio::sync::OnceCell;

use super::{fault, lock};
use crate::contract::op::Op;
use crate::contract::reply::Reply;

/// The calls that run, by what they do.
struct Running<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K, V> Default for Running<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Running<K, V> {
    /// The answer of the call that does the same and runs already; otherwise that of `call`.
    async fn join(&self, key: K, call: impl Future<Output = Result<V>>) -> Result<V> {
        let running = Arc::clone(lock(&self.0).entry(key.clone()).or_default());
        let answer = running.get_or_try_init(|| call).await.cloned();
        lock(&self.0).remove(&key);
        answer
    }
}

/// The reads of permissions that run.
#[derive(Default)]
pub(super) struct Reads {
    effective: Running<(TenantId, UserId), Vec<Grant>>,
    of_user: Running<(TenantId, UserId), Vec<Permission>>,
    of_tenant: Running<TenantId, Vec<Permission>>,
}

fault!(
    ReadOfAnEarlierCall(Reads),
    "read-of-an-earlier-call",
    Permissions,
    Concurrency,
    "answers a read of permissions with what another call read that had begun earlier",
    |op, inner, others, reads| match &op {
        Op::EffectivePermissions { tenant, user } => {
            let call = async {
                let grants = inner.effective_permissions(*tenant, *user).await?;
                others.a_moment().await;
                Ok(grants)
            };
            Ok(Reply::new(reads.effective.join((*tenant, *user), call).await?))
        }
        Op::ListUserPermissions { tenant, user, page } if *page == Page::all() => {
            let call = async {
                let permissions = inner.list_user_permissions(*tenant, *user, page).await?;
                others.a_moment().await;
                Ok(permissions)
            };
            Ok(Reply::new(reads.of_user.join((*tenant, *user), call).await?))
        }
        Op::ListTenantPermissions { tenant, page } if *page == Page::all() => {
            let call = async {
                let permissions = inner.list_tenant_permissions(*tenant, page).await?;
                others.a_moment().await;
                Ok(permissions)
            };
            Ok(Reply::new(reads.of_tenant.join(*tenant, call).await?))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    CleanupOfAnotherCall(Running<TenantId, u64>),
    "cleanup-of-another-call",
    Tokens,
    Concurrency,
    "does not clean up tokens while another call does, and answers with its count",
    |op, inner, others, cleanups| {
        let Op::CleanupExpiredTokens { tenant, now } = &op else { return op.apply(inner).await };
        let call = async {
            others.a_moment().await;
            inner.cleanup_expired_tokens(*tenant, *now).await
        };
        Ok(Reply::new(cleanups.join(*tenant, call).await?))
    }
);
