//! A page of hits begins in the catalog in which the last page ended, and continues in the catalogs after
//! it: two scans, each along an index, and one command.
//!
//! When there are few hits, such a scan passes many other documents. So assets are first looked up by the
//! parts of their texts, or by tags. Only when there are many candidates, of which a page is soon full, a
//! second command scans the assets in order.

use async_trait::async_trait;
use bson::{Bson, Document, doc};

use super::error::Undecodable;
use super::grams::{long, short_with};
use super::schema::{ASSETS, BRANCHES, BUSINESS_METADATA, CATALOGS, NAMESPACES, TENANTS};
use super::value::Fields;
use super::{MongoStore, assets, branches, business_metadata, catalogs, namespaces};
use crate::search::fold;
use crate::store::Search;
use crate::{
    AssetHit, AssetKey, AssetSearch, Branch, BranchHit, BranchRef, Catalog, Name, NamespaceHit,
    NamespaceKey, Page, Result, TenantId, Text,
};

/// How many candidates at most are sorted for a page.
const MAX_CANDIDATES: i32 = 1000;

#[async_trait]
impl Search for MongoStore {
    async fn search_assets(
        &self,
        tenant: TenantId,
        search: &AssetSearch,
        page: &Page<AssetKey>,
    ) -> Result<Vec<AssetHit>> {
        if let Some(candidates) = candidates(tenant, search) {
            let pipeline = among(tenant, search, candidates, page);
            let found = self.all(TENANTS, pipeline, read_if_few).await?;
            if let Some(hits) = found.into_iter().collect() {
                return Ok(hits);
            }
        }
        let mains = |mut catalog: Document, after: Document| {
            catalog.extend(doc! { "tenant": tenant, "name": Branch::MAIN });
            let assets = assets_that_match(tenant, search, after);
            scan(catalog, "catalog_name", ASSETS, "branch", assets)
        };
        let order = doc! { "of": 1, "row.content.namespace": 1, "row.content.name": 1 };
        let Some(AssetKey { catalog, namespace, name }) = &page.after else {
            let all = mains(doc! {}, doc! { "content.name": { "$gt": "" } });
            return self.all(BRANCHES, one_scan(all, page), read_asset_hit).await;
        };
        let after = [
            doc! { "content.namespace": { "$gt": namespace } },
            doc! { "content.namespace": namespace, "content.name": { "$gt": name } },
        ];
        let places = doc! {
            "content.namespace": { "$gte": namespace }, "content.name": { "$gt": "" }, "$or": after,
        };
        let rest = mains(doc! { "catalog_name": catalog }, places);
        let later = mains(
            doc! { "catalog_name": { "$gt": catalog } },
            doc! { "content.name": { "$gt": "" } },
        );
        let pipeline = two_scans(BRANCHES, rest, later, order, page);
        self.all(BRANCHES, pipeline, read_asset_hit).await
    }

    async fn search_catalogs(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<Name>,
    ) -> Result<Vec<Catalog>> {
        let mut found = super::query::after(doc! { "tenant": tenant }, "name", page);
        if let Some(found_in) = finds(&fold(text), &["$folded"]) {
            found.insert("$expr", found_in);
        }
        self.list(CATALOGS, found, doc! { "name": 1 }, page, catalogs::read).await
    }

    async fn search_namespaces(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<NamespaceKey>,
    ) -> Result<Vec<NamespaceHit>> {
        let of_catalogs = |mut catalog: Document, mut found: Document| {
            catalog.insert("tenant", tenant);
            if let Some(found_in) = finds(&fold(text), &["$folded"]) {
                found.insert("$expr", found_in);
            }
            let found = vec![doc! { "$match": found }, doc! { "$sort": { "path": 1 } }];
            scan(catalog, "name", NAMESPACES, "catalog", found)
        };
        let order = doc! { "of": 1, "row.path": 1 };
        let Some(NamespaceKey { catalog, path }) = &page.after else {
            let pipeline = one_scan(of_catalogs(doc! {}, doc! {}), page);
            return self.all(CATALOGS, pipeline, read_namespace_hit).await;
        };
        let rest = of_catalogs(doc! { "name": catalog }, doc! { "path": { "$gt": path } });
        let later = of_catalogs(doc! { "name": { "$gt": catalog } }, doc! {});
        let pipeline = two_scans(CATALOGS, rest, later, order, page);
        self.all(CATALOGS, pipeline, read_namespace_hit).await
    }

    async fn search_branches(
        &self,
        tenant: TenantId,
        text: &Text,
        page: &Page<BranchRef>,
    ) -> Result<Vec<BranchHit>> {
        let mut found = doc! { "tenant": tenant };
        if let Some(BranchRef { catalog, branch }) = &page.after {
            found.insert("catalog_name", doc! { "$gte": catalog });
            let later = doc! { "catalog_name": { "$gt": catalog } };
            found.insert(
                "$or",
                [later, doc! { "catalog_name": catalog, "name": { "$gt": branch } }],
            );
        }
        if let Some(found_in) = finds(&fold(text), &["$folded"]) {
            found.insert("$expr", found_in);
        }
        let order = doc! { "catalog_name": 1, "name": 1 };
        self.list(BRANCHES, found, order, page, read_branch_hit).await
    }
}

/// Whether one of the fields contains `needle`, already folded, literally; no condition when it is empty.
/// A missing field contains nothing.
fn finds(needle: &str, fields: &[&str]) -> Option<Document> {
    if needle.is_empty() {
        return None;
    }
    // A literal, because text that begins with a dollar would be the name of a field.
    let needle = doc! { "$literal": needle };
    let finds = |field: &&str| doc! { "$gte": [{ "$indexOfBytes": [*field, &needle] }, 0] };
    let fields: Vec<Document> = fields.iter().map(finds).collect();
    Some(doc! { "$or": fields })
}

/// The stages that add the candidates of a search to a tenant: in `few`, documents that each have an
/// `asset`, the ids of all assets that the search can find, and maybe of others. There are at most
/// [`MAX_CANDIDATES`] and one of each kind. None when no index can find them.
fn candidates(tenant: TenantId, search: &AssetSearch) -> Option<Vec<Document>> {
    let (needle, tags) = (fold(&search.text), search.tags.items());
    let limit = doc! { "$limit": MAX_CANDIDATES + 1 };
    let asset = doc! { "$project": { "_id": 0, "asset": 1 } };
    let look_up = |from, pipeline: Vec<Document>, as_field| {
        doc! { "$lookup": { "from": from, "pipeline": pipeline, "as": as_field } }
    };
    let of_tenant = |mut matching: Document| {
        matching.insert("tenant", tenant);
        matching
    };
    let Some(found_in) = finds(&needle, &["$folded"]) else {
        if tags.is_empty() {
            return None;
        }
        let tags: Vec<&Name> = tags.iter().collect();
        let tagged = doc! { "$match": of_tenant(doc! { "tags": { "$all": tags } }) };
        return Some(vec![look_up(BUSINESS_METADATA, vec![tagged, limit, asset], "few")]);
    };
    let short = doc! { "$match": of_tenant(short_with(&needle)) };
    let sides = [of_tenant(short_with(&needle)), of_tenant(long())];
    let described = doc! { "$match": { "$or": sides } };
    let exactly = doc! { "$match": { "$expr": found_in } };
    Some(vec![
        look_up(ASSETS, vec![short, exactly.clone(), limit.clone(), asset.clone()], "named"),
        look_up(BUSINESS_METADATA, vec![described, exactly, limit, asset], "described"),
        doc! { "$project": { "few": { "$concatArrays": ["$named", "$described"] } } },
    ])
}

/// The stages that lead from a tenant to a page of hits among candidates; to one document with the field
/// `many`, if there are many candidates.
fn among(
    tenant: TenantId,
    search: &AssetSearch,
    candidates: Vec<Document>,
    page: &Page<AssetKey>,
) -> Vec<Document> {
    let are_many = doc! { "$gt": [{ "$size": "$few" }, MAX_CANDIDATES] };
    let none: [Bson; 0] = [];
    let few = doc! { "$cond": [&are_many, none, { "$setUnion": ["$few.asset"] }] };
    // Only assets on `main` have parts.
    let filter = doc! { "tenant": tenant, "grams": { "$exists": true } };
    let rows = doc! { "$lookup": {
        "from": ASSETS, "localField": "few", "foreignField": "asset",
        "pipeline": assets_that_match(tenant, search, filter), "as": "row",
    } };
    let branch = doc! { "$lookup": {
        "from": BRANCHES, "localField": "row.branch", "foreignField": "_id",
        "pipeline": [{ "$project": { "_id": 0, "catalog_name": 1 } }], "as": "branch",
    } };
    // Documents of deleted branches have none.
    let mut asked = doc! { "of": { "$gt": "" } };
    if let Some(AssetKey { catalog, namespace, name }) = &page.after {
        let place = doc! { "of": catalog, "row.content.namespace": namespace };
        let mut later = [doc! { "of": { "$gt": catalog } }, doc! { "of": catalog }, place];
        later[1].insert("row.content.namespace", doc! { "$gt": namespace });
        later[2].insert("row.content.name", doc! { "$gt": name });
        asked.insert("$or", later.to_vec());
    }
    let mut pipeline = vec![doc! { "$match": { "_id": tenant } }];
    pipeline.extend(candidates);
    pipeline.extend([
        doc! { "$project": { "few": few, "many": are_many } },
        rows,
        doc! { "$unwind": { "path": "$row", "preserveNullAndEmptyArrays": true } },
        branch,
        doc! { "$set": { "of": { "$first": "$branch.catalog_name" } } },
        doc! { "$match": { "$or": [asked, { "many": true }] } },
        doc! { "$sort": { "of": 1, "row.content.namespace": 1, "row.content.name": 1 } },
        doc! { "$limit": i64::from(page.limit.get()) },
        doc! { "$project": { "_id": 0, "of": 1, "row": 1, "many": 1 } },
    ]);
    pipeline
}

/// The stages that yield those assets matching `filter` that the search selects, by place, each with its
/// metadata.
fn assets_that_match(
    tenant: TenantId,
    search: &AssetSearch,
    mut filter: Document,
) -> Vec<Document> {
    let AssetSearch { text, tags, kind, discoverable } = search;
    filter.extend(kind.map(|kind| ("content.kind".to_owned(), kind.into())));
    let metadata = doc! { "$lookup": {
        "from": BUSINESS_METADATA, "localField": "asset", "foreignField": "asset",
        "pipeline": [{ "$match": { "tenant": tenant } }, { "$unset": "grams" }], "as": "metadata",
    } };
    let mut asked = Document::new();
    if !tags.items().is_empty() {
        let tags: Vec<&Name> = tags.items().iter().collect();
        asked.insert("metadata.tags", doc! { "$all": tags });
    }
    match discoverable {
        Some(true) => drop(asked.insert("metadata.discoverable", true)),
        Some(false) => drop(asked.insert("metadata.discoverable", doc! { "$ne": true })),
        None => {}
    }
    if let Some(found_in) = finds(&fold(text), &["$folded", "$metadata.folded"]) {
        asked.insert("$expr", found_in);
    }
    vec![
        doc! { "$match": filter },
        doc! { "$sort": { "content.namespace": 1, "content.name": 1 } },
        metadata,
        doc! { "$set": { "metadata": { "$first": "$metadata" } } },
        doc! { "$match": asked },
        doc! { "$unset": "grams" },
    ]
}

/// The stages that lead from the documents that match, by their field `name`, to what `pipeline` yields
/// of the documents of a collection that belong to them: as `row`, with that field as `of`.
fn scan(
    matching: Document,
    name: &str,
    collection: &str,
    foreign: &str,
    pipeline: Vec<Document>,
) -> Vec<Document> {
    let rows = doc! { "$lookup": {
        "from": collection, "localField": "_id", "foreignField": foreign, "pipeline": pipeline,
        "as": "row",
    } };
    vec![
        doc! { "$match": matching },
        doc! { "$sort": { name: 1 } },
        rows,
        doc! { "$unwind": "$row" },
        doc! { "$project": { "_id": 0, "of": format!("${name}"), "row": 1 } },
    ]
}

/// The first page of hits.
fn one_scan<K>(mut scan: Vec<Document>, page: &Page<K>) -> Vec<Document> {
    scan.push(doc! { "$limit": i64::from(page.limit.get()) });
    scan
}

/// A page of hits: the `rest` of the catalog of the last page, then `later` catalogs.
fn two_scans<K>(
    collection: &str,
    mut rest: Vec<Document>,
    mut later: Vec<Document>,
    order: Document,
    page: &Page<K>,
) -> Vec<Document> {
    let limit = doc! { "$limit": i64::from(page.limit.get()) };
    rest.push(limit.clone());
    later.push(limit.clone());
    rest.push(doc! { "$unionWith": { "coll": collection, "pipeline": later } });
    rest.extend([doc! { "$sort": order }, limit]);
    rest
}

fn row(hit: &Document) -> Result<&Document, Undecodable> {
    let row = hit.get("row").and_then(Bson::as_document);
    row.ok_or_else(|| Undecodable { field: "row".to_owned(), expected: "document" })
}

fn read_asset_hit(hit: &Document) -> Result<AssetHit, Undecodable> {
    let row = row(hit)?;
    let metadata = match row.get("metadata") {
        Some(Bson::Document(metadata)) => Some(business_metadata::read(metadata)?),
        _ => None,
    };
    Ok(AssetHit { catalog: hit.read("of")?, asset: assets::read(row)?, metadata })
}

/// Reads a hit; `None` if there are many candidates.
fn read_if_few(found: &Document) -> Result<Option<AssetHit>, Undecodable> {
    match found.get_bool("many") {
        Ok(true) => Ok(None),
        _ => read_asset_hit(found).map(Some),
    }
}

fn read_namespace_hit(hit: &Document) -> Result<NamespaceHit, Undecodable> {
    Ok(NamespaceHit { catalog: hit.read("of")?, namespace: namespaces::read(row(hit)?)? })
}

fn read_branch_hit(row: &Document) -> Result<BranchHit, Undecodable> {
    Ok(BranchHit { catalog: row.read("catalog_name")?, branch: branches::read(row)? })
}
