use std::error::Error;
use std::path::Path;

use pangolin_store::sqlite::SqliteOptions;
use pangolin_store::store::Tenants;
use pangolin_store::{Page, SqliteStore, StoreError};
use rusqlite::Connection;

use crate::fixture::{open, process, tenant};

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
        let mut process = process("opening::opens_and_creates_a_tenant");
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
