//! Two stores on one database at the same time.

use futures_util::future::join_all;
use pangolin_store::store::{Assets, Branches, BusinessMetadataStore, Commits, Namespaces};
use pangolin_store::*;
use uuid::Uuid;

use super::fixture::*;

/// A number that looks random.
fn scatter(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// One of many calls that conflict with each other.
async fn meddle(store: &PostgresStore, number: u64) -> Result<()> {
    let drawn = scatter(number);
    let branch = ["main", "dev", "test"][(drawn >> 8) as usize % 3];
    let asset = asset(u128::from((drawn >> 16) % 3));
    let sales: NamespacePath = "sales".parse().unwrap();
    match drawn % 10 {
        0 | 1 => store.create_asset(ACME, &on(branch), &asset).await,
        2 | 3 => store.delete_asset(ACME, &place_of(branch, &asset)).await,
        4 => store.upsert_business_metadata(ACME, asset.id, &metadata("x")).await.map(drop),
        5 => store.delete_namespace(ACME, &lake(), &sales).await,
        6 => {
            let sales = Namespace { path: sales, properties: Default::default() };
            store.create_namespace(ACME, &lake(), &sales).await
        }
        7 => store.delete_branch(ACME, &lake(), &name(branch)).await,
        8 => {
            let new = NewBranch {
                name: name(branch),
                kind: BranchKind::Ingest,
                parent: name("main"),
                namespaces: None,
            };
            store.create_branch(ACME, &lake(), &new).await.map(drop)
        }
        _ => {
            let commit = NewCommit {
                id: CommitId::new(Uuid::from_u128(number.into())),
                parent: store
                    .get_branch(ACME, &lake(), &name(branch))
                    .await?
                    .and_then(|it| it.head),
                author: text("ann"),
                message: text("meddle"),
                at: Timestamp::EPOCH,
                operations: Operations::new([CommitOperation::Put { asset }]).unwrap(),
            };
            store.commit(ACME, &on(branch), &commit).await
        }
    }
}

/// States that no conflict between calls may leave behind.
const WRONG: [(&str, &str); 4] = [
    (
        "metadata of an asset that does not exist",
        "SELECT count(*) FROM business_metadata m
         WHERE NOT EXISTS (SELECT FROM assets a WHERE a.tenant = m.tenant AND a.id = m.asset)",
    ),
    (
        "an asset in a namespace that does not exist",
        "SELECT count(*) FROM assets a
         WHERE NOT EXISTS (SELECT FROM namespaces n WHERE n.catalog = a.catalog AND n.path = a.namespace)",
    ),
    (
        "an asset on a branch that does not exist",
        "SELECT count(*) FROM assets a
         WHERE NOT EXISTS (SELECT FROM branches b WHERE b.key = a.branch AND b.catalog = a.catalog)",
    ),
    (
        "a head that is not a commit",
        "SELECT count(*) FROM branches b
         WHERE b.head IS NOT NULL
           AND NOT EXISTS (SELECT FROM commits m WHERE m.catalog = b.catalog AND m.id = b.head)",
    ),
];

#[test]
fn conflicting_calls_leave_a_consistent_state() {
    on_a_store(async |database, store| {
        furnish(store).await;
        let stores = [store.clone(), database.open().await];
        let tasks = (0..16).map(|task: u64| {
            let store = stores[task as usize % 2].clone();
            tokio::spawn(async move {
                let mut done = 0;
                for call in 0..150 {
                    match meddle(&store, task * 1000 + call + 1).await {
                        Ok(()) => done += 1,
                        Err(
                            error @ (StoreError::Backend { .. } | StoreError::Unsupported { .. }),
                        ) => {
                            panic!("{:?}", reason(error));
                        }
                        Err(_) => {}
                    }
                }
                done
            })
        });
        let done: i32 = join_all(tasks).await.into_iter().map(Result::unwrap).sum();
        assert!(done > 300, "{done}");
        for (what, sql) in WRONG {
            assert_eq!(database.number(sql).await, 0, "{what}");
        }
        stores[1].close().await;
    });
}

#[test]
fn a_branch_copies_one_state_of_a_parent_that_receives_commits() {
    on_a_store(async |_, store| {
        furnish(store).await;
        let committer = store.clone();
        // Every commit puts the same location into all three assets.
        let commits = tokio::spawn(async move {
            let mut parent = None;
            for number in 1..=60 {
                let put = |asset: Asset| CommitOperation::Put {
                    asset: Asset { location: text(&number.to_string()), ..asset },
                };
                let operations: Vec<_> = (1..=3).map(|number| put(asset(number))).collect();
                let commit = NewCommit {
                    id: CommitId::new(Uuid::from_u128(number)),
                    parent,
                    author: text("ann"),
                    message: text("all"),
                    at: Timestamp::EPOCH,
                    operations: Operations::new(operations).unwrap(),
                };
                committer.commit(ACME, &on("main"), &commit).await.unwrap();
                parent = Some(commit.id);
            }
        });
        for number in 0..40 {
            let called = format!("copy {number}");
            branch_off(store, &called).await;
            let branch = store.get_branch(ACME, &lake(), &name(&called)).await.unwrap().unwrap();
            let sales = "sales".parse().unwrap();
            let assets = store.list_assets(ACME, &on(&called), &sales, &Page::all()).await.unwrap();
            let expected = branch.head.map(|head| text(&head.uuid().as_u128().to_string()));
            let locations: Vec<_> = assets.into_iter().map(|asset| Some(asset.location)).collect();
            assert!(locations.iter().all(|location| *location == expected), "{locations:?}");
            assert_eq!(locations.len(), if expected.is_some() { 3 } else { 0 });
        }
        commits.await.unwrap();
    });
}
