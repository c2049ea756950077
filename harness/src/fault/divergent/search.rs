//! Search.

use pangolin_store::*;

use super::assets::collapsed;
use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::page_of;
use crate::fault::fault;

fault!(
    SearchWildcards,
    "search-wildcards",
    Search,
    Divergent,
    "takes `%` and `_` for wildcards",
    |op, inner| match op {
        Op::SearchCatalogs { tenant, text, page } => {
            let pattern: Vec<char> = format!("%{}%", search::fold(&text)).chars().collect();
            let mut catalogs = inner.list_catalogs(tenant, &Page::all()).await?;
            catalogs.retain(|catalog| {
                let name: Vec<char> = search::fold(&catalog.name).chars().collect();
                is_like(&name, &pattern)
            });
            Ok(Reply::new(page_of(catalogs, |catalog| catalog.name.clone(), &page)))
        }
        _ => op.apply(inner).await,
    }
);

/// Whether `text` matches the pattern of an SQL `LIKE`.
fn is_like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|from| is_like(&text[from..], rest)),
        Some((wanted, rest)) => match text.split_first() {
            Some((found, left)) => (*wanted == '_' || wanted == found) && is_like(left, rest),
            None => false,
        },
    }
}

fault!(
    AnyTagForAllTags,
    "search-any-tag-for-all-tags",
    Search,
    Divergent,
    "finds assets that have any of the tags, where they must have all",
    |op, inner| match op {
        Op::SearchAssets { tenant, search, page } if search.tags.items().len() > 1 => {
            let mut hits: Vec<AssetHit> = Vec::new();
            for tag in search.tags.items() {
                let tags = SmallSet::new([tag.clone()])?;
                let search = AssetSearch { tags, ..search.clone() };
                let found = inner.search_assets(tenant, &search, &Page::all()).await?;
                hits.retain(|hit| !found.contains(hit));
                hits.extend(found);
            }
            Ok(Reply::new(page_of(hits, AssetHit::key, &page)))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    NoTagsNoHits,
    "search-no-tags-no-hits",
    Search,
    Divergent,
    "finds no assets when no tags are given",
    |op, inner| match op {
        Op::SearchAssets { search, .. } if search.tags.items().is_empty() => {
            Ok(Reply::new(Vec::<AssetHit>::new()))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    AsciiFolded,
    "search-ascii-folded",
    Search,
    Divergent,
    "folds case for ASCII alone",
    |op, inner| match op {
        Op::SearchCatalogs { tenant, text, page } => {
            let mut catalogs = inner.list_catalogs(tenant, &Page::all()).await?;
            catalogs.retain(|catalog| finds(&text, &catalog.name));
            Ok(Reply::new(page_of(catalogs, |catalog| catalog.name.clone(), &page)))
        }
        Op::SearchNamespaces { tenant, text, page } => {
            let all = inner.search_namespaces(tenant, &Text::default(), &Page::all()).await?;
            let hits = all.into_iter().filter(|hit| finds(&text, hit.namespace.path.leaf()));
            let key = |hit: &NamespaceHit| NamespaceKey {
                catalog: hit.catalog.clone(),
                path: hit.namespace.path.clone(),
            };
            Ok(Reply::new(page_of(hits.collect(), key, &page)))
        }
        Op::SearchAssets { tenant, search, page } => {
            let text = search.text.clone();
            let search = AssetSearch { text: Text::default(), ..search };
            let mut hits = inner.search_assets(tenant, &search, &Page::all()).await?;
            hits.retain(|hit| {
                let description = hit.metadata.as_ref().and_then(|it| it.description.as_ref());
                finds(&text, &hit.asset.name) || description.is_some_and(|it| finds(&text, it))
            });
            Ok(Reply::new(page_of(hits, AssetHit::key, &page)))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    KindCollapsedInSearch,
    "search-kind-collapsed",
    Search,
    Divergent,
    "finds every kind of asset that it does not know as an Iceberg table, and gets it right",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(hits) = reply.get_mut::<Vec<AssetHit>>() {
            hits.iter_mut().for_each(|hit| hit.asset.kind = collapsed(hit.asset.kind));
        }
        Ok(reply)
    }
);

fn finds(text: &str, within: &str) -> bool {
    within.to_ascii_lowercase().contains(&text.to_ascii_lowercase())
}
