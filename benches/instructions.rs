//! How many instructions the hot paths of the memory and the SQLite store take, among 1,000 assets.
//!
//! Each count is of one call, made for the third time, so that its statements are prepared and its pages are
//! in the cache. The calls run without a runtime: the SQLite store then works on the caller's thread, and the
//! same code executes the same instructions in every run.

#![allow(missing_docs, unreachable_pub)] // the macros generate such items

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use gungraun::{
    Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
};
use pangolin_store::sqlite::SqliteOptions;
use pangolin_store::{
    Asset, AssetSearch, BranchKind, CatalogStore, CommitOperation, MemoryStore, MergeCommit,
    MetadataSwap, Namespace, NewBranch, NewCommit, NewMerge, Page, Properties, Revocation,
    SettingsUpdate, SqliteStore, TokenId,
};
use tempfile::TempDir;

use self::rows::{CATALOG, PAGE, READ, Sort, TENANT, WRITTEN};

#[allow(dead_code)] // the benchmarks use it too
#[path = "src/rows.rs"]
mod rows;

const ASSETS: u64 = 1_000;
const PEOPLE: u64 = 100;
const DESCRIBED: u64 = 10;
const CHANGES: u64 = 100;
/// The number of calls made before the one that is counted.
const WARM_UP: u64 = 2;

type Store = Arc<dyn CatalogStore>;

/// A call with its arguments, not yet made.
type Ready = Pin<Box<dyn Future<Output = ()>>>;

/// Prepares a call. Each turn uses other rows, so that all calls succeed.
type Scenario = fn(Store, u64) -> Ready;

/// A prepared call, and the values that are dropped after it.
struct Stage {
    call: Ready,
    _store: Store,
    _folder: Option<TempDir>,
}

fn in_memory(scenario: Scenario) -> Stage {
    stage(Arc::new(MemoryStore::new()), None, scenario)
}

fn in_a_file(scenario: Scenario) -> Stage {
    let folder = tempfile::tempdir().expect("a folder can be made where temporary files go");
    let options = SqliteOptions::file(folder.path().join("catalog.db"));
    let store = now(SqliteStore::open(options)).expect("a new file can be opened");
    stage(Arc::new(store), Some(folder), scenario)
}

fn stage(store: Store, folder: Option<TempDir>, scenario: Scenario) -> Stage {
    now(fill(&*store)).expect("the rows fit an empty store");
    for turn in 0..WARM_UP {
        now(scenario(Arc::clone(&store), turn));
    }
    Stage { call: scenario(Arc::clone(&store), WARM_UP), _store: store, _folder: folder }
}

/// The result of a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("a store with one caller has nothing to wait for"),
    }
}

/// A call whose answer is dropped.
fn ready<T>(call: impl Future<Output = pangolin_store::Result<T>> + 'static) -> Ready {
    Box::pin(async { drop(call.await.expect("what is measured works")) })
}

async fn fill(store: &dyn CatalogStore) -> pangolin_store::Result<()> {
    store.create_tenant(&rows::tenant()).await?;
    let catalog = rows::catalog();
    store.create_catalog(TENANT, &catalog).await?;
    for path in [READ, WRITTEN] {
        let path = rows::namespace(path);
        let namespace = Namespace { path, properties: Properties::default() };
        store.create_namespace(TENANT, &catalog.name, &namespace).await?;
    }
    commit(store, "main", 1, (0..ASSETS).map(asset)).await?;
    for number in 0..PEOPLE {
        store.create_user(&rows::user(number)).await?;
        store.create_service_user(&rows::service_user(number)).await?;
        store.log_audit_event(&rows::event(number)).await?;
        let token = rows::token(number);
        store.store_token(&token).await?;
        if number % 2 == 0 {
            let expires_at = token.expires_at;
            let revocation = Revocation { token: token.id, reason: None, expires_at };
            store.revoke_token(TENANT, &revocation).await?;
        }
    }
    for number in 0..DESCRIBED {
        describe(store, number).await?;
    }
    let update = SettingsUpdate { default_retention_days: Some(90), ..SettingsUpdate::default() };
    store.update_settings(TENANT, &update).await?;
    Ok(())
}

fn asset(number: u64) -> Asset {
    rows::asset(number, READ, &rows::asset_name(number, ASSETS))
}

async fn describe(store: &dyn CatalogStore, asset: u64) -> pangolin_store::Result<()> {
    let write = rows::metadata(asset, 0);
    store.upsert_business_metadata(TENANT, rows::asset_id(asset), &write).await.map(drop)
}

/// Commits assets to a branch on its current head.
async fn commit(
    store: &dyn CatalogStore,
    branch: &str,
    number: u64,
    assets: impl Iterator<Item = Asset>,
) -> pangolin_store::Result<()> {
    let on = rows::on(branch);
    let puts: Vec<_> = assets.map(|asset| CommitOperation::Put { asset }).collect();
    let head = store.get_branch(TENANT, &on.catalog, &on.branch).await?;
    let commit = NewCommit {
        id: rows::id(Sort::Commit, number),
        parent: head.and_then(|branch| branch.head),
        author: rows::text("ada"),
        message: rows::text("arrivals"),
        at: rows::time(number),
        operations: puts.try_into()?,
    };
    store.commit(TENANT, &on, &commit).await
}

fn asset_by_name(store: Store, turn: u64) -> Ready {
    let place = rows::place(&rows::asset_name(400 + turn, ASSETS));
    ready(async move { store.get_asset(TENANT, &place).await })
}

fn asset_by_id(store: Store, turn: u64) -> Ready {
    let (on, id) = (rows::on("main"), rows::asset_id(400 + turn));
    ready(async move { store.get_asset_by_id(TENANT, &on, id).await })
}

fn service_user_by_key(store: Store, turn: u64) -> Ready {
    let hash = rows::key_hash(40 + turn);
    ready(async move { store.get_service_user_by_api_key_hash(&hash).await })
}

fn is_revoked(store: Store, turn: u64) -> Ready {
    let token: TokenId = rows::id(Sort::Person, 40 + 2 * turn);
    ready(async move { store.is_token_revoked(TENANT, token).await })
}

fn settings(store: Store, _: u64) -> Ready {
    ready(async move { store.get_settings(TENANT).await })
}

fn create_asset(store: Store, turn: u64) -> Ready {
    let number = ASSETS + turn;
    let (on, asset) = (rows::on("main"), rows::asset(number, WRITTEN, &format!("a_{number}")));
    ready(async move { store.create_asset(TENANT, &on, &asset).await })
}

fn commit_metadata(store: Store, turn: u64) -> Ready {
    let place = rows::place(&rows::asset_name(400, ASSETS));
    let expected = Some(rows::text(&format!("v{turn}")));
    let swap = MetadataSwap { expected, new: rows::text(&format!("v{}", turn + 1)) };
    ready(async move { store.commit_metadata(TENANT, &place, &swap).await })
}

fn log_audit_event(store: Store, turn: u64) -> Ready {
    let event = rows::event(PEOPLE + turn);
    ready(async move { store.log_audit_event(&event).await })
}

fn upsert_metadata(store: Store, turn: u64) -> Ready {
    let (asset, write) = (rows::asset_id(turn), rows::metadata(turn, turn + 1));
    ready(async move { store.upsert_business_metadata(TENANT, asset, &write).await })
}

fn page_of_100(store: Store, _: u64) -> Ready {
    let (on, namespace, page) = (rows::on("main"), rows::namespace(READ), Page::first(PAGE));
    ready(async move { store.list_assets(TENANT, &on, &namespace, &page).await })
}

fn search_rare(store: Store, _: u64) -> Ready {
    search(store, rows::NEEDLE)
}

fn search_none(store: Store, _: u64) -> Ready {
    search(store, "zzyzx")
}

fn search(store: Store, text: &str) -> Ready {
    let search = AssetSearch { text: rows::text(text), ..AssetSearch::default() };
    ready(async move { store.search_assets(TENANT, &search, &Page::first(PAGE)).await })
}

fn create_branch(store: Store, turn: u64) -> Ready {
    let branch = new_branch(&format!("ingest_{turn}"));
    ready(async move { store.create_branch(TENANT, &rows::name(CATALOG), &branch).await })
}

fn new_branch(name: &str) -> NewBranch {
    let (name, parent) = (rows::name(name), rows::name("main"));
    NewBranch { name, kind: BranchKind::Ingest, parent, namespaces: None }
}

fn merge_of_100(store: Store, turn: u64) -> Ready {
    let catalog = rows::name(CATALOG);
    let (number, name) = (10 * (turn + 1), format!("ingest_{turn}"));
    let new = NewMerge {
        id: rows::id(Sort::Commit, number),
        source: rows::name(&name),
        target: rows::name("main"),
        initiated_by: rows::id(Sort::Person, 0),
        initiated_at: rows::time(number),
    };
    let changed = (0..CHANGES).map(|number| {
        let metadata_location = Some(rows::text(&format!("changed in turn {turn}")));
        Asset { metadata_location, ..asset(number) }
    });
    let prepared = now(async {
        store.create_branch(TENANT, &catalog, &new_branch(&name)).await?;
        commit(&*store, &name, number + 1, changed).await?;
        store.begin_merge(TENANT, &catalog, &new).await
    });
    prepared.expect("an ingest branch with changes can be merged");
    let commit = MergeCommit {
        id: rows::id(Sort::Commit, number + 2),
        author: rows::text("ada"),
        message: rows::text("merge"),
        at: rows::time(number),
    };
    ready(async move { store.complete_merge(TENANT, &catalog, new.id, &commit).await })
}

#[library_benchmark(setup = in_memory, teardown = drop)]
#[bench::asset_by_name(asset_by_name)]
#[bench::asset_by_id(asset_by_id)]
#[bench::service_user_by_key(service_user_by_key)]
#[bench::is_revoked(is_revoked)]
#[bench::settings(settings)]
#[bench::create_asset(create_asset)]
#[bench::commit_metadata(commit_metadata)]
#[bench::log_audit_event(log_audit_event)]
#[bench::upsert_metadata(upsert_metadata)]
#[bench::page_of_100(page_of_100)]
#[bench::search_rare(search_rare)]
#[bench::search_none(search_none)]
#[bench::create_branch(create_branch)]
#[bench::merge_of_100(merge_of_100)]
fn memory(mut stage: Stage) -> Stage {
    now(&mut stage.call);
    stage
}

#[library_benchmark(setup = in_a_file, teardown = drop)]
#[bench::asset_by_name(asset_by_name)]
#[bench::asset_by_id(asset_by_id)]
#[bench::service_user_by_key(service_user_by_key)]
#[bench::is_revoked(is_revoked)]
#[bench::settings(settings)]
#[bench::create_asset(create_asset)]
#[bench::commit_metadata(commit_metadata)]
#[bench::log_audit_event(log_audit_event)]
#[bench::upsert_metadata(upsert_metadata)]
#[bench::page_of_100(page_of_100)]
#[bench::search_rare(search_rare)]
#[bench::search_none(search_none)]
#[bench::create_branch(create_branch)]
#[bench::merge_of_100(merge_of_100)]
fn sqlite(mut stage: Stage) -> Stage {
    now(&mut stage.call);
    stage
}

library_benchmark_group!(name = stores, benchmarks = [memory, sqlite]);

main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"])),
    library_benchmark_groups = stores
);
