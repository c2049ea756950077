use std::time::Duration;

use pangolin_store::store::{Assets, Tenants};
use pangolin_store::{AssetUpdate, Page, PostgresStore};
use tokio::time::timeout;

use super::fixture::*;

/// Ends the connections to a database that do not belong to the caller.
const KILL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";

const CONNECTIONS: &str = "SELECT count(*) FROM pg_stat_activity
                           WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[test]
fn a_connection_that_was_ended_is_replaced() {
    on_a_store(async |database, store| {
        for number in 1..=5 {
            let called = format!("tenant {number}");
            store.create_tenant(&tenant(number, &called)).await.unwrap();
            assert!(database.number(KILL).await > 0);
            if number % 2 == 0 {
                assert_eq!(store.list_tenants(&Page::all()).await.unwrap().len(), number as usize);
            }
        }
    });
}

#[test]
fn connections_that_end_in_the_middle_of_calls_lose_none_of_them() {
    on_a_store(async |database, store| {
        furnish(store).await;
        add(store, &asset(1)).await;
        let tasks: Vec<_> = (0..4)
            .map(|number: u128| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut created = 0;
                    for round in 0..100 {
                        let id = 1000 * (number + 1) + round;
                        // A failed call may have taken effect, but a successful one always has.
                        let called = format!("tenant {id}");
                        created +=
                            u32::from(store.create_tenant(&tenant(id, &called)).await.is_ok());
                    }
                    created
                })
            })
            .collect();
        for _ in 0..10 {
            database.number(KILL).await;
        }
        let mut created = 0;
        for task in tasks {
            created += task.await.unwrap();
        }
        let there = store.list_tenants(&Page::all()).await.unwrap().len();
        assert!(there > created as usize, "{created} of {there}");
    });
}

#[test]
fn closing_waits_until_all_connections_are_closed() {
    on_a_database(async |database| {
        let store = database.open().await;
        let calls = (0..8).map(|_| async { store.list_tenants(&Page::all()).await.unwrap() });
        futures_util::future::join_all(calls).await;
        store.close().await;
        let reason = reason(store.list_tenants(&Page::all()).await.unwrap_err());
        assert!(reason.contains("closed"), "{reason}");
        // The server notices a closed connection a moment later.
        timeout(Duration::from_secs(5), async { while database.number(CONNECTIONS).await > 0 {} })
            .await
            .unwrap();
    });
}

#[test]
fn a_call_waits_for_a_connection_for_the_configured_time() {
    on_a_database(async |database| {
        let options = database.options().pool_size(1).unwrap();
        let store = PostgresStore::open(options.acquire_timeout(Duration::from_millis(50))).await;
        let store = store.unwrap();
        furnish(&store).await;
        add(&store, &asset(1)).await;
        let held = database.hold("SELECT 1 FROM assets FOR UPDATE").await;
        let waits = tokio::spawn({
            let store = store.clone();
            async move {
                let update = AssetUpdate { location: Some(text("new")), ..Default::default() };
                store.update_asset(ACME, &place_of("main", &asset(1)), &update).await
            }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let reason = reason(store.get_tenant(ACME).await.unwrap_err());
        assert!(reason.contains("all 1 connections were busy for 50 ms"), "{reason}");
        held.release().await;
        assert_eq!(waits.await.unwrap().unwrap().location, text("new"));
        store.close().await;
    });
}

#[test]
fn a_statement_waits_for_a_lock_for_the_configured_time() {
    on_a_database(async |database| {
        let options = database.options().lock_timeout(Duration::from_millis(50));
        let store = PostgresStore::open(options).await.unwrap();
        furnish(&store).await;
        add(&store, &asset(1)).await;
        let held = database.hold("SELECT 1 FROM assets FOR UPDATE").await;
        let update = AssetUpdate { location: Some(text("new")), ..Default::default() };
        let late = store.update_asset(ACME, &place_of("main", &asset(1)), &update).await;
        let reason = reason(late.unwrap_err());
        assert!(reason.contains("55P03") && reason.contains("lock timeout"), "{reason}");
        held.release().await;
        store.update_asset(ACME, &place_of("main", &asset(1)), &update).await.unwrap();
        store.close().await;
    });
}

#[test]
fn a_cancelled_call_leaves_nothing_behind_on_a_connection() {
    on_a_database(async |database| {
        let store = PostgresStore::open(database.options().pool_size(1).unwrap()).await.unwrap();
        furnish(&store).await;
        add(&store, &asset(1)).await;
        let held = database.hold("SELECT 1 FROM branches FOR UPDATE").await;
        for _ in 0..3 {
            let branch = timeout(Duration::from_millis(20), branch_off(&store, "dev")).await;
            assert!(branch.is_err());
        }
        held.release().await;
        branch_off(&store, "dev").await;
        assert_eq!(
            store.get_asset(ACME, &place_of("dev", &asset(1))).await.unwrap(),
            Some(asset(1))
        );
        store.close().await;
    });
}
