//! Listings and counts that are not of one state.

use std::num::NonZeroU32;

use pangolin_store::*;

use super::fault;
use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::namespaces;

fault!(
    ReadRowByRow,
    "listing-read-row-by-row",
    Assets,
    Concurrency,
    "reads a listing of assets row by row, each at another moment",
    |op, inner, others| {
        let Op::ListAssets { tenant, on, namespace, page } = &op else {
            return op.apply(inner).await;
        };
        let mut rows = Vec::new();
        let mut next = Page { after: page.after.clone(), limit: NonZeroU32::MIN };
        while rows.len() < page.limit.get() as usize {
            let row = inner.list_assets(*tenant, on, namespace, &next).await?.pop();
            let Some(row) = row else { break };
            next = next.then(row.name.clone());
            rows.push(row);
            others.a_moment().await;
        }
        Ok(Reply::new(rows))
    }
);

fault!(
    PageByOffset,
    "page-by-offset",
    Namespaces,
    Concurrency,
    "counts the rows before a page of namespaces, and takes the page from there after they have changed",
    |op, inner, others| {
        let Op::ListNamespaces { tenant, catalog, parent, page } = &op else {
            return op.apply(inner).await;
        };
        let from_there = Page { after: page.after.clone(), limit: NonZeroU32::MAX };
        let all = inner.list_namespaces(*tenant, catalog, parent, &Page::all()).await?;
        let later = inner.list_namespaces(*tenant, catalog, parent, &from_there).await?;
        others.a_moment().await;
        let rows = inner.list_namespaces(*tenant, catalog, parent, &Page::all()).await?;
        let rows = rows.into_iter().skip(all.len().saturating_sub(later.len()));
        Ok(Reply::new(rows.take(page.limit.get() as usize).collect::<Vec<_>>()))
    }
);

fault!(
    CountedInParts,
    "assets-counted-in-parts",
    Assets,
    Concurrency,
    "counts assets namespace by namespace, each at another moment",
    |op, inner, others| {
        let Op::CountAssets { tenant } = &op else { return op.apply(inner).await };
        let mut count = 0;
        for Catalog { name: catalog, .. } in inner.list_catalogs(*tenant, &Page::all()).await? {
            let namespaces = namespaces(inner, *tenant, &catalog).await?;
            for branch in inner.list_branches(*tenant, &catalog, &Page::all()).await? {
                let on = BranchRef { catalog: catalog.clone(), branch: branch.name };
                for namespace in &namespaces {
                    let path = &namespace.path;
                    count +=
                        inner.list_assets(*tenant, &on, path, &Page::all()).await?.len() as u64;
                    others.a_moment().await;
                }
            }
        }
        Ok(Reply::new(count))
    }
);
