use std::time::Duration;

use pangolin_parity::nemesis::{Action, Fate, Proxy};
use pangolin_parity::server::{self, Engine};
use pangolin_store::MongoStore;
use pangolin_store::store::{Assets, Branches};
use pangolin_store::{BranchRef, StoreError};
use tokio::time::sleep;

use super::fixture::{ACME, asset, furnish, in_a_database, ingest_branch, main, name};

#[tokio::test]
async fn a_branch_whose_commit_is_not_answered_keeps_its_assets() {
    in_a_database(async |fresh| {
        let direct = fresh.open().await;
        furnish(&direct).await;
        let server = server::mongo().await.unwrap();
        let proxy = Proxy::start(&server.address().unwrap(), Engine::Mongo).await.unwrap();
        let options: pangolin_store::mongo::MongoOptions = proxy.url(&fresh.url()).parse().unwrap();
        let options = options.call_timeout(Duration::from_millis(500));
        let options = options.server_selection_timeout(Duration::from_secs(5));
        let store = MongoStore::open(options).await.unwrap();
        let sales = name("sales");
        store.create_branch(ACME, &sales, &ingest_branch("first")).await.unwrap();
        let before = proxy.messages();
        store.create_branch(ACME, &sales, &ingest_branch("second")).await.unwrap();
        let commit = proxy.messages() - before;

        // The line is away longer than the call is patient, and back when it clears up.
        proxy.arm(Fate { at: commit, action: Action::CutAfterAndRefuse });
        let back = async {
            proxy.struck().await;
            sleep(Duration::from_secs(2)).await;
            proxy.heal();
        };
        let third = ingest_branch("third");
        let (answer, ()) = tokio::join!(store.create_branch(ACME, &sales, &third), back);
        assert!(matches!(answer, Ok(_) | Err(StoreError::Backend { .. })), "{answer:?}");
        let there = direct.get_branch(ACME, &sales, &third.name).await.unwrap();
        assert!(there.is_some(), "the commit reached the server, and the call said {answer:?}");
        let on = BranchRef { branch: third.name, ..main() };
        let copied = direct.get_asset_by_id(ACME, &on, asset(1).id).await.unwrap();
        assert_eq!(copied, Some(asset(1)));
    })
    .await;
}

#[tokio::test]
async fn a_branch_whose_commit_is_lost_leaves_no_copy() {
    in_a_database(async |fresh| {
        let direct = fresh.open().await;
        furnish(&direct).await;
        let server = server::mongo().await.unwrap();
        let proxy = Proxy::start(&server.address().unwrap(), Engine::Mongo).await.unwrap();
        let store = MongoStore::open(proxy.url(&fresh.url()).parse().unwrap()).await.unwrap();
        let sales = name("sales");
        let before = proxy.messages();
        store.create_branch(ACME, &sales, &ingest_branch("first")).await.unwrap();
        let messages = proxy.messages() - before;
        for at in 1..=messages {
            proxy.arm(Fate { at, action: Action::CutBefore });
            let new = ingest_branch(&format!("cut at {at}"));
            let answer = store.create_branch(ACME, &sales, &new).await;
            let there = direct.get_branch(ACME, &sales, &new.name).await.unwrap();
            assert_eq!(there.is_some(), answer.is_ok(), "{answer:?}");
        }
        let branches = fresh.count("branches").await;
        assert_eq!(fresh.count("assets").await, branches, "one asset on each");
        assert_eq!(fresh.count("leftovers").await, 0);
    })
    .await;
}
