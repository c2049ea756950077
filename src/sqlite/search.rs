//! A page of hits begins inside the catalog in which the last one ended, and goes on in those after
//! it: two range scans, each along an index.
//!
//! Few hits lie far apart on that way. Assets are therefore looked up by trigrams of the text, or by tags,
//! first; only where that finds many, of which a page is soon full, are they gone through in order.

use std::collections::BTreeSet;

use async_trait::async_trait;
use rusqlite::{Connection, Row};

use super::column::AsJson;
use super::statement::Statements;
use super::{SqliteStore, assets, branches, business_metadata, catalogs, namespaces};
use crate::search::fold;
use crate::store::Search;
use crate::{
    AssetHit, AssetId, AssetKey, AssetSearch, BranchHit, BranchRef, Catalog, Name, NamespaceHit,
    NamespaceKey, Page, Result, SmallSet, TenantId, Text,
};

/// Of how many assets at the most a page is sorted.
const FEW: usize = 1000;

/// By how many trigrams at the most a text is looked up: the more there are, the dearer they are to combine.
const MOST_GRAMS: usize = 32;

/// The assets in whose name or description are all [`grams`] of a text, by which those that have the text
/// itself are among them. Those of other tenants count, too, lest all of them be gone through.
const BY_TEXT: &str = "SELECT CASE WHEN t.tenant = ?1 THEN t.asset END
                       FROM (SELECT rowid AS key FROM search_grams
                             WHERE search_grams MATCH ?2 LIMIT ?3) found
                       CROSS JOIN search_texts t ON t.key = found.key";

/// The assets that have all tags of a JSON array, by the one that fewest have.
const BY_TAGS: &str = "SELECT t.asset
     FROM (SELECT wanted.value AS tag FROM json_each(?2) wanted
           ORDER BY (SELECT count(*)
                     FROM (SELECT 1 FROM business_tags x INDEXED BY business_tags_by_tag
                           WHERE x.tenant = ?1 AND x.tag = wanted.value LIMIT ?3))
           LIMIT 1) rarest
     CROSS JOIN business_tags t INDEXED BY business_tags_by_tag
                ON t.tenant = ?1 AND t.tag = rarest.tag
     WHERE NOT EXISTS (SELECT 1 FROM json_each(?2) other
                       WHERE NOT EXISTS (SELECT 1 FROM business_tags y
                                         WHERE y.tenant = ?1 AND y.asset = t.asset
                                           AND y.tag = other.value))
     LIMIT ?3";

/// The hits among the catalogs `c` and assets `a` on `main` that `$from` goes through, at the places that
/// `$after` says.
macro_rules! hits {
    ($from:literal, $after:literal) => {
        concat!(
            "SELECT c.name, ",
            assets::columns!("a"),
            ", ",
            business_metadata::columns!(),
            " FROM ",
            $from,
            " LEFT JOIN business_metadata m ON m.tenant = c.tenant AND m.asset = a.id
              WHERE c.tenant = ?1 AND ",
            $after,
            " AND (instr(a.folded, ?3) > 0 OR ifnull(instr(m.folded, ?3), 0) > 0)
              AND (?4 IS NULL OR a.kind = ?4)
              AND (?5 IS NULL OR ifnull(m.discoverable, 0) = ?5)
              AND NOT EXISTS (SELECT 1 FROM json_each(?6) wanted
                              WHERE NOT EXISTS (SELECT 1 FROM business_tags t
                                                WHERE t.tenant = c.tenant AND t.asset = a.id
                                                  AND t.tag = wanted.value))
              ORDER BY c.name, a.namespace, a.name LIMIT ?7"
        )
    };
}

/// The hits in the order of the listing, at the places that `$after` says.
macro_rules! in_order {
    ($after:literal) => {
        hits!(
            "catalogs c
             CROSS JOIN branches b ON b.catalog = c.key AND b.name = 'main'
             CROSS JOIN assets a ON a.branch = b.key",
            $after
        )
    };
}

/// The hits among the assets whose ids are in a JSON array.
const AMONG: &str = hits!(
    "json_each(?10) candidate
     CROSS JOIN assets a ON a.tenant = ?1 AND a.id = unhex(candidate.value, '-') AND a.on_main
     CROSS JOIN catalogs c ON c.key = a.catalog",
    "(c.name, a.namespace, a.name) > (ifnull(?2, ''), ifnull(?8, ''), ifnull(?9, ''))"
);

#[async_trait]
impl Search for SqliteStore {
    async fn search_assets(
        &self,
        tenant: TenantId,
        search: &AssetSearch,
        page: &Page<AssetKey>,
    ) -> Result<Vec<AssetHit>> {
        let (search, page) = (search.clone(), page.clone());
        self.read(move |db| {
            // So that all statements see the same state.
            let db = db.unchecked_transaction()?;
            let text = fold(&search.text);
            let AssetSearch { tags, kind, discoverable, .. } = &search;
            let after = page.after.as_ref();
            let catalog = after.map(|after| &after.catalog);
            if let Some(candidates) = candidates(&db, tenant, &text, tags)? {
                let (namespace, name) = after.map(|after| (&after.namespace, &after.name)).unzip();
                let values = (
                    tenant,
                    catalog,
                    &text,
                    kind,
                    discoverable,
                    tags,
                    page.limit,
                    namespace,
                    name,
                    AsJson(candidates),
                );
                return Ok(db.all(AMONG, values, read_asset_hit)?);
            }
            let begun = |db: &Connection, after: &AssetKey, limit: i64| {
                let sql = in_order!("c.name = ?2 AND (a.namespace, a.name) > (?8, ?9)");
                let AssetKey { catalog, namespace, name } = after;
                let values =
                    (tenant, catalog, &text, kind, discoverable, tags, limit, namespace, name);
                db.all(sql, values, read_asset_hit)
            };
            let following = |db: &Connection, limit: i64| {
                let sql = in_order!("c.name > ifnull(?2, '')");
                let values = (tenant, catalog, &text, kind, discoverable, tags, limit);
                db.all(sql, values, read_asset_hit)
            };
            two_scans(&db, &page, begun, following)
        })
        .await
    }

    async fn search_catalogs(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<Name>,
    ) -> Result<Vec<Catalog>> {
        let (text, page) = (fold(text), page.clone());
        self.read(move |db| {
            let sql = concat!(
                "SELECT ",
                catalogs::columns!(),
                " FROM catalogs c LEFT JOIN warehouses w ON w.key = c.warehouse
                  WHERE c.tenant = ?1 AND c.name > ifnull(?2, '') AND instr(c.folded, ?3) > 0
                  ORDER BY c.name LIMIT ?4"
            );
            Ok(db.all(sql, (tenant, page.after, text, page.limit), catalogs::read)?)
        })
        .await
    }

    async fn search_namespaces(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<NamespaceKey>,
    ) -> Result<Vec<NamespaceHit>> {
        let (text, page) = (fold(text), page.clone());
        self.read(move |db| {
            let catalog = page.after.as_ref().map(|after| &after.catalog);
            let begun = |db: &Connection, after: &NamespaceKey, limit: i64| {
                let sql = "SELECT c.name, n.path, n.properties
                           FROM catalogs c CROSS JOIN namespaces n ON n.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name = ?2 AND n.path > ?5
                             AND instr(n.folded, ?3) > 0
                           ORDER BY n.path LIMIT ?4";
                let values = (tenant, &after.catalog, &text, limit, &after.path);
                db.all(sql, values, read_namespace_hit)
            };
            let following = |db: &Connection, limit: i64| {
                let sql = "SELECT c.name, n.path, n.properties
                           FROM catalogs c CROSS JOIN namespaces n ON n.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name > ifnull(?2, '')
                             AND instr(n.folded, ?3) > 0
                           ORDER BY c.name, n.path LIMIT ?4";
                db.all(sql, (tenant, catalog, &text, limit), read_namespace_hit)
            };
            two_scans(&*db.unchecked_transaction()?, &page, begun, following)
        })
        .await
    }

    async fn search_branches(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<BranchRef>,
    ) -> Result<Vec<BranchHit>> {
        let (text, page) = (fold(text), page.clone());
        self.read(move |db| {
            let catalog = page.after.as_ref().map(|after| &after.catalog);
            let begun = |db: &Connection, after: &BranchRef, limit: i64| {
                let sql = "SELECT c.name, b.name, b.kind, b.parent, b.head
                           FROM catalogs c CROSS JOIN branches b ON b.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name = ?2 AND b.name > ?5
                             AND instr(b.folded, ?3) > 0
                           ORDER BY b.name LIMIT ?4";
                let values = (tenant, &after.catalog, &text, limit, &after.branch);
                db.all(sql, values, read_branch_hit)
            };
            let following = |db: &Connection, limit: i64| {
                let sql = "SELECT c.name, b.name, b.kind, b.parent, b.head
                           FROM catalogs c CROSS JOIN branches b ON b.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name > ifnull(?2, '')
                             AND instr(b.folded, ?3) > 0
                           ORDER BY c.name, b.name LIMIT ?4";
                db.all(sql, (tenant, catalog, &text, limit), read_branch_hit)
            };
            two_scans(&*db.unchecked_transaction()?, &page, begun, following)
        })
        .await
    }
}

/// The ids of all assets that a search can find, and maybe of others; nothing when an index does not tell,
/// or there are many.
fn candidates(
    db: &Connection,
    tenant: TenantId,
    text: &str,
    tags: &SmallSet<Name>,
) -> Result<Option<Vec<AssetId>>> {
    let limit = FEW as i64 + 1;
    let read = |row: &Row<'_>| row.get(0);
    let found: Vec<Option<AssetId>> = match grams(text) {
        Some(grams) => db.all(BY_TEXT, (tenant, grams, limit), read)?,
        None if !tags.items().is_empty() => db.all(BY_TAGS, (tenant, tags, limit), read)?,
        None => return Ok(None),
    };
    if found.len() > FEW {
        return Ok(None);
    }
    let found: BTreeSet<AssetId> = found.into_iter().flatten().collect();
    Ok(Some(found.into_iter().collect()))
}

/// What a full-text index takes for the trigrams of a text, the first ones of a long text; a text of less
/// than three characters has none.
fn grams(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().take(MOST_GRAMS + 2).collect();
    let grams: BTreeSet<String> =
        characters.windows(3).map(|gram| gram.iter().collect::<String>()).collect();
    let quoted = grams.iter().map(|gram| format!("\"{}\"", gram.replace('"', "\"\"")));
    let all = quoted.collect::<Vec<_>>().join(" AND ");
    (!all.is_empty()).then_some(all)
}

/// A page of hits: the rest of the catalog that was `begun`, then those `following`. `db` must see one state.
fn two_scans<K, T>(
    db: &Connection,
    page: &Page<K>,
    begun: impl FnOnce(&Connection, &K, i64) -> rusqlite::Result<Vec<T>>,
    following: impl FnOnce(&Connection, i64) -> rusqlite::Result<Vec<T>>,
) -> Result<Vec<T>> {
    let limit = page.limit.get().into();
    let Some(after) = &page.after else { return Ok(following(db, limit)?) };
    let mut hits = begun(db, after, limit)?;
    let left = limit - i64::try_from(hits.len()).unwrap_or(limit);
    if left > 0 {
        hits.extend(following(db, left)?);
    }
    Ok(hits)
}

fn read_asset_hit(row: &Row<'_>) -> rusqlite::Result<AssetHit> {
    let metadata = match row.get::<_, Option<AssetId>>(8)? {
        Some(_) => Some(business_metadata::read(row, 8)?),
        None => None,
    };
    Ok(AssetHit { catalog: row.get(0)?, asset: assets::read(row, 1)?, metadata })
}

fn read_namespace_hit(row: &Row<'_>) -> rusqlite::Result<NamespaceHit> {
    Ok(NamespaceHit { catalog: row.get(0)?, namespace: namespaces::read(row, 1)? })
}

fn read_branch_hit(row: &Row<'_>) -> rusqlite::Result<BranchHit> {
    Ok(BranchHit { catalog: row.get(0)?, branch: branches::read(row, 1)? })
}
