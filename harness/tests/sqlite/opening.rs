use std::error::Error;
use std::path::Path;

use pangolin_store::sqlite::SqliteOptions;
use pangolin_store::store::{Search, Tenants};
use pangolin_store::{AssetSearch, Page, SqliteStore, StoreError, TenantId};
use rusqlite::Connection;
use uuid::Uuid;

use super::fixture::{open, process, tenant, text};

/// Why the file cannot be opened.
async fn refusal(path: &Path) -> String {
    match SqliteStore::open(SqliteOptions::file(path)).await {
        Err(error @ StoreError::Backend { .. }) => error.source().unwrap().to_string(),
        other => panic!("{other:?}"),
    }
}

fn version(path: &Path) -> i32 {
    let file = Connection::open(path).unwrap();
    file.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    drop(open(&path).await);
    let known = version(&path);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", known + 1).unwrap();

    let reason = refusal(&path).await;
    assert!(reason.contains(&format!("version {}", known + 1)), "{reason}");
    assert!(reason.contains(&format!("than {known}")), "{reason}");
    assert!(reason.contains("upgrade"), "{reason}");
    assert_eq!(version(&path), known + 1);
}

/// What was released, oldest first.
const RELEASED: [&str; 5] = [
    include_str!("../../../migrations/sqlite/0001_catalog.sql"),
    include_str!("../../../migrations/sqlite/0002_merges.sql"),
    include_str!("../../../migrations/sqlite/0003_people.sql"),
    include_str!("../../../migrations/sqlite/0004_operation.sql"),
    include_str!("../../../migrations/sqlite/0005_discovery.sql"),
];

/// An asset on `main` and one on another branch, as every released schema takes them.
const ASSETS: &str = "
    INSERT INTO tenants (id, name, properties) VALUES (zeroblob(16), 'acme', '{}');
    INSERT INTO catalogs (key, tenant, id, name, folded, properties)
    VALUES (1, zeroblob(16), zeroblob(16), 'lake', 'lake', '{}');
    INSERT INTO namespaces (catalog, path, folded, properties) VALUES (1, 'raw', 'raw', '{}');
    INSERT INTO branches (key, catalog, name, folded, kind) VALUES
        (1, 1, 'main', 'main', 'main'), (2, 1, 'dev', 'dev', 'experimental');
    INSERT INTO assets (branch, id, tenant, catalog, namespace, name, folded, kind, location, properties)
    VALUES (1, zeroblob(16), zeroblob(16), 1, 'raw', 'Orders', 'orders', 'VIEW', 's3://', '{}'),
           (2, zeroblob(16), zeroblob(16), 1, 'raw', 'Borders', 'borders', 'VIEW', 's3://', '{}');";

#[tokio::test]
async fn every_older_schema_is_brought_up_and_what_it_holds_is_found() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder.path().join("new.db")).await);
    let newest = version(&folder.path().join("new.db"));
    for released in 1..=RELEASED.len() {
        let path = folder.path().join(format!("{released}.db"));
        let old = Connection::open(&path).unwrap();
        RELEASED[..released].iter().for_each(|step| old.execute_batch(step).unwrap());
        old.execute_batch(ASSETS).unwrap();
        old.pragma_update(None, "application_id", 0x5067_6c6e).unwrap();
        old.pragma_update(None, "user_version", i32::try_from(released).unwrap()).unwrap();
        drop(old);

        let search = AssetSearch { text: text("ORDER"), ..AssetSearch::default() };
        let acme = TenantId::new(Uuid::nil());
        let hits = open(&path).await.search_assets(acme, &search, &Page::all()).await.unwrap();
        let names: Vec<&str> = hits.iter().map(|hit| hit.asset.name.as_str()).collect();
        assert_eq!(names, ["Orders"], "version {released}");
        assert_eq!(version(&path), newest);
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let letter = "Dear Sir or Madam, ".repeat(100);
    std::fs::write(&path, &letter).unwrap();
    let reason = refusal(&path).await;
    assert!(reason.contains("is not an SQLite database"), "{reason}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn the_database_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (file, application) in [("unmarked.db", 0), ("marked.db", 0x1234)] {
        let path = folder.path().join(file);
        let theirs = Connection::open(&path).unwrap();
        theirs.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
        theirs.pragma_update(None, "application_id", application).unwrap();
        let reason = refusal(&path).await;
        assert!(reason.contains("another program"), "{reason}");
        let journal: String =
            theirs.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(journal, "delete");
    }
}

#[tokio::test]
async fn a_file_in_no_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let reason = refusal(&folder.path().join("nowhere/a.db")).await;
    assert!(reason.contains("nowhere/a.db") && reason.contains("folder"), "{reason}");
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let acme = tenant(1, "acme");
    open(&path).await.create_tenant(&acme).await.unwrap();
    assert_eq!(open(&path).await.get_tenant(acme.id).await.unwrap(), Some(acme));
}

#[tokio::test]
async fn the_last_clone_closes_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let store = open(&path).await;
    let clone = store.clone();
    drop(store);
    clone.create_tenant(&tenant(1, "acme")).await.unwrap();
    assert!(clone.get_tenant(tenant(1, "acme").id).await.unwrap().is_some());
    drop(clone);
    let files: Vec<_> =
        folder.path().read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["a.db"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_can_open_a_new_file_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let tasks: Vec<_> = (1..=8)
            .map(|number| {
                let path = path.clone();
                tokio::spawn(async move {
                    let tenant = tenant(number, &format!("tenant {number}"));
                    open(&path).await.create_tenant(&tenant).await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(open(&path).await.list_tenants(&Page::all()).await.unwrap().len(), 8);
    }
}

#[tokio::test]
async fn many_processes_can_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let spawn = |number: u32| {
        let mut process = process("sqlite::opening::opens_and_creates_a_tenant");
        process.env("OPEN_PATH", &path).env("OPEN_NUMBER", number.to_string());
        process.spawn().unwrap()
    };
    let processes: Vec<_> = (1..=6).map(spawn).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(open(&path).await.list_tenants(&Page::all()).await.unwrap().len(), 6);
}

#[tokio::test]
#[ignore = "a part of `many_processes_can_open_a_new_file_at_once`, which runs it"]
async fn opens_and_creates_a_tenant() {
    let Some(path) = std::env::var_os("OPEN_PATH") else { return };
    let number: u128 = std::env::var("OPEN_NUMBER").unwrap().parse().unwrap();
    let store = open(Path::new(&path)).await;
    store.create_tenant(&tenant(number, &format!("tenant {number}"))).await.unwrap();
}
