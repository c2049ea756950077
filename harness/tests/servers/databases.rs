//! Temporary databases.

use std::sync::{Arc, LazyLock};

use mongodb::bson::doc;
use mongodb::{Client, Collection};
use nix::sys::signal::Signal;
use pangolin_parity::server::{self, Database, Engine, RunningServer, ServerSource, Settings};
use sqlx::{Connection, Executor, PgConnection};

use super::{block_on, is_left_out, leftovers};

/// The servers of this process; by URL, they are servers that are already running.
static POSTGRES: LazyLock<Arc<RunningServer>> =
    LazyLock::new(|| block_on(server::postgres()).unwrap());
static MONGO: LazyLock<Arc<RunningServer>> = LazyLock::new(|| block_on(server::mongo()).unwrap());

fn at_url(running: &RunningServer) -> Arc<RunningServer> {
    let engine = running.engine();
    let settings = Settings { url: Some(running.url().to_owned()), ..Settings::new(engine) };
    block_on(server::start(engine, &settings)).unwrap()
}

async fn postgres_names() -> Vec<String> {
    let mut connection = PgConnection::connect(POSTGRES.url()).await.unwrap();
    let names = sqlx::query_scalar("SELECT datname::text FROM pg_database");
    names.fetch_all(&mut connection).await.unwrap()
}

async fn mongo_names() -> Vec<String> {
    Client::with_uri_str(MONGO.url()).await.unwrap().list_database_names().await.unwrap()
}

async fn collection(database: &Database) -> Collection<mongodb::bson::Document> {
    let client = Client::with_uri_str(database.url()).await.unwrap();
    client.default_database().unwrap().collection("seen")
}

#[test]
fn a_server_is_started_once_and_says_what_it_is() {
    if is_left_out() {
        return;
    }
    let again = block_on(server::postgres()).unwrap();
    assert!(Arc::ptr_eq(&POSTGRES, &again));
    assert!(POSTGRES.version().starts_with(|letter: char| letter.is_ascii_digit()));
    assert!(MONGO.version().starts_with(|letter: char| letter.is_ascii_digit()));
    assert_eq!(at_url(&POSTGRES).source(), ServerSource::Url);
    assert_eq!(at_url(&MONGO).source(), ServerSource::Url);
}

#[test]
fn databases_of_postgres_are_isolated_and_dropped() {
    if is_left_out() {
        return;
    }
    block_on(async {
        let (one, other) = (POSTGRES.database().await.unwrap(), POSTGRES.database().await.unwrap());
        let mut in_one = PgConnection::connect(&one.url()).await.unwrap();
        let mut in_other = PgConnection::connect(&other.url()).await.unwrap();
        in_one.execute("CREATE TABLE seen ()").await.unwrap();
        assert!(in_other.execute("SELECT FROM seen").await.is_err());
        let names = [one.name().to_owned(), other.name().to_owned()];
        let before = postgres_names().await;
        assert!(names.iter().all(|name| before.contains(name)), "{before:?}");
        // Although a client is still connected.
        drop((one, other));
        let after = postgres_names().await;
        assert!(!names.iter().any(|name| after.contains(name)), "{after:?}");
        assert!(after.contains(&"postgres".to_owned()));
    });
}

#[test]
fn databases_of_mongodb_are_isolated_and_dropped() {
    if is_left_out() {
        return;
    }
    block_on(async {
        let (one, other) = (MONGO.database().await.unwrap(), MONGO.database().await.unwrap());
        collection(&one).await.insert_one(doc! { "in": "one" }).await.unwrap();
        assert_eq!(collection(&other).await.count_documents(doc! {}).await.unwrap(), 0);
        let name = one.name().to_owned();
        assert!(mongo_names().await.contains(&name));
        drop((one, other));
        assert!(!mongo_names().await.contains(&name));
    });
}

#[test]
fn a_database_can_be_dropped_outside_a_runtime() {
    if is_left_out() {
        return;
    }
    let database = block_on(POSTGRES.database()).unwrap();
    let name = database.name().to_owned();
    std::thread::spawn(move || drop(database)).join().unwrap();
    assert!(!block_on(postgres_names()).contains(&name));
}

#[test]
fn on_a_server_by_url_databases_in_use_are_dropped_on_a_signal() {
    if is_left_out() {
        return;
    }
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let started = leftovers::start_at_urls(POSTGRES.url(), MONGO.url());
        let mark = format!("_{}_", started.id());
        let is_there = || block_on(postgres_names()).iter().any(|name| name.contains(&mark));
        assert!(is_there());
        started.end_with(signal);
        assert!(!is_there());
    }
}

#[test]
fn on_a_server_by_url_databases_of_a_killed_process_are_dropped_by_the_next_one() {
    if is_left_out() {
        return;
    }
    let started = leftovers::start_at_urls(POSTGRES.url(), MONGO.url());
    let mark = format!("_{}_", started.id());
    let is_there = || block_on(postgres_names()).iter().any(|name| name.contains(&mark));
    started.end_with(Signal::SIGKILL);
    assert!(is_there());
    let mine = block_on(POSTGRES.database()).unwrap();
    let _next = at_url(&POSTGRES);
    assert!(!is_there());
    assert!(block_on(postgres_names()).contains(&mine.name().to_owned()));
}

#[test]
fn a_separate_server_ends_when_it_is_dropped() {
    if is_left_out() {
        return;
    }
    let running = block_on(super::start(Engine::Postgres));
    let url = running.url().to_owned();
    assert!(block_on(PgConnection::connect(&url)).is_ok());
    drop(running);
    assert!(block_on(PgConnection::connect(&url)).is_err());
}
