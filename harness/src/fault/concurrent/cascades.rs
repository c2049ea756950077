//! Deletions of many rows, one after the other.

use pangolin_store::*;

use super::fault;
use super::others::Others;
use crate::contract::op::Op;
use crate::fault::edits::{assets, at, namespaces};

fault!(
    BranchDeletedInParts,
    "branch-deleted-in-parts",
    Branches,
    Concurrency,
    "deletes a branch's assets one by one, and then the branch",
    |op, inner, others| {
        let Op::DeleteBranch { tenant, catalog, name } = &op else { return op.apply(inner).await };
        let merges = inner.list_merges(*tenant, catalog, &Page::all()).await?;
        let names_it = |merge: &MergeOperation| {
            merge.status.is_open() && (merge.source == *name || merge.target == *name)
        };
        if *name != Branch::main().name && !merges.iter().any(names_it) {
            let on = BranchRef { catalog: catalog.clone(), branch: name.clone() };
            delete_one_by_one(inner, *tenant, &on, others).await?;
        }
        op.apply(inner).await
    }
);

fault!(
    CatalogDeletedInParts,
    "catalog-deleted-in-parts",
    Catalogs,
    Concurrency,
    "deletes a catalog's assets and namespaces one by one, and then the catalog",
    |op, inner, others| {
        let Op::DeleteCatalog { tenant, name: catalog } = &op else {
            return op.apply(inner).await;
        };
        for branch in inner.list_branches(*tenant, catalog, &Page::all()).await? {
            let on = BranchRef { catalog: catalog.clone(), branch: branch.name };
            delete_one_by_one(inner, *tenant, &on, others).await?;
        }
        for namespace in namespaces(inner, *tenant, catalog).await?.iter().rev() {
            gone(inner.delete_namespace(*tenant, catalog, &namespace.path).await)?;
            others.a_moment().await;
        }
        op.apply(inner).await
    }
);

/// Deletes the assets of a branch, with a moment after each.
async fn delete_one_by_one(
    inner: &dyn CatalogStore,
    tenant: TenantId,
    on: &BranchRef,
    others: &Others<'_>,
) -> Result<()> {
    for asset in assets(inner, tenant, on).await? {
        gone(inner.delete_asset(tenant, &at(on, asset.place())).await)?;
        others.a_moment().await;
    }
    Ok(())
}

/// The answer to a deletion that another call may have made impossible.
fn gone(answer: Result<()>) -> Result<()> {
    match answer {
        Err(StoreError::Backend { source }) => Err(StoreError::Backend { source }),
        _ => Ok(()),
    }
}
