use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use pangolin_store::store::{Assets, Branches, BusinessMetadataStore, Catalogs, Namespaces};
use pangolin_store::{
    BranchKind, ConflictReason, Entity, MetadataWrite, NewBranch, StoreError, Timestamp, UserId,
};
use uuid::Uuid;

use super::fixture::{ACME, Fresh, asset, furnish, in_a_database, main, name};

/// Leaves what a process leaves behind that ends while it copies `main`.
async fn die_while_copying(fresh: &Fresh, since: Bson) -> ObjectId {
    let key = ObjectId::new();
    let note = doc! { "_id": key, "owner": "branch", "since": since };
    fresh.collection("leftovers").insert_one(note).await.unwrap();
    let assets = fresh.collection("assets");
    let mut copy: Document = assets.find_one(doc! {}).await.unwrap().unwrap();
    copy.remove("_id");
    copy.insert("branch", key);
    assets.insert_one(copy).await.unwrap();
    key
}

fn long_ago() -> Bson {
    mongodb::bson::DateTime::from_millis(0).into()
}

#[tokio::test]
async fn an_unfinished_copy_is_invisible() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        die_while_copying(fresh, long_ago()).await;
        assert_eq!(store.count_assets(ACME).await.unwrap(), 1);

        // The copy is not a row of its asset, and its namespace counts as empty.
        let write = MetadataWrite {
            description: None,
            tags: Default::default(),
            properties: Default::default(),
            discoverable: true,
            by: UserId::new(Uuid::from_u128(1)),
            at: Timestamp::EPOCH,
        };
        store.upsert_business_metadata(ACME, asset(1).id, &write).await.unwrap();
        let at = pangolin_store::AssetRef {
            catalog: name("sales"),
            branch: name("main"),
            namespace: "ns".parse().unwrap(),
            name: asset(1).name,
        };
        store.delete_asset(ACME, &at).await.unwrap();
        assert_eq!(store.get_business_metadata(ACME, asset(1).id).await.unwrap(), None);
        let lost = store.upsert_business_metadata(ACME, asset(1).id, &write).await;
        assert!(
            matches!(lost, Err(StoreError::NotFound { entity: Entity::Asset, .. })),
            "{lost:?}"
        );
        store.delete_namespace(ACME, &name("sales"), &"ns".parse().unwrap()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn leftovers_of_ended_processes_are_removed_when_the_store_is_opened_again() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        die_while_copying(fresh, long_ago()).await;
        let going_on =
            die_while_copying(fresh, Bson::DateTime(mongodb::bson::DateTime::now())).await;
        store.close().await;

        let store = fresh.open().await;
        assert_eq!(fresh.count("assets").await, 2, "the asset, and the copy in progress");
        let noted = fresh.collection("leftovers").find_one(doc! {}).await.unwrap().unwrap();
        assert_eq!(noted.get_object_id("_id").unwrap(), going_on);
        assert_eq!(store.count_assets(ACME).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn no_call_leaves_anything_behind() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        let branch = |called: &str, parent: &str| NewBranch {
            name: name(called),
            kind: BranchKind::Experimental,
            parent: name(parent),
            namespaces: None,
        };
        let sales = name("sales");
        store.create_branch(ACME, &sales, &branch("dev", "main")).await.unwrap();
        store.create_branch(ACME, &sales, &branch("dev", "main")).await.unwrap_err();
        store.create_branch(ACME, &sales, &branch("new", "none")).await.unwrap_err();
        store.delete_branch(ACME, &sales, &name("dev")).await.unwrap();
        let error = store.delete_branch(ACME, &sales, &main().branch).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { reason: ConflictReason::Protected, .. }));
        assert_eq!((fresh.count("assets").await, fresh.count("leftovers").await), (1, 0));
        store.delete_catalog(ACME, &sales).await.unwrap();
        for emptied in ["assets", "branches", "namespaces", "leftovers"] {
            assert_eq!(fresh.count(emptied).await, 0, "{emptied}");
        }
    })
    .await;
}
