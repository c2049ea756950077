//! A page of hits goes through the catalogs in order, and through what each holds along an index: in the
//! catalog in which the last page ended, from where that was. No catalog gives more rows than the page
//! takes, so that little is sorted.
//!
//! Few hits lie far apart on that way. Assets are therefore looked up by trigrams of the text, or by tags,
//! first; only where that finds many, of which a page is soon full, are they gone through in order.

use async_trait::async_trait;

use super::statement::{Row, and, limit, values};
use super::{PostgresStore, assets, branches, business_metadata, catalogs, namespaces};
use crate::search::fold;
use crate::store::Search;
use crate::{
    AssetHit, AssetId, AssetKey, AssetSearch, BranchHit, BranchRef, Catalog, Name, NamespaceHit,
    NamespaceKey, Page, Result, TenantId, Text,
};

/// What a search asks of an asset `a` and its metadata `m`, in which the text is looked for as it stands.
macro_rules! asked {
    () => {
        "(strpos(a.folded, $5) > 0 OR strpos(m.folded, $5) > 0)
         AND ($6 IS NULL OR a.kind = $6)
         AND ($7 IS NULL OR coalesce(m.discoverable, FALSE) = $7)
         AND ($8 = '{}' OR m.tags @> $8)"
    };
}

/// The assets asked for, catalog by catalog. `$condition` ends what is asked of a catalog.
macro_rules! in_order {
    ($condition:literal) => {
        concat!(
            "SELECT c.name, ",
            assets::columns!("a"),
            ", ",
            business_metadata::columns!(),
            " FROM catalogs c
              JOIN branches b ON b.catalog = c.key AND b.name = 'main'
              CROSS JOIN LATERAL (
                  SELECT a.branch, a.id
                  FROM assets a
                  LEFT JOIN business_metadata m ON m.tenant = $1 AND m.asset = a.id
                  WHERE a.branch = b.key
                    AND (a.namespace, a.name) > (CASE WHEN c.name = $2 THEN $3 ELSE '' END,
                                                 CASE WHEN c.name = $2 THEN $4 ELSE '' END)
                    AND ",
            asked!(),
            " ORDER BY a.namespace, a.name LIMIT $9
              ) hit
              JOIN assets a ON a.branch = hit.branch AND a.id = hit.id
              LEFT JOIN business_metadata m ON m.tenant = $1 AND m.asset = a.id
              WHERE c.tenant = $1 AND c.name >= $2",
            $condition,
            " ORDER BY c.name, a.namespace, a.name LIMIT $9"
        )
    };
}

/// The assets asked for among candidates, if those are few; else in order. `$candidates` selects tenant and
/// id of all assets that may be asked for, and maybe others; those of other tenants count, too, lest all of
/// them be gone through.
macro_rules! found_by {
    ($candidates:literal) => {
        concat!(
            "WITH candidate AS MATERIALIZED (SELECT tenant, id FROM (",
            $candidates,
            ") all_of_them LIMIT 1001),
             few AS MATERIALIZED (SELECT count(*) <= 1000 AS yes FROM candidate)
             (SELECT c.name, ",
            assets::columns!("a"),
            ", ",
            business_metadata::columns!(),
            " FROM (SELECT DISTINCT id FROM candidate WHERE tenant = $1) k
              JOIN assets a ON a.tenant = $1 AND a.id = k.id AND a.on_main
              JOIN catalogs c ON c.key = a.catalog
              LEFT JOIN business_metadata m ON m.tenant = $1 AND m.asset = a.id
              WHERE (SELECT yes FROM few) AND (c.name, a.namespace, a.name) > ($2, $3, $4) AND ",
            asked!(),
            " ORDER BY c.name, a.namespace, a.name LIMIT $9)
              UNION ALL (",
            in_order!(" AND NOT (SELECT yes FROM few)"),
            // Only one of the two has rows: catalog, namespace and name.
            ") ORDER BY 1, 3, 4"
        )
    };
}

const IN_ORDER: &str = in_order!("");

const FOUND_BY_TAGS: &str =
    found_by!("SELECT m.tenant, m.asset AS id FROM business_metadata m WHERE m.tags @> $8");

/// Takes the text's [`pattern`] as well.
const FOUND_BY_TEXT: &str = found_by!(
    "SELECT a.tenant, a.id FROM assets a WHERE a.on_main AND a.folded LIKE $10
     UNION ALL
     SELECT m.tenant, m.asset FROM business_metadata m WHERE m.folded LIKE $10"
);

/// What `LIKE` takes for a text that is to be found as it stands.
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
        // Shorter texts have no trigram.
        let has_grams = text.chars().nth(2).is_some();
        let sql = match (has_grams, tags.items().is_empty()) {
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
        let values = if has_grams { and(values, pattern(&text)) } else { values };
        self.all(sql, values, read_asset_hit).await
    }

    async fn search_catalogs(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<Name>,
    ) -> Result<Vec<Catalog>> {
        let sql = concat!(
            "SELECT ",
            catalogs::columns!(),
            " FROM catalogs c LEFT JOIN warehouses w ON w.key = c.warehouse
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
