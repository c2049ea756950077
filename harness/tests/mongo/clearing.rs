use mongodb::bson::doc;
use pangolin_store::Page;
use pangolin_store::store::Tenants;

use super::fixture::{furnish, in_a_database};

#[tokio::test]
async fn every_collection_is_emptied_and_keeps_its_indexes() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        let mut filled = fresh.raw.list_collection_names().await.unwrap();
        filled.retain(|name| name != "schema");
        assert_eq!(filled.len(), 23);
        for name in &filled {
            // A document that violates no unique index, in every collection.
            fresh.collection(name).insert_one(doc! { "of": "a test" }).await.unwrap();
        }
        let indexes = fresh.collection("users").list_index_names().await.unwrap();

        store.clear().await.unwrap();
        for name in &filled {
            assert_eq!(fresh.count(name).await, 0, "{name}");
        }
        assert_eq!(fresh.collection("users").list_index_names().await.unwrap(), indexes);
        assert_eq!(fresh.count("schema").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_emptied_store_can_be_filled_again() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        store.clear().await.unwrap();
        assert_eq!(store.list_tenants(&Page::all()).await.unwrap(), []);
        furnish(&store).await;
    })
    .await;
}
