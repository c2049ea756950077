//! Searches.
//!
//! A page of hits follows the order of the listing. A statement goes through the catalogs in that
//! order, and through the rows of each catalog along an index. It begins in the catalog in which the
//! last page ended, after the last hit. It takes from a catalog at most as many rows as a page has, so
//! that there is little to sort.
//!
//! This is slow when hits are few, as it reads many rows to find them. A search for assets therefore
//! first looks for candidates, by the trigrams of its text or by its tags. If there are more candidates
//! than it can sort, hits are frequent and soon fill a page, so it goes through the assets in order.

use async_trait::async_trait;
use const_format::formatcp;

use super::assets::COLUMNS as ASSET_COLUMNS;
use super::business_metadata::COLUMNS as METADATA_COLUMNS;
use super::catalogs::COLUMNS as CATALOG_COLUMNS;
use super::statement::{Row, limit, values, with_last};
use super::{PostgresStore, assets, branches, business_metadata, catalogs, namespaces};
use crate::search::fold;
use crate::store::Search;
use crate::{
    AssetHit, AssetId, AssetKey, AssetSearch, BranchHit, BranchRef, Catalog, Name, NamespaceHit,
    NamespaceKey, Page, Result, TenantId, Text,
};

/// The columns that [`read_asset_hit`] reads.
const HIT_COLUMNS: &str = formatcp!("c.name, {ASSET_COLUMNS}, {METADATA_COLUMNS}");

/// The condition that a search has for an asset `a` and its metadata `m`. It always compares the texts
/// themselves.
const IS_HIT: &str = "\
    (strpos(a.folded, $5) > 0 OR strpos(m.folded, $5) > 0)
    AND ($6 IS NULL OR a.kind = $6)
    AND ($7 IS NULL OR coalesce(m.discoverable, FALSE) = $7)
    AND ($8 = '{}' OR m.tags @> $8)";

const PAGE: &str = "ORDER BY c.name, a.namespace, a.name LIMIT $9";

/// Selects hits catalog by catalog, up to a page of each. More conditions on the catalogs can follow.
const HITS_BY_CATALOG: &str = formatcp!(
    "SELECT {HIT_COLUMNS}
     FROM catalogs c
     JOIN branches b ON b.catalog = c.key AND b.name = 'main'
     CROSS JOIN LATERAL (
         SELECT a.branch, a.id
         FROM assets a
         LEFT JOIN business_metadata m ON m.tenant = $1 AND m.asset = a.id
         WHERE a.branch = b.key
           AND (a.namespace, a.name) > (CASE WHEN c.name = $2 THEN $3 ELSE '' END,
                                        CASE WHEN c.name = $2 THEN $4 ELSE '' END)
           AND {IS_HIT}
         ORDER BY a.namespace, a.name LIMIT $9
     ) hit
     JOIN assets a ON a.branch = hit.branch AND a.id = hit.id
     LEFT JOIN business_metadata m ON m.tenant = $1 AND m.asset = a.id
     WHERE c.tenant = $1 AND c.name >= $2"
);

/// Selects the hits among `candidate (tenant, id)` if there are at most 1000 candidates, and otherwise
/// hits catalog by catalog. Only one of the two parts has rows. They are sorted by catalog, namespace
/// and name.
///
/// Candidates may be of any tenant. Those of other tenants count, too: without a limit on all of them,
/// a search could read very many.
const HITS_AMONG_CANDIDATES: &str = formatcp!(
    "few AS MATERIALIZED (SELECT count(*) <= 1000 AS yes FROM candidate)
     (SELECT {HIT_COLUMNS}
      FROM (SELECT DISTINCT id FROM candidate WHERE tenant = $1) k
      JOIN assets a ON a.tenant = $1 AND a.id = k.id AND a.on_main
      JOIN catalogs c ON c.key = a.catalog
      LEFT JOIN business_metadata m ON m.tenant = $1 AND m.asset = a.id
      WHERE (SELECT yes FROM few)
        AND (c.name, a.namespace, a.name) > ($2, $3, $4)
        AND {IS_HIT}
      {PAGE})
     UNION ALL
     ({HITS_BY_CATALOG} AND NOT (SELECT yes FROM few) {PAGE})
     ORDER BY 1, 3, 4"
);

const IN_ORDER: &str = formatcp!("{HITS_BY_CATALOG} {PAGE}");

/// The candidates are the assets that have all tags.
const FOUND_BY_TAGS: &str = formatcp!(
    "WITH candidate AS MATERIALIZED (SELECT tenant, id FROM (
         SELECT m.tenant, m.asset AS id FROM business_metadata m WHERE m.tags @> $8
     ) all_candidates LIMIT 1001),
     {HITS_AMONG_CANDIDATES}"
);

/// The candidates are the assets with the text in their name or description. `$10` is the text's
/// [`pattern`].
const FOUND_BY_TEXT: &str = formatcp!(
    "WITH candidate AS MATERIALIZED (SELECT tenant, id FROM (
         SELECT a.tenant, a.id FROM assets a WHERE a.on_main AND a.folded LIKE $10
         UNION ALL
         SELECT m.tenant, m.asset FROM business_metadata m WHERE m.folded LIKE $10
     ) all_candidates LIMIT 1001),
     {HITS_AMONG_CANDIDATES}"
);

/// The pattern of `LIKE` for texts that contain `text`. The wildcards of `LIKE` in it are escaped.
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[async_trait]
impl Search for PostgresStore {
    async fn search_assets(
        &self,
        tenant: TenantId,
        search: &AssetSearch,
        page: &Page<AssetKey>,
    ) -> Result<Vec<AssetHit>> {
        let AssetSearch { text, tags, kind, discoverable } = search;
        let after = page.after.as_ref();
        let text = fold(text);
        // A text of less than three characters has no trigram.
        let has_trigrams = text.chars().nth(2).is_some();
        let sql = match (has_trigrams, tags.items().is_empty()) {
            (true, _) => FOUND_BY_TEXT,
            (false, false) => FOUND_BY_TAGS,
            (false, true) => IN_ORDER,
        };
        let values = values![
            tenant,
            after.map_or("", |after| &after.catalog),
            after.map_or_else(String::new, |after| after.namespace.to_key()),
            after.map_or("", |after| &after.name),
            &text,
            kind,
            discoverable,
            tags.items().iter().cloned().collect::<Vec<_>>(),
            limit(page.limit),
        ];
        let values = if has_trigrams { with_last(values, pattern(&text)) } else { values };
        self.all(sql, values, read_asset_hit).await
    }

    async fn search_catalogs(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<Name>,
    ) -> Result<Vec<Catalog>> {
        let sql = formatcp!(
            "SELECT {CATALOG_COLUMNS}
             FROM catalogs c LEFT JOIN warehouses w ON w.key = c.warehouse
             WHERE c.tenant = $1 AND c.name > coalesce($2, '') AND strpos(c.folded, $3) > 0
             ORDER BY c.name LIMIT $4"
        );
        let values = values![tenant, &page.after, fold(text), limit(page.limit)];
        self.all(sql, values, catalogs::read).await
    }

    async fn search_namespaces(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<NamespaceKey>,
    ) -> Result<Vec<NamespaceHit>> {
        let sql = "SELECT c.name, n.path, n.properties
                   FROM catalogs c
                   CROSS JOIN LATERAL (
                       SELECT n.path, n.properties FROM namespaces n
                       WHERE n.catalog = c.key AND strpos(n.folded, $4) > 0
                         AND n.path > CASE WHEN c.name = $2 THEN $3 ELSE '' END
                       ORDER BY n.path LIMIT $5
                   ) n
                   WHERE c.tenant = $1 AND c.name >= $2
                   ORDER BY c.name, n.path LIMIT $5";
        let after = page.after.as_ref();
        let values = values![
            tenant,
            after.map_or("", |after| &after.catalog),
            after.map(|after| &after.path),
            fold(text),
            limit(page.limit),
        ];
        self.all(sql, values, read_namespace_hit).await
    }

    async fn search_branches(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<BranchRef>,
    ) -> Result<Vec<BranchHit>> {
        let sql = "SELECT c.name, b.name, b.kind, b.parent, b.head
                   FROM catalogs c
                   CROSS JOIN LATERAL (
                       SELECT b.name, b.kind, b.parent, b.head FROM branches b
                       WHERE b.catalog = c.key AND strpos(b.folded, $4) > 0
                         AND b.name > CASE WHEN c.name = $2 THEN $3 ELSE '' END
                       ORDER BY b.name LIMIT $5
                   ) b
                   WHERE c.tenant = $1 AND c.name >= $2
                   ORDER BY c.name, b.name LIMIT $5";
        let after = page.after.as_ref();
        let values = values![
            tenant,
            after.map_or("", |after| &after.catalog),
            after.map(|after| &after.branch),
            fold(text),
            limit(page.limit),
        ];
        self.all(sql, values, read_branch_hit).await
    }
}

fn read_asset_hit(row: &Row, at: usize) -> sqlx::Result<AssetHit> {
    let metadata = match row.get::<Option<AssetId>>(at + 8)? {
        Some(_) => Some(business_metadata::read(row, at + 8)?),
        None => None,
    };
    Ok(AssetHit { catalog: row.get(at)?, asset: assets::read(row, at + 1)?, metadata })
}

fn read_namespace_hit(row: &Row, at: usize) -> sqlx::Result<NamespaceHit> {
    Ok(NamespaceHit { catalog: row.get(at)?, namespace: namespaces::read(row, at + 1)? })
}

fn read_branch_hit(row: &Row, at: usize) -> sqlx::Result<BranchHit> {
    Ok(BranchHit { catalog: row.get(at)?, branch: branches::read(row, at + 1)? })
}
