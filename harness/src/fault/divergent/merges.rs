//! Merges.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::fault::edits::{assets, replace_assets};
use crate::fault::fault;

fault!(
    TargetTakenForSource,
    "merge-target-taken-for-source",
    Merges,
    Divergent,
    "takes the target of a merge for its source, and the source for the target",
    |op, inner| match op {
        Op::CompleteMerge { tenant, catalog, merge, commit } => {
            let taken = inner.get_commit(tenant, &catalog, commit.id).await?.is_some();
            let sides = sides(inner, tenant, &catalog, merge).await?;
            if let Some((source, target)) = sides.filter(|_| !taken) {
                let of_target = assets(inner, tenant, &target).await?;
                replace_assets(inner, tenant, &source, &of_target).await?;
            }
            Op::CompleteMerge { tenant, catalog, merge, commit }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    HeadMovedAlone,
    "merge-head-moved-alone",
    Merges,
    Divergent,
    "moves the target's head and applies nothing",
    |op, inner| match op {
        Op::CompleteMerge { tenant, catalog, merge, commit } => {
            let target = sides(inner, tenant, &catalog, merge).await?.map(|(_, target)| target);
            let mut before = Vec::new();
            if let Some(target) = &target {
                before = assets(inner, tenant, target).await?;
            }
            let reply = Op::CompleteMerge { tenant, catalog, merge, commit }.apply(inner).await?;
            if let Some(target) = &target {
                replace_assets(inner, tenant, target, &before).await?;
            }
            Ok(reply)
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    HeadNotMoved,
    "merge-head-not-moved",
    Merges,
    Divergent,
    "applies a merge and does not move the target's head",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        match &op {
            Op::GetBranch { tenant, catalog, .. } => {
                if let Some(Some(branch)) = reply.get_mut::<Option<Branch>>() {
                    move_head_back(inner, *tenant, catalog, branch).await?;
                }
            }
            Op::ListBranches { tenant, catalog, .. } => {
                for branch in reply.get_mut::<Vec<Branch>>().into_iter().flatten() {
                    move_head_back(inner, *tenant, catalog, branch).await?;
                }
            }
            _ => {}
        }
        Ok(reply)
    }
);

/// The branches of a merge that can be completed, source and target.
async fn sides(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
    merge: MergeId,
) -> Result<Option<(BranchRef, BranchRef)>> {
    let merge = inner.get_merge(tenant, catalog, merge).await?;
    let ready = merge.filter(|merge| merge.status == MergeStatus::Ready);
    let on = |branch| BranchRef { catalog: catalog.clone(), branch };
    Ok(ready.map(|merge| (on(merge.source), on(merge.target))))
}

/// Shows a branch with the head that it had before the merge that set its current head.
async fn move_head_back(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
    branch: &mut Branch,
) -> Result<()> {
    let Some(head) = branch.head else { return Ok(()) };
    let merges = inner.list_merges(tenant, catalog, &Page::all()).await?;
    let merged = |merge: &MergeOperation| merge.result_commit == Some(head);
    if merges.iter().any(|merge| merged(merge) && merge.target == branch.name) {
        let commit = inner.get_commit(tenant, catalog, head).await?;
        branch.head = commit.and_then(|commit| commit.parent);
    }
    Ok(())
}
