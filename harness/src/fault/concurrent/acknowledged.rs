//! Writes that are acknowledged before they are written.

use std::sync::Mutex;

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
        match &op {
            Op::UpdateAsset { tenant, at, update } => {
                if let Some(asset) = inner.get_asset(*tenant, at).await? {
                    lock(queue).push(op.clone());
                    return Ok(Reply::new(asset.updated(update)));
                }
            }
            Op::DeleteAsset { tenant, at } => {
                if inner.get_asset(*tenant, at).await?.is_some() {
                    lock(queue).push(op.clone());
                    return Ok(Reply::new(()));
                }
            }
            _ => {}
        }
        op.apply(inner).await
    }
);
