use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use mongodb::bson::{Document, doc};
use pangolin_parity::nemesis::{Action, Fate, Proxy};
use pangolin_parity::server::{self, Engine};
use pangolin_store::store::{Assets, BusinessMetadataStore};
use pangolin_store::{MetadataWrite, MongoStore, Timestamp, UserId};
use uuid::Uuid;

use super::fixture::{ACME, Fresh, asset, furnish, in_a_database, main};

/// The server's code for a document that another transaction has written.
const WRITE_CONFLICT: i32 = 112;

/// How many commands on the database a conflict has ended.
async fn conflicts(fresh: &Fresh) -> usize {
    let interrupted = doc! { "errCode": WRITE_CONFLICT };
    let profile = fresh.collection("system.profile").find(interrupted).await.unwrap();
    profile.try_collect::<Vec<Document>>().await.unwrap().len()
}

#[tokio::test]
async fn calls_of_one_store_on_one_branch_do_not_interrupt_one_another() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        fresh.raw.run_command(doc! { "profile": 2 }).await.unwrap();
        let calls = (2..42).map(|id| {
            let store = store.clone();
            async move { store.create_asset(ACME, &main(), &asset(id)).await }
        });
        let answers = join_all(calls).await;
        fresh.raw.run_command(doc! { "profile": 0 }).await.unwrap();
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(conflicts(fresh).await, 0);
    })
    .await;
}

#[tokio::test]
async fn calls_that_learn_their_branch_take_turns_after_the_first_conflict() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        let write = MetadataWrite {
            description: None,
            tags: Default::default(),
            properties: Default::default(),
            discoverable: true,
            by: UserId::new(Uuid::from_u128(1)),
            at: Timestamp::EPOCH,
        };
        fresh.raw.run_command(doc! { "profile": 2 }).await.unwrap();
        const CALLS: usize = 40;
        let calls = (0..CALLS).map(|_| store.upsert_business_metadata(ACME, asset(1).id, &write));
        let answers = join_all(calls).await;
        fresh.raw.run_command(doc! { "profile": 0 }).await.unwrap();
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let conflicts = conflicts(fresh).await;
        assert!(conflicts < 3 * CALLS, "{conflicts} conflicts of {CALLS} calls");
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_given_up_at_any_command_holds_nobody_up() {
    in_a_database(async |fresh| {
        let direct = fresh.open().await;
        furnish(&direct).await;
        let server = server::mongo().await.unwrap();
        let proxy = Proxy::start(&server.address().unwrap(), Engine::Mongo).await.unwrap();
        let url = proxy.url(&fresh.url());
        let store = MongoStore::open(url.parse().unwrap()).await.unwrap();
        store.create_asset(ACME, &main(), &asset(2)).await.unwrap();
        let before = proxy.messages();
        store.create_asset(ACME, &main(), &asset(3)).await.unwrap();
        let messages = proxy.messages() - before;
        assert!(messages > 2, "{messages}");
        for at in 1..=messages {
            // The server begins the transaction, and its caller does not wait for it.
            let late = Duration::from_millis(200);
            proxy.arm(Fate { at, action: Action::Delay(late) });
            let (mine, after) = (asset(100 + u128::from(at)), 10 + u128::from(at));
            let on = main();
            tokio::select! {
                answer = store.create_asset(ACME, &on, &mine) => panic!("{at}: {answer:?}"),
                () = proxy.struck() => {}
            }
            // It fails when it has to wait until the server ends the transaction by itself.
            direct.create_asset(ACME, &main(), &asset(after)).await.unwrap();
            let asset = direct.get_asset_by_id(ACME, &main(), asset(after).id).await.unwrap();
            assert!(asset.is_some());
        }
    })
    .await;
}
