use std::collections::BTreeSet;
use std::error::Error;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use mongodb::bson::{Document, doc};
use pangolin_store::mongo::MongoOptions;
use pangolin_store::store::{Branches, BusinessMetadataStore, Search, Tenants};
use pangolin_store::{
    AssetSearch, Json, MetadataWrite, MongoStore, Page, SmallSet, StoreError, Timestamp, UserId,
};
use uuid::Uuid;

use super::fixture::{
    ACME, Fresh, asset, furnish, in_a_database, ingest_branch, is_left_out, name,
};
use super::mongod::Mongod;

/// Why the database cannot be opened.
async fn refusal(options: MongoOptions) -> String {
    match MongoStore::open(options).await {
        Err(error @ StoreError::Backend { .. }) => error.source().unwrap().to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_standalone_mongod_is_refused_with_how_to_make_it_a_replica_set() {
    if is_left_out() {
        return;
    }
    let mongod = Mongod::start(&[]).await;
    let reason = refusal(mongod.url().parse().unwrap()).await;
    for hint in ["stands alone", "--replSet", "replSetInitiate"] {
        assert!(reason.contains(hint), "{reason}");
    }
}

#[tokio::test]
async fn a_replica_set_that_was_never_initiated_is_refused() {
    if is_left_out() {
        return;
    }
    let mongod = Mongod::start(&["--replSet", "rs0"]).await;
    let reason = refusal(mongod.url().parse().unwrap()).await;
    assert!(reason.contains("not initiated") && reason.contains("replSetInitiate"), "{reason}");
}

#[tokio::test]
async fn an_unreachable_server_is_noticed_soon() {
    let options: MongoOptions =
        "mongodb://127.0.0.1:1/lake?server_selection_timeout_ms=200".parse().unwrap();
    let start = std::time::Instant::now();
    let reason = refusal(options).await;
    assert!(reason.contains("cannot be reached"), "{reason}");
    assert!(start.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    in_a_database(async |fresh| {
        fresh.open().await.close().await;
        let schema = fresh.collection("schema");
        let newer = doc! { "$inc": { "version": 1 } };
        schema.update_one(doc! {}, newer).await.unwrap();
        let before = schema.find_one(doc! {}).await.unwrap();

        let reason = refusal(fresh.options()).await;
        assert!(reason.contains("version 7") && reason.contains("than 6"), "{reason}");
        assert!(reason.contains("upgrade"), "{reason}");
        assert_eq!(schema.find_one(doc! {}).await.unwrap(), before);
    })
    .await;
}

/// The names of the assets found.
async fn found(store: &MongoStore, text: &str) -> Vec<String> {
    let search = AssetSearch { text: text.parse().unwrap(), ..AssetSearch::default() };
    let hits = store.search_assets(ACME, &search, &Page::all()).await.unwrap();
    hits.into_iter().map(|hit| hit.asset.name.to_string()).collect()
}

/// Downgrades the schema from version 6 to 5.
async fn forget_parts_of_texts(fresh: &Fresh) {
    for collection in ["assets", "business_metadata"].map(|name| fresh.collection(name)) {
        collection.drop_index("tenant_grams").await.unwrap();
        collection.update_many(doc! {}, doc! { "$unset": { "grams": "" } }).await.unwrap();
    }
    fresh.collection("business_metadata").drop_index("tenant_tags").await.unwrap();
    let older = doc! { "$set": { "version": 5 } };
    fresh.collection("schema").update_one(doc! {}, older).await.unwrap();
}

#[tokio::test]
async fn an_older_schema_is_migrated_and_its_content_is_found() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        let branch = ingest_branch("dev");
        store.create_branch(ACME, &name("sales"), &branch).await.unwrap();
        let write = |description: String| MetadataWrite {
            description: Some(description.parse().unwrap()),
            tags: SmallSet::default(),
            properties: Json::default(),
            discoverable: false,
            by: UserId::new(Uuid::from_u128(1)),
            at: Timestamp::EPOCH,
        };
        for description in ["İm Größten".to_owned(), format!("{} Größten", "long ".repeat(500))]
        {
            let write = write(description);
            store.upsert_business_metadata(ACME, asset(1).id, &write).await.unwrap();
            let assets = parts_of(fresh, "assets").await;
            let said = parts_of(fresh, "business_metadata").await;
            forget_parts_of_texts(fresh).await;

            let store = fresh.open().await;
            for text in ["SET 1", "grö", "s", "größten"] {
                assert_eq!(found(&store, text).await, ["asset 1"], "{text}");
            }
            assert_eq!(found(&store, "grösten").await, [""; 0]);
            // The server splits texts as the store does.
            assert_eq!(parts_of(fresh, "assets").await, assets);
            assert_eq!(parts_of(fresh, "business_metadata").await, said);
            store.close().await;
        }
        store.close().await;
    })
    .await;
}

/// The parts by which each document of a collection is found, in no order.
async fn parts_of(fresh: &Fresh, collection: &str) -> Vec<Option<BTreeSet<String>>> {
    let collection = fresh.collection(collection);
    let documents = collection.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap();
    let documents: Vec<Document> = documents.try_collect().await.unwrap();
    let parts = |document: &Document| {
        let grams = document.get_array("grams").ok()?.iter();
        Some(grams.map(|gram| gram.as_str().unwrap().to_owned()).collect())
    };
    documents.iter().map(parts).collect()
}

#[tokio::test]
async fn the_database_of_another_program_is_refused_and_left_alone() {
    in_a_database(async |fresh| {
        fresh.collection("bookmarks").insert_one(doc! { "url": "about:blank" }).await.unwrap();
        let reason = refusal(fresh.options()).await;
        assert!(reason.contains("another program"), "{reason}");
        assert_eq!(fresh.raw.list_collection_names().await.unwrap(), ["bookmarks"]);
    })
    .await;
}

#[tokio::test]
async fn the_collection_of_another_program_is_refused_although_it_has_the_name_of_ours() {
    in_a_database(async |fresh| {
        fresh.collection("schema").insert_one(doc! { "_id": "their own" }).await.unwrap();
        let reason = refusal(fresh.options()).await;
        assert!(reason.contains("another program"), "{reason}");
        assert_eq!(fresh.raw.list_collection_names().await.unwrap(), ["schema"]);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_another_process_is_about_to_mark_can_be_opened() {
    in_a_database(async |fresh| {
        fresh.raw.create_collection("schema").await.unwrap();
        let store = fresh.open().await;
        assert_eq!(store.list_tenants(&Page::all()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn many_can_open_a_new_database_at_once() {
    in_a_database(async |fresh| {
        let stores = join_all((0..6).map(|_| MongoStore::open(fresh.options()))).await;
        let stores: Vec<_> = stores.into_iter().map(Result::unwrap).collect();
        furnish(&stores[0]).await;
        for store in &stores {
            assert!(store.get_tenant(ACME).await.unwrap().is_some());
        }
        let schema = fresh.collection("schema").find_one(doc! {}).await.unwrap().unwrap();
        assert_eq!(schema.get_i32("version").unwrap(), 6);
        assert!(schema.get("holder").unwrap().as_null().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_migration_interrupted_in_the_middle_is_resumed() {
    in_a_database(async |fresh| {
        let schema =
            doc! { "_id": "pangolin-store", "version": 2, "holder": "gone", "until": null };
        fresh.collection("schema").insert_one(schema).await.unwrap();
        let until = vec![doc! { "$set": { "until": { "$subtract": ["$$NOW", 1000] } } }];
        fresh.collection("schema").update_one(doc! {}, until).await.unwrap();
        let store = fresh.open().await;
        assert_eq!(store.list_tenants(&Page::all()).await.unwrap(), []);
        let schema = fresh.collection("schema").find_one(doc! {}).await.unwrap().unwrap();
        assert_eq!(schema.get_i32("version").unwrap(), 6);
    })
    .await;
}

#[tokio::test]
async fn any_store_is_opened_by_its_url() {
    in_a_database(async |fresh| {
        let store = pangolin_store::open(&fresh.url()).await.unwrap();
        assert_eq!(store.list_tenants(&Page::all()).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_closed_store_fails_its_calls() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        store.close().await;
        let error = store.get_tenant(ACME).await.unwrap_err();
        assert!(matches!(error, StoreError::Backend { .. }), "{error:?}");
    })
    .await;
}
