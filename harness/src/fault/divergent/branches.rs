//! Branches.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::{are_there, delete_assets, page_of};
use crate::fault::fault;

fault!(
    CopiedWithoutFilter,
    "branch-copied-without-filter",
    Branches,
    Divergent,
    "copies all assets to a new branch, whatever namespaces were asked for",
    |op, inner| match op {
        Op::CreateBranch { tenant, catalog, mut branch } => {
            if are_there(inner, tenant, &catalog, branch.namespaces.as_ref()).await? {
                branch.namespaces = None;
            }
            Op::CreateBranch { tenant, catalog, branch }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    NothingCopied,
    "branch-copies-nothing",
    Branches,
    Divergent,
    "copies no assets to a new branch",
    |op, inner| match op {
        Op::CreateBranch { tenant, catalog, mut branch } => {
            if are_there(inner, tenant, &catalog, branch.namespaces.as_ref()).await? {
                branch.namespaces = Some(SmallSet::default());
            }
            Op::CreateBranch { tenant, catalog, branch }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    AssetsLeft,
    "branch-assets-left",
    Branches,
    Divergent,
    "deletes a branch and leaves its assets",
    |op, inner| match op {
        Op::DeleteBranch { tenant, catalog, name } => {
            let left = keep_assets(inner, tenant, &catalog, &name).await?;
            let deleted = Op::DeleteBranch { tenant, catalog: catalog.clone(), name };
            let answer = deleted.apply(inner).await;
            if let (Err(_), Some(left)) = (&answer, left) {
                inner.delete_branch(tenant, &catalog, &left).await?;
            }
            answer
        }
        Op::ListAssets { tenant, on, namespace, page } => {
            let left = BranchRef { catalog: on.catalog.clone(), branch: left_of(&on.branch)? };
            let is_there = inner.get_branch(tenant, &on.catalog, &on.branch).await?.is_some();
            let on = if is_there { on } else { left };
            Op::ListAssets { tenant, on, namespace, page }.apply(inner).await
        }
        Op::ListBranches { tenant, catalog, page } => {
            let mut branches = inner.list_branches(tenant, &catalog, &Page::all()).await?;
            branches.retain(|branch| !branch.name.starts_with(LEFT));
            Ok(Reply::new(page_of(branches, |branch| branch.name.clone(), &page)))
        }
        Op::SearchBranches { tenant, text, page } => {
            let mut hits = inner.search_branches(tenant, &text, &Page::all()).await?;
            hits.retain(|hit| !hit.branch.name.starts_with(LEFT));
            let key = |hit: &BranchHit| BranchRef {
                catalog: hit.catalog.clone(),
                branch: hit.branch.name.clone(),
            };
            Ok(Reply::new(page_of(hits, key, &page)))
        }
        _ => op.apply(inner).await,
    }
);

/// The prefix of the name of the hidden branch that holds the assets of a deleted branch.
const LEFT: &str = "left of ";

fn left_of(branch: &Name) -> Result<Name> {
    let start: String = branch.chars().take(40).collect();
    Ok(Name::new(format!("{LEFT}{start}"))?)
}

/// Copies a branch, if it exists, to the hidden branch that keeps its assets.
async fn keep_assets(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    catalog: &Name,
    branch: &Name,
) -> Result<Option<Name>> {
    let name = left_of(branch)?;
    if inner.get_branch(tenant, catalog, branch).await?.is_none() {
        return Ok(None);
    }
    if inner.get_branch(tenant, catalog, &name).await?.is_some() {
        inner.delete_branch(tenant, catalog, &name).await?;
    }
    let (kind, parent) = (BranchKind::Experimental, branch.clone());
    let copy = NewBranch { name: name.clone(), kind, parent, namespaces: None };
    inner.create_branch(tenant, catalog, &copy).await?;
    Ok(Some(name))
}

fault!(
    BranchDestroyedBeforeChecked,
    "branch-destroyed-before-checked",
    Branches,
    Divergent,
    "deletes a branch's assets before it finds that the branch is protected",
    |op, inner| match op {
        Op::DeleteBranch { tenant, catalog, name } => {
            let on = BranchRef { catalog: catalog.clone(), branch: name.clone() };
            if name == Branch::main().name {
                delete_assets(inner, tenant, &on).await?;
            }
            Op::DeleteBranch { tenant, catalog, name }.apply(inner).await
        }
        _ => op.apply(inner).await,
    }
);
