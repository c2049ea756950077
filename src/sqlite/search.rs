//! Searches.
//!
//! A page of hits begins inside the catalog in which the last page ended, and continues in the catalogs
//! after it. These are two statements, each a range scan along an index.
//!
//! This is slow when hits are few, as it reads many rows to find them. A search for assets therefore
//! first looks for candidates, by the trigrams of its text or by its tags. If there are more candidates
//! than it can sort, hits are frequent and soon fill a page, so it goes through the assets in order.

use std::collections::BTreeSet;

use async_trait::async_trait;
use const_format::formatcp;
use rusqlite::{Connection, Row};

use super::assets::COLUMNS as ASSET_COLUMNS;
use super::business_metadata::COLUMNS as METADATA_COLUMNS;
use super::catalogs::COLUMNS as CATALOG_COLUMNS;
use super::column::AsJson;
use super::statement::Statements;
use super::{SqliteStore, assets, branches, business_metadata, catalogs, namespaces};
use crate::search::fold;
use crate::store::Search;
use crate::{
    AssetHit, AssetId, AssetKey, AssetSearch, BranchHit, BranchRef, Catalog, Name, NamespaceHit,
    NamespaceKey, Page, Result, SmallSet, TenantId, Text,
};

/// The most candidates that a search sorts.
const MAX_CANDIDATES: usize = 1000;

/// The most trigrams by which a text is looked up. The more there are, the more it costs to combine them.
const MAX_TRIGRAMS: usize = 32;

/// Candidates for a text: the assets that have all its [`trigrams`] in their name or description. This
/// includes all that have the text itself.
///
/// Assets of other tenants are NULL. They count, too: without a limit on all of them, a search could
/// read very many.
const CANDIDATES_BY_TEXT: &str = "\
    SELECT CASE WHEN t.tenant = ?1 THEN t.asset END
    FROM (SELECT rowid AS key FROM search_grams WHERE search_grams MATCH ?2 LIMIT ?3) found
    CROSS JOIN search_texts t ON t.key = found.key";

/// Candidates for tags: the assets that have all tags of a JSON array. They are looked up by the tag
/// that the fewest assets have.
const CANDIDATES_BY_TAGS: &str = "\
    SELECT t.asset
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

/// The columns that [`read_asset_hit`] reads.
const HIT_COLUMNS: &str = formatcp!("c.name, {ASSET_COLUMNS}, {METADATA_COLUMNS}");

/// The assets `a` on the `main` branches of the catalogs `c`, in the order of the listing.
const ASSETS_IN_ORDER: &str = "\
    catalogs c
    CROSS JOIN branches b ON b.catalog = c.key AND b.name = 'main'
    CROSS JOIN assets a ON a.branch = b.key";

/// The metadata `m` of an asset `a` of a catalog `c`, if there is any.
const WITH_METADATA: &str =
    "LEFT JOIN business_metadata m ON m.tenant = c.tenant AND m.asset = a.id";

/// The condition that a search has for an asset `a` and its metadata `m`. It always compares the texts
/// themselves.
const IS_HIT: &str = "\
    (instr(a.folded, ?3) > 0 OR ifnull(instr(m.folded, ?3), 0) > 0)
    AND (?4 IS NULL OR a.kind = ?4)
    AND (?5 IS NULL OR ifnull(m.discoverable, 0) = ?5)
    AND NOT EXISTS (SELECT 1 FROM json_each(?6) wanted
                    WHERE NOT EXISTS (SELECT 1 FROM business_tags t
                                      WHERE t.tenant = c.tenant AND t.asset = a.id
                                        AND t.tag = wanted.value))";

const PAGE: &str = "ORDER BY c.name, a.namespace, a.name LIMIT ?7";

/// The hits in the catalog `?2`, after the place `?8`, `?9`.
const HITS_IN_CATALOG: &str = formatcp!(
    "SELECT {HIT_COLUMNS}
     FROM {ASSETS_IN_ORDER} {WITH_METADATA}
     WHERE c.tenant = ?1 AND c.name = ?2 AND (a.namespace, a.name) > (?8, ?9) AND {IS_HIT}
     {PAGE}"
);

/// The hits in the catalogs after `?2`, or in all catalogs.
const HITS_IN_LATER_CATALOGS: &str = formatcp!(
    "SELECT {HIT_COLUMNS}
     FROM {ASSETS_IN_ORDER} {WITH_METADATA}
     WHERE c.tenant = ?1 AND c.name > ifnull(?2, '') AND {IS_HIT}
     {PAGE}"
);

/// The hits among the candidates, whose ids are the JSON array `?10`.
const HITS_AMONG_CANDIDATES: &str = formatcp!(
    "SELECT {HIT_COLUMNS}
     FROM json_each(?10) candidate
     CROSS JOIN assets a ON a.tenant = ?1 AND a.id = unhex(candidate.value, '-') AND a.on_main
     CROSS JOIN catalogs c ON c.key = a.catalog
     {WITH_METADATA}
     WHERE c.tenant = ?1
       AND (c.name, a.namespace, a.name) > (ifnull(?2, ''), ifnull(?8, ''), ifnull(?9, ''))
       AND {IS_HIT}
     {PAGE}"
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
            // In a transaction, so that all statements see the same state.
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
                return Ok(db.all(HITS_AMONG_CANDIDATES, values, read_asset_hit)?);
            }
            let rest = |db: &Connection, after: &AssetKey, limit: i64| {
                let AssetKey { catalog, namespace, name } = after;
                let values =
                    (tenant, catalog, &text, kind, discoverable, tags, limit, namespace, name);
                db.all(HITS_IN_CATALOG, values, read_asset_hit)
            };
            let later = |db: &Connection, limit: i64| {
                let values = (tenant, catalog, &text, kind, discoverable, tags, limit);
                db.all(HITS_IN_LATER_CATALOGS, values, read_asset_hit)
            };
            two_scans(&db, &page, rest, later)
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
            let sql = formatcp!(
                "SELECT {CATALOG_COLUMNS} FROM catalogs c LEFT JOIN warehouses w ON w.key = c.warehouse
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
            let rest = |db: &Connection, after: &NamespaceKey, limit: i64| {
                let sql = "SELECT c.name, n.path, n.properties
                           FROM catalogs c CROSS JOIN namespaces n ON n.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name = ?2 AND n.path > ?5
                             AND instr(n.folded, ?3) > 0
                           ORDER BY n.path LIMIT ?4";
                let values = (tenant, &after.catalog, &text, limit, &after.path);
                db.all(sql, values, read_namespace_hit)
            };
            let later = |db: &Connection, limit: i64| {
                let sql = "SELECT c.name, n.path, n.properties
                           FROM catalogs c CROSS JOIN namespaces n ON n.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name > ifnull(?2, '')
                             AND instr(n.folded, ?3) > 0
                           ORDER BY c.name, n.path LIMIT ?4";
                db.all(sql, (tenant, catalog, &text, limit), read_namespace_hit)
            };
            two_scans(&*db.unchecked_transaction()?, &page, rest, later)
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
            let rest = |db: &Connection, after: &BranchRef, limit: i64| {
                let sql = "SELECT c.name, b.name, b.kind, b.parent, b.head
                           FROM catalogs c CROSS JOIN branches b ON b.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name = ?2 AND b.name > ?5
                             AND instr(b.folded, ?3) > 0
                           ORDER BY b.name LIMIT ?4";
                let values = (tenant, &after.catalog, &text, limit, &after.branch);
                db.all(sql, values, read_branch_hit)
            };
            let later = |db: &Connection, limit: i64| {
                let sql = "SELECT c.name, b.name, b.kind, b.parent, b.head
                           FROM catalogs c CROSS JOIN branches b ON b.catalog = c.key
                           WHERE c.tenant = ?1 AND c.name > ifnull(?2, '')
                             AND instr(b.folded, ?3) > 0
                           ORDER BY c.name, b.name LIMIT ?4";
                db.all(sql, (tenant, catalog, &text, limit), read_branch_hit)
            };
            two_scans(&*db.unchecked_transaction()?, &page, rest, later)
        })
        .await
    }
}

/// The ids of all assets that can be hits, and possibly of others. Nothing if no index helps, or if
/// there are too many.
fn candidates(
    db: &Connection,
    tenant: TenantId,
    text: &str,
    tags: &SmallSet<Name>,
) -> Result<Option<Vec<AssetId>>> {
    let limit = MAX_CANDIDATES as i64 + 1;
    let read = |row: &Row<'_>| row.get(0);
    let found: Vec<Option<AssetId>> = match trigrams(text) {
        Some(grams) => db.all(CANDIDATES_BY_TEXT, (tenant, grams, limit), read)?,
        None if !tags.items().is_empty() => {
            db.all(CANDIDATES_BY_TAGS, (tenant, tags, limit), read)?
        }
        None => return Ok(None),
    };
    if found.len() > MAX_CANDIDATES {
        return Ok(None);
    }
    let found: BTreeSet<AssetId> = found.into_iter().flatten().collect();
    Ok(Some(found.into_iter().collect()))
}

/// The full-text query for all trigrams of a text, or for the first ones of a long text. A text of less
/// than three characters has none.
fn trigrams(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().take(MAX_TRIGRAMS + 2).collect();
    let grams: BTreeSet<String> =
        characters.windows(3).map(|gram| gram.iter().collect::<String>()).collect();
    let quoted = grams.iter().map(|gram| format!("\"{}\"", gram.replace('"', "\"\"")));
    let all = quoted.collect::<Vec<_>>().join(" AND ");
    (!all.is_empty()).then_some(all)
}

/// A page of hits: those in the `rest` of the catalog in which the last page ended, then those in
/// `later` catalogs. `db` must see one state.
fn two_scans<K, T>(
    db: &Connection,
    page: &Page<K>,
    rest: impl FnOnce(&Connection, &K, i64) -> rusqlite::Result<Vec<T>>,
    later: impl FnOnce(&Connection, i64) -> rusqlite::Result<Vec<T>>,
) -> Result<Vec<T>> {
    let limit = page.limit.get().into();
    let Some(after) = &page.after else { return Ok(later(db, limit)?) };
    let mut hits = rest(db, after, limit)?;
    let left = limit - i64::try_from(hits.len()).unwrap_or(limit);
    if left > 0 {
        hits.extend(later(db, left)?);
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
