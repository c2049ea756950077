//! Assets.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::fault::edits::at;
use crate::fault::fault;

/// The kind that a store with few kinds reads where `kind` was written.
pub(super) fn collapsed(kind: AssetKind) -> AssetKind {
    match kind {
        AssetKind::DeltaTable | AssetKind::View => kind,
        _ => AssetKind::IcebergTable,
    }
}

fault!(
    AssetKindCollapsed,
    "asset-kind-collapsed",
    Assets,
    Divergent,
    "reads every kind of asset that it does not know back as an Iceberg table",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(Some(asset)) = reply.get_mut::<Option<Asset>>() {
            asset.kind = collapsed(asset.kind);
        }
        if let Some(assets) = reply.get_mut::<Vec<Asset>>() {
            assets.iter_mut().for_each(|asset| asset.kind = collapsed(asset.kind));
        }
        Ok(reply)
    }
);

fault!(
    CompareAndSwapSkipped,
    "compare-and-swap-skipped",
    Assets,
    Divergent,
    "leaves `expected` out of the compare-and-swap",
    |op, inner| match op {
        Op::CommitMetadata { tenant, at, swap } => {
            let now = inner.get_asset(tenant, &at).await?;
            let expected = now.and_then(|asset| asset.metadata_location);
            let swap = MetadataSwap { expected, ..swap };
            Op::CommitMetadata { tenant, at, swap }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    CompareAndSwapOfNoneSkipped,
    "compare-and-swap-of-none-skipped",
    Assets,
    Divergent,
    "checks what a compare-and-swap expects only when that is not none",
    |op, inner| match op {
        Op::CommitMetadata { tenant, at, swap: MetadataSwap { expected: None, new } } => {
            let now = inner.get_asset(tenant, &at).await?;
            let expected = now.and_then(|asset| asset.metadata_location);
            Op::CommitMetadata { tenant, at, swap: MetadataSwap { expected, new } }
                .apply(inner)
                .await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    MetadataLocationOfAnyBranch,
    "metadata-location-of-any-branch",
    Assets,
    Divergent,
    "reads an asset's metadata location of whatever branch has one",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let (Op::GetAsset { tenant, at }, Some(Some(asset))) =
            (&op, reply.get_mut::<Option<Asset>>())
        {
            for branch in inner.list_branches(*tenant, &at.catalog, &Page::all()).await? {
                let on = BranchRef { catalog: at.catalog.clone(), branch: branch.name };
                let there = inner.get_asset_by_id(*tenant, &on, asset.id).await?;
                if let Some(location) = there.and_then(|there| there.metadata_location) {
                    asset.metadata_location = Some(location);
                    break;
                }
            }
        }
        Ok(reply)
    }
);

fault!(
    OverwrittenOnCreate,
    "asset-overwritten-on-create",
    Assets,
    Divergent,
    "overwrites the asset that holds the place of a new one",
    |op, inner| match op {
        Op::CreateAsset { tenant, on, asset } => {
            make_way(inner, tenant, &at(&on, asset.place()), Some(asset.id)).await?;
            Op::CreateAsset { tenant, on, asset }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    OverwrittenOnRename,
    "asset-overwritten-on-rename",
    Assets,
    Divergent,
    "overwrites the asset that holds the place that another one is renamed to",
    |op, inner| match op {
        Op::RenameAsset { tenant, at: from, to } => {
            let renamed = inner.get_asset(tenant, &from).await?.map(|asset| asset.id);
            make_way(inner, tenant, &at(&from.branch_ref(), to.clone()), renamed).await?;
            Op::RenameAsset { tenant, at: from, to }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

/// Deletes the asset at `place`, if it is not the `asset` that moves there.
async fn make_way(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    place: &AssetRef,
    asset: Option<AssetId>,
) -> Result<()> {
    match (asset, inner.get_asset(tenant, place).await?) {
        (Some(asset), Some(holder)) if holder.id != asset => {
            inner.delete_asset(tenant, place).await
        }
        _ => Ok(()),
    }
}
