//! Writes that are acknowledged before they are written.

use std::sync::Mutex;

use pangolin_store::*;

use super::{fault, lock};
use crate::contract::op::Op;
use crate::contract::reply::Reply;

fault!(
    BeforeWritten(Mutex<Vec<Op>>),
    "acknowledged-before-written",
    Assets,
    Concurrency,
    "acknowledges changes of assets that it writes at the start of the next call",
    |op, inner, others, queue| {
        let queued = std::mem::take(&mut *lock(queue));
        if !queued.is_empty() {
            others.a_moment().await;
        }
        for write in queued {
            // It was acknowledged, and what it changes may be gone by now.
            let _answer = write.apply(inner).await;
        }
        let Some(answer) = answer_of(&op, inner).await? else { return op.apply(inner).await };
        lock(queue).push(op);
        Ok(answer)
    }
);

/// What a change of an asset will answer if it is certain that it will succeed.
async fn answer_of(op: &Op, inner: &dyn CatalogStore) -> Result<Option<Reply>> {
    Ok(match op {
        Op::UpdateAsset { tenant, at, update } => {
            let there = inner.get_asset(*tenant, at).await?;
            there.map(|asset| Reply::new(asset.updated(update)))
        }
        Op::DeleteAsset { tenant, at } => {
            inner.get_asset(*tenant, at).await?.map(|_| Reply::new(()))
        }
        _ => None,
    })
}
