//! Three nodes of MongoDB, of which one is lost.

use mongodb::bson::{Document, doc};
use mongodb::options::{ReadConcern, WriteConcern};
use mongodb::{Client, Collection};
use pangolin_parity::server::{Database, Durability, ReplicaSet, start_replica_set};

use super::{block_on, has_no_programs};

/// Runs `body` on a set of its own with a database.
fn on_a_set(body: impl AsyncFn(&ReplicaSet, &Database)) {
    if has_no_programs() {
        return;
    }
    block_on(async {
        let set = start_replica_set(Durability::Full).await.unwrap();
        let database = set.database().await.unwrap();
        body(&set, &database).await;
    });
}

/// Numbers that a majority has acknowledged, in a database of the set.
async fn numbers(database: &Database) -> Collection<Document> {
    let client = Client::with_uri_str(database.url()).await.unwrap();
    let options = mongodb::options::CollectionOptions::builder()
        .write_concern(WriteConcern::majority())
        .read_concern(ReadConcern::majority())
        .build();
    client.default_database().unwrap().collection_with_options("numbers", options)
}

async fn write(numbers: &Collection<Document>, number: i32) {
    numbers.insert_one(doc! { "number": number }).await.unwrap();
}

#[test]
fn a_majority_write_survives_the_kill_of_the_primary_which_comes_back() {
    on_a_set(async |set, database| {
        let numbers = numbers(database).await;
        write(&numbers, 1).await;
        let killed = set.primary().await.unwrap();
        set.kill(killed).await.unwrap();
        let next = set.primary().await.unwrap();
        assert_ne!(next, killed);
        assert_eq!(numbers.count_documents(doc! {}).await.unwrap(), 1);
        write(&numbers, 2).await;
        set.start_again(killed).await.unwrap();
        set.kill(next).await.unwrap();
        // The one that came back is a part of this majority.
        assert_ne!(set.primary().await.unwrap(), next);
        assert_eq!(numbers.count_documents(doc! {}).await.unwrap(), 2);
    });
}

#[test]
fn a_frozen_primary_is_replaced_and_thaws_as_a_secondary() {
    on_a_set(async |set, database| {
        let numbers = numbers(database).await;
        write(&numbers, 1).await;
        let frozen = set.primary().await.unwrap();
        set.freeze(frozen).await.unwrap();
        assert_ne!(set.primary().await.unwrap(), frozen);
        set.thaw(frozen).unwrap();
        set.secondary(frozen).await.unwrap();
        write(&numbers, 2).await;
        assert_eq!(numbers.count_documents(doc! {}).await.unwrap(), 2);
    });
}

#[test]
fn a_primary_that_steps_down_is_replaced() {
    on_a_set(async |set, database| {
        let numbers = numbers(database).await;
        write(&numbers, 1).await;
        let stepped_down = set.step_down().await.unwrap();
        assert_ne!(set.primary().await.unwrap(), stepped_down);
        write(&numbers, 2).await;
    });
}

#[test]
fn a_node_without_a_majority_acknowledges_nothing() {
    on_a_set(async |set, database| {
        let primary = set.primary().await.unwrap();
        let others: Vec<_> = (0..3).filter(|node| *node != primary).collect();
        for node in &others {
            set.kill(*node).await.unwrap();
        }
        let client = Client::with_uri_str(set.url_of(primary)).await.unwrap();
        let numbers = client.database(database.name()).collection("numbers");
        let majority = WriteConcern::builder()
            .w(mongodb::options::Acknowledgment::Majority)
            .w_timeout(std::time::Duration::from_millis(300))
            .build();
        let write = numbers.insert_one(doc! { "number": 1 }).write_concern(majority);
        assert!(write.await.is_err());
        set.start_again(others[0]).await.unwrap();
        set.primary().await.unwrap();
    });
}
