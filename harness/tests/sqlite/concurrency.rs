use std::path::Path;

use pangolin_store::store::{Assets, Tenants};
use pangolin_store::{
    ConflictReason, Entity, MetadataSwap, SqliteStore, StoreError, sqlite::SqliteOptions,
};
use tempfile::TempDir;

use super::fixture::{TENANT, asset, furnish, main_branch, open, place_of, tenant, text};

async fn furnished(folder: &TempDir) -> SqliteStore {
    let store = open(&folder.path().join("a.db")).await;
    furnish(&store).await;
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_create_one_name_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let store = furnished(&folder).await;
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.create_tenant(&tenant(100 + number, "prize")).await })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => winners += 1,
            Err(StoreError::AlreadyExists { entity: Entity::Tenant, .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(winners, 1);
}

/// Adds one to the number that is the metadata location of an asset.
async fn increment(store: &SqliteStore) {
    let counter = asset(7);
    loop {
        let before = store.get_asset(TENANT, &place_of(&counter)).await.unwrap().unwrap();
        let expected = before.metadata_location;
        let count: u32 = expected.as_ref().map_or(0, |count| count.parse().unwrap());
        let swap = MetadataSwap { expected, new: text(&(count + 1).to_string()) };
        match store.commit_metadata(TENANT, &place_of(&counter), &swap).await {
            Ok(_) => return,
            Err(StoreError::Conflict { reason: ConflictReason::Stale, .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn count_to_160(stores: [SqliteStore; 2]) {
    stores[0].create_asset(TENANT, &main_branch(), &asset(7)).await.unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    increment(&store).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let counter = stores[1].get_asset(TENANT, &place_of(&asset(7))).await.unwrap().unwrap();
    assert_eq!(counter.metadata_location, Some(text("160")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_increment_of_a_counter_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = furnished(&folder).await;
    count_to_160([store.clone(), store]).await;
}

#[tokio::test]
async fn no_increment_is_lost_on_a_single_thread() {
    let folder = tempfile::tempdir().unwrap();
    let store = furnished(&folder).await;
    count_to_160([store.clone(), store]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_increment_is_lost_between_two_stores_on_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = furnished(&folder).await;
    let other = open(&folder.path().join("a.db")).await;
    count_to_160([store, other]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_increment_is_lost_in_memory() {
    let store = SqliteStore::open(SqliteOptions::memory()).await.unwrap();
    furnish(&store).await;
    count_to_160([store.clone(), store]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_after_a_write_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = furnished(&folder).await;
    let other = open(&folder.path().join("a.db")).await;
    for number in 10..60 {
        store.create_tenant(&tenant(number, &format!("tenant {number}"))).await.unwrap();
        let readers = (0..8).map(|reader| {
            let store = if reader % 2 == 0 { store.clone() } else { other.clone() };
            let id = tenant(number, "any").id;
            tokio::spawn(async move { store.get_tenant(id).await.unwrap().is_some() })
        });
        for reader in readers.collect::<Vec<_>>() {
            assert!(reader.await.unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_that_are_given_up_leave_the_store_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = furnished(&folder).await;
    let calls = (0..64u128).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            store.create_tenant(&tenant(100 + number, &format!("tenant {number}"))).await
        })
    });
    for (number, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        if number % 2 == 0 {
            call.abort();
        } else {
            call.await.unwrap().unwrap();
        }
    }
    store.create_tenant(&tenant(99, "last")).await.unwrap();
    assert!(store.get_tenant(tenant(99, "last").id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_name_that_looks_like_a_url_is_the_name_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file:a.db?mode=memory");
    open(Path::new(&path)).await.create_tenant(&tenant(1, "acme")).await.unwrap();
    assert!(path.exists());
}

#[tokio::test]
async fn a_cleared_store_is_empty_and_of_use() {
    let store = SqliteStore::open(SqliteOptions::memory()).await.unwrap();
    for _ in 0..3 {
        furnish(&store).await;
        store.create_asset(TENANT, &main_branch(), &asset(7)).await.unwrap();
        store.clear().await.unwrap();
        assert_eq!(store.count_assets(TENANT).await.unwrap(), 0);
        assert_eq!(store.get_tenant(TENANT).await.unwrap(), None);
    }
}
