//! Copies and merges of branches that are not of one state.

use std::collections::BTreeSet;
use std::sync::Mutex;

use pangolin_store::*;

use super::{fault, lock};
use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::{assets, at};

/// The copies that run, or were given up.
#[derive(Default)]
pub(super) struct Copies(Mutex<Vec<Copy>>);

/// A branch that is being copied, and the assets that have arrived on it.
struct Copy {
    tenant: TenantId,
    on: BranchRef,
    arrived: BTreeSet<AssetId>,
}

impl Copies {
    fn begin(&self, tenant: TenantId, on: &BranchRef) {
        self.end(tenant, on);
        lock(&self.0).push(Copy { tenant, on: on.clone(), arrived: BTreeSet::new() });
    }

    fn arrive(&self, tenant: TenantId, on: &BranchRef, asset: AssetId) {
        let mut copies = lock(&self.0);
        let copy = copies.iter_mut().find(|copy| copy.tenant == tenant && copy.on == *on);
        copy.into_iter().for_each(|copy| copy.arrived.extend([asset]));
    }

    fn end(&self, tenant: TenantId, on: &BranchRef) {
        lock(&self.0).retain(|copy| copy.tenant != tenant || copy.on != *on);
    }

    fn shows(&self, tenant: TenantId, on: &BranchRef, asset: &Asset) -> bool {
        let copies = lock(&self.0);
        let mut here = copies.iter().filter(|copy| copy.tenant == tenant && copy.on == *on);
        here.all(|copy| copy.arrived.contains(&asset.id))
    }
}

fault!(
    BranchCopiedInParts(Copies),
    "branch-copied-in-parts",
    Branches,
    Concurrency,
    "shows a new branch before all of its assets are there",
    |op, inner, others, copies| match &op {
        Op::CreateBranch { tenant, catalog, branch } => {
            let answer = op.apply(inner).await?;
            let on = BranchRef { catalog: catalog.clone(), branch: branch.name.clone() };
            copies.begin(*tenant, &on);
            for asset in assets(inner, *tenant, &on).await? {
                others.a_moment().await;
                copies.arrive(*tenant, &on, asset.id);
            }
            copies.end(*tenant, &on);
            Ok(answer)
        }
        Op::GetAsset { tenant, at } => {
            let found = inner.get_asset(*tenant, at).await?;
            let on = at.branch_ref();
            Ok(Reply::new(found.filter(|asset| copies.shows(*tenant, &on, asset))))
        }
        Op::GetAssetById { tenant, on, asset } => {
            let found = inner.get_asset_by_id(*tenant, on, *asset).await?;
            Ok(Reply::new(found.filter(|asset| copies.shows(*tenant, on, asset))))
        }
        Op::ListAssets { tenant, on, namespace, page } => {
            let mut found = inner.list_assets(*tenant, on, namespace, page).await?;
            found.retain(|asset| copies.shows(*tenant, on, asset));
            Ok(Reply::new(found))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    MergeUndoesChanges,
    "merge-undoes-changes",
    Merges,
    Concurrency,
    "reads the target of a merge before it completes it, and writes back what other calls have changed since",
    |op, inner, others| {
        let Op::CompleteMerge { tenant, catalog, merge, .. } = &op else {
            return op.apply(inner).await;
        };
        let Some(merge) = inner.get_merge(*tenant, catalog, *merge).await? else {
            return op.apply(inner).await;
        };
        let on = BranchRef { catalog: catalog.clone(), branch: merge.target };
        let before = assets(inner, *tenant, &on).await?;
        others.a_moment().await;
        let now = assets(inner, *tenant, &on).await?;
        let answer = op.apply(inner).await?;
        for old in before {
            let is_changed = |asset: &Asset| asset.id == old.id && *asset != old;
            if now.iter().any(is_changed) {
                let update = AssetUpdate {
                    kind: Some(old.kind),
                    location: Some(old.location.clone()),
                    metadata_location: Some(old.metadata_location.clone()),
                    properties: Some(old.properties.clone()),
                };
                // The merge or another call may have moved or deleted it.
                let _answer = inner.update_asset(*tenant, &at(&on, old.place()), &update).await;
            }
        }
        Ok(answer)
    }
);
