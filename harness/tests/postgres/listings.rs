//! Pages and searches use an index, even if the server has no statistics on the tables.

use std::num::NonZeroU32;
use std::time::Duration;

use pangolin_store::store::{Assets, Commits, Search};
use pangolin_store::*;
use uuid::Uuid;

use super::fixture::*;

const HALF: u128 = 1_000;

/// The number of index entries and rows read by all ended sessions.
const READ: &str = "SELECT ((SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes)
                          + (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables))::bigint";

/// The number of sessions that have not ended, without the current one.
const SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND backend_type = 'client backend'
                          AND pid <> pg_backend_pid()";

/// The number of reads once all sessions have ended: the server counts a session's reads when it ends.
async fn read_so_far(database: &Database) -> i64 {
    while database.number(SESSIONS).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    database.number(READ).await
}

/// How much a call reads, on a separate store.
async fn read_by(database: &Database, call: impl AsyncFn(&PostgresStore)) -> i64 {
    let before = read_so_far(database).await;
    let store = database.open().await;
    call(&store).await;
    store.close().await;
    read_so_far(database).await - before
}

async fn fill(store: &PostgresStore) {
    furnish(store).await;
    let mut parent = None;
    for half in 0..2 {
        let puts = (half * HALF..(half + 1) * HALF).map(|number| {
            let asset = Asset { name: name(&format!("table {number:04}")), ..asset(number) };
            CommitOperation::Put { asset }
        });
        let commit = NewCommit {
            id: CommitId::new(Uuid::from_u128(half)),
            parent,
            author: text("ada"),
            message: text("arrivals"),
            at: Timestamp::EPOCH,
            operations: puts.collect::<Vec<_>>().try_into().unwrap(),
        };
        store.commit(ACME, &on("main"), &commit).await.unwrap();
        parent = Some(commit.id);
    }
}

#[test]
fn a_page_and_a_search_read_little_more_than_they_return() {
    on_a_database(async |database| {
        let store = database.open().await;
        fill(&store).await;
        store.close().await;
        let page = async |after: Option<&str>| {
            let page = Page { after: after.map(name), limit: NonZeroU32::new(10).unwrap() };
            read_by(database, async |store| {
                let namespace = asset(0).namespace;
                let rows = store.list_assets(ACME, &on("main"), &namespace, &page).await.unwrap();
                assert_eq!(rows.len(), 10);
            })
            .await
        };
        let first = page(None).await;
        assert!(first < 100, "the first page reads {first}");
        let deep = page(Some("table 1800")).await;
        assert!(deep < 100, "a deep page reads {deep}");

        let search = AssetSearch { text: text("E 1777"), ..AssetSearch::default() };
        let searched = read_by(database, async |store| {
            let hits = store.search_assets(ACME, &search, &Page::all()).await.unwrap();
            assert_eq!(hits.len(), 1);
        })
        .await;
        assert!(searched < 500, "a search for one asset reads {searched}");
    });
}
