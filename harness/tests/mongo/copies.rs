use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use pangolin_store::store::{Assets, Branches};
use pangolin_store::{BranchRef, Page};

use super::fixture::{ACME, furnish, in_a_database, ingest_branch, main, name};

const ASSETS: i64 = 10_000;

/// The commands that the server ran for clients, and how many bytes it returned.
const ANSWERED: &str = "responseLength";

#[tokio::test]
async fn no_row_is_sent_when_a_branch_is_created_or_deleted() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        multiply(fresh.collection("assets")).await;
        assert_eq!(store.count_assets(ACME).await.unwrap(), ASSETS as u64);

        fresh.raw.run_command(doc! { "profile": 2 }).await.unwrap();
        let branch = ingest_branch("dev");
        store.create_branch(ACME, &name("sales"), &branch).await.unwrap();
        store.delete_branch(ACME, &name("sales"), &name("dev")).await.unwrap();
        store.create_branch(ACME, &name("sales"), &branch).await.unwrap();
        fresh.raw.run_command(doc! { "profile": 0 }).await.unwrap();

        let profile = fresh.collection("system.profile");
        let calls = profile.find(doc! { ANSWERED: { "$exists": true } });
        let calls: Vec<Document> = calls.await.unwrap().try_collect().await.unwrap();
        let bytes = |call: &Document| i64::from(call.get_i32(ANSWERED).unwrap_or_default());
        let answered: i64 = calls.iter().map(bytes).sum();
        assert!(calls.len() > 10, "the server recorded {} calls", calls.len());
        assert!(answered < ASSETS, "{answered} bytes came from the server");

        assert_eq!(store.count_assets(ACME).await.unwrap(), 2 * ASSETS as u64);
        let dev = BranchRef { branch: name("dev"), ..main() };
        let namespace = "ns".parse().unwrap();
        let (here, there) = (
            store.list_assets(ACME, &main(), &namespace, &Page::all()).await.unwrap(),
            store.list_assets(ACME, &dev, &namespace, &Page::all()).await.unwrap(),
        );
        assert_eq!(here, there);
    })
    .await;
}

/// Multiplies the one asset that exists.
async fn multiply(assets: mongodb::Collection<Document>) {
    let one = assets.find_one(doc! {}).await.unwrap().unwrap();
    let more = (1..ASSETS).map(|number| {
        let mut another = one.clone();
        another.remove("_id");
        another.insert("asset", pangolin_id(number));
        let content = another.get_document_mut("content").unwrap();
        content.insert("name", format!("another {number:05}"));
        another
    });
    assets.insert_many(more).await.unwrap();
}

fn pangolin_id(number: i64) -> mongodb::bson::Binary {
    let bytes = uuid::Uuid::from_u128(number as u128 + 1000).as_bytes().to_vec();
    mongodb::bson::Binary { subtype: mongodb::bson::spec::BinarySubtype::Uuid, bytes }
}
