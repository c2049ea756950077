//! Business metadata.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::fault::fault;

fault!(
    FirstAuthorReplaced,
    "metadata-first-author-replaced",
    BusinessMetadata,
    Divergent,
    "replaces who wrote business metadata first, and when, on the second upsert",
    |op, inner| match op {
        Op::UpsertBusinessMetadata { tenant, asset, write } => {
            if inner.get_business_metadata(tenant, asset).await?.is_some() {
                inner.delete_business_metadata(tenant, asset).await?;
            }
            Op::UpsertBusinessMetadata { tenant, asset, write }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    OutlivesItsAsset,
    "metadata-outlives-its-asset",
    BusinessMetadata,
    Divergent,
    "keeps the business metadata of an asset that is gone",
    |op, inner, writes| {
        let mut reply = op.apply(inner).await?;
        if let (Op::GetBusinessMetadata { tenant, asset }, Some(found @ None)) =
            (&op, reply.get_mut::<Option<BusinessMetadata>>())
        {
            *found = writes.find_last(|op| last_written(op, *tenant, *asset)).flatten();
        }
        Ok(reply)
    }
);

/// An asset's business metadata after a call, if the call changed that asset's metadata.
fn last_written(op: &Op, of: TenantId, about: AssetId) -> Option<Option<BusinessMetadata>> {
    match op {
        Op::UpsertBusinessMetadata { tenant, asset, write } => {
            let about_it = (*tenant, *asset) == (of, about);
            about_it.then(|| Some(write.onto(*asset, None)))
        }
        Op::DeleteBusinessMetadata { tenant, asset } => {
            ((*tenant, *asset) == (of, about)).then_some(None)
        }
        Op::DeleteTenant { tenant } => (*tenant == of).then_some(None),
        _ => None,
    }
}
