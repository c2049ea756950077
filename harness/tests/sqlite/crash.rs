//! A write that was acknowledged is there, whole, after the process was killed. A write that was not is there
//! whole, or not at all.

use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroU32;
use std::path::Path;

use pangolin_store::store::{Assets, Branches, Commits, Users};
use pangolin_store::{
    Commit, CommitId, CommitOperation, HistoryStart, NewCommit, Operations, SqliteStore, Timestamp,
    User, UserId, UserRole,
};
use rusqlite::Connection;
use uuid::Uuid;

use super::fixture::{TENANT, asset, furnish, main_branch, name, open, process, text};

const ASSETS_PER_COMMIT: u128 = 3;

fn assets_of(number: u128) -> impl Iterator<Item = pangolin_store::Asset> {
    (0..ASSETS_PER_COMMIT).map(move |which| asset(number * ASSETS_PER_COMMIT + which))
}

fn commit_id(number: u128) -> CommitId {
    CommitId::new(Uuid::from_u128(number))
}

/// The commit of that number, whose parent is the commit before it. The first number is 1.
fn commit(number: u128) -> NewCommit {
    let operations: Vec<_> =
        assets_of(number).map(|asset| CommitOperation::Put { asset }).collect();
    NewCommit {
        id: commit_id(number),
        parent: (number > 1).then(|| commit_id(number - 1)),
        author: text("nobody"),
        message: text("a commit"),
        at: Timestamp::EPOCH,
        operations: Operations::new(operations).unwrap(),
    }
}

fn user(number: u128) -> User {
    User {
        id: UserId::new(Uuid::from_u128(number)),
        tenant: Some(TENANT),
        username: name(&format!("user {number}")),
        email: text("nobody@example.com"),
        password_hash: None,
        oauth: None,
        role: UserRole::TenantUser,
        active: true,
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
        last_login: None,
    }
}

fn acknowledge(what: &str, number: u128) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "acknowledged {what} {number}").unwrap();
    out.flush().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "a part of `what_was_acknowledged_survives_a_kill`, which runs it and kills it"]
async fn writes_until_it_is_killed() {
    let Some(path) = std::env::var_os("CRASH_PATH") else { return };
    let number = |of: &str| std::env::var(of).unwrap().parse::<u128>().unwrap();
    let (first, run) = (number("CRASH_FIRST"), number("CRASH_RUN"));
    let store = open(Path::new(&path)).await;
    for writer in 0..4 {
        let store = store.clone();
        tokio::spawn(async move {
            // Users that were not acknowledged may be stored, too: no other run uses these numbers.
            for number in (0..).map(|number| run * 1_000_000 + number * 4 + writer) {
                store.create_user(&user(number)).await.unwrap();
                acknowledge("user", number);
            }
        });
    }
    for number in first.. {
        store.commit(TENANT, &main_branch(), &commit(number)).await.unwrap();
        acknowledge("commit", number);
    }
}

/// Starts a process that writes from the number `first` on, kills it after that many acknowledgements, and
/// returns all that it has acknowledged.
fn write_and_kill(path: &Path, first: u128, after: usize) -> Vec<(String, u128)> {
    let mut process = process("sqlite::crash::writes_until_it_is_killed");
    process.env("CRASH_PATH", path).env("CRASH_FIRST", first.to_string());
    process.env("CRASH_RUN", after.to_string());
    let mut process = process.spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        let Some(["acknowledged", what, number]) = words.last_chunk() else { continue };
        acknowledged.push((what.to_string(), number.parse().unwrap()));
        // Lines that it wrote before its death are read as well.
        if acknowledged.len() == after {
            process.kill().unwrap();
        }
    }
    assert!(!process.wait().unwrap().success(), "it was to be killed");
    assert!(acknowledged.len() >= after, "it died before it was killed");
    acknowledged
}

/// Checks that the commits are there without a gap, each of them whole, and returns how many there are.
async fn whole_commits(store: &SqliteStore) -> u128 {
    let from = HistoryStart::Branch(name("main"));
    let lake = name("lake");
    let history = store.commit_history(TENANT, &lake, &from, NonZeroU32::MAX).await.unwrap();
    let count = history.len() as u128;
    let expected: Vec<Commit> = (1..=count).rev().map(|number| commit(number).into()).collect();
    assert_eq!(history, expected);
    for number in 1..=count {
        for asset in assets_of(number) {
            let found = store.get_asset_by_id(TENANT, &main_branch(), asset.id).await.unwrap();
            assert_eq!(found, Some(asset));
        }
    }
    assert_eq!(u128::from(store.count_assets(TENANT).await.unwrap()), count * ASSETS_PER_COMMIT);
    let main = store.get_branch(TENANT, &lake, &name("main")).await.unwrap().unwrap();
    assert_eq!(main.head, (count > 0).then(|| commit_id(count)));
    assert_eq!(store.get_commit(TENANT, &lake, commit_id(count + 1)).await.unwrap(), None);
    count
}

fn check_integrity(path: &Path) {
    let file = Connection::open(path).unwrap();
    let integrity: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    assert!(!file.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap());
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    furnish(&open(&path).await).await;
    let mut first = 1;
    for after in [1, 10, 100, 400] {
        let acknowledged = write_and_kill(&path, first, after);
        let store = open(&path).await;
        let commits = whole_commits(&store).await;
        for (what, number) in acknowledged {
            match what.as_str() {
                "commit" => assert!(number <= commits, "commit {number} is lost"),
                _ => assert_eq!(store.get_user(user(number).id).await.unwrap(), Some(user(number))),
            }
        }
        drop(store);
        check_integrity(&path);
        first = commits + 1;
    }
}
