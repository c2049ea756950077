//! Servers that are killed, frozen and started again.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mongodb::Client;
use mongodb::bson::{Document, doc};
use nix::sys::signal::Signal;
use pangolin_parity::server::{
    self, Durability, Engine, Power, RunningServer, ServerSource, Settings,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;

use super::leftovers::{self, port_of};
use super::{block_on, has_no_programs};

const ENGINES: [Engine; 2] = [Engine::Postgres, Engine::Mongo];

async fn start(engine: Engine) -> Arc<RunningServer> {
    let settings = Settings {
        only: Some(ServerSource::Local),
        durability: Durability::Full,
        ..Settings::new(engine)
    };
    server::start(engine, &settings).await.unwrap()
}

fn power(server: &RunningServer) -> &Power {
    server.power().unwrap()
}

/// Writes a number, and returns when the server has acknowledged it.
async fn write(server: &RunningServer, number: i32) -> Result<(), String> {
    match server.engine() {
        Engine::Postgres => {
            let connected = PgConnection::connect(server.url()).await;
            let mut connection = connected.map_err(|error| error.to_string())?;
            let write = format!(
                "CREATE TABLE IF NOT EXISTS numbers (number int); INSERT INTO numbers VALUES ({number})"
            );
            let ran = sqlx::raw_sql(AssertSqlSafe(write)).execute(&mut connection).await;
            ran.map(drop).map_err(|error| error.to_string())
        }
        Engine::Mongo => {
            let url = format!("{}&w=majority&journal=true", server.url());
            let client = Client::with_uri_str(url).await.unwrap();
            let numbers = client.database("test").collection("numbers");
            let ran = numbers.insert_one(doc! { "number": number }).await;
            ran.map(drop).map_err(|error| error.to_string())
        }
    }
}

async fn numbers(server: &RunningServer) -> Vec<i32> {
    match server.engine() {
        Engine::Postgres => {
            let mut connection = PgConnection::connect(server.url()).await.unwrap();
            let select = sqlx::query_scalar("SELECT number FROM numbers ORDER BY number");
            select.fetch_all(&mut connection).await.unwrap()
        }
        Engine::Mongo => {
            let client = Client::with_uri_str(server.url()).await.unwrap();
            let numbers = client.database("test").collection::<Document>("numbers");
            let mut found = numbers.find(doc! {}).sort(doc! { "number": 1 }).await.unwrap();
            let mut numbers = Vec::new();
            while found.advance().await.unwrap() {
                numbers.push(found.current().get_i32("number").unwrap());
            }
            numbers
        }
    }
}

#[test]
fn a_killed_server_comes_back_at_the_same_url_with_what_it_acknowledged() {
    if has_no_programs() {
        return;
    }
    for engine in ENGINES {
        block_on(async {
            let server = start(engine).await;
            for number in 1..=3 {
                write(&server, number).await.unwrap();
                power(&server).restart().await.unwrap();
            }
            assert_eq!(numbers(&server).await, [1, 2, 3]);
        });
    }
}

#[test]
fn a_killed_server_stays_down_until_it_is_told_to_start() {
    if has_no_programs() {
        return;
    }
    for engine in ENGINES {
        block_on(async {
            let server = start(engine).await;
            assert!(power(&server).start_again().await.is_err());
            write(&server, 1).await.unwrap();
            power(&server).kill().await.unwrap();
            power(&server).kill().await.unwrap();
            assert!(TcpStream::connect(server.address().unwrap()).is_err());
            assert!(power(&server).freeze().await.is_err());
            power(&server).start_again().await.unwrap();
            assert_eq!(numbers(&server).await, [1]);
        });
    }
}

#[test]
fn a_frozen_server_answers_after_the_thaw() {
    if has_no_programs() {
        return;
    }
    for engine in ENGINES {
        block_on(async {
            let server = start(engine).await;
            write(&server, 1).await.unwrap();
            power(&server).freeze().await.unwrap();
            let write = async { write(&server, 2).await };
            tokio::pin!(write);
            assert!(timeout(Duration::from_millis(300), &mut write).await.is_err());
            power(&server).thaw().unwrap();
            write.await.unwrap();
            assert_eq!(numbers(&server).await, [1, 2]);
        });
    }
}

#[test]
fn a_frozen_server_can_be_killed_and_ends_when_it_is_dropped() {
    if has_no_programs() {
        return;
    }
    for engine in ENGINES {
        block_on(async {
            let server = start(engine).await;
            write(&server, 1).await.unwrap();
            power(&server).freeze().await.unwrap();
            power(&server).restart().await.unwrap();
            assert_eq!(numbers(&server).await, [1]);
            power(&server).freeze().await.unwrap();
            let address = server.address().unwrap();
            drop(server);
            assert!(TcpStream::connect(address).is_err());
        });
    }
}

/// What the child does to its servers.
const DEED: &str = "PARITY_TEST_DEED";

/// Not a test by itself: the test below runs it as a child process.
#[test]
fn child() {
    let Ok(deed) = std::env::var(DEED) else { return };
    block_on(async {
        let servers = [start(Engine::Postgres).await, start(Engine::Mongo).await];
        for server in &servers {
            match deed.as_str() {
                "freeze" => power(server).freeze().await.unwrap(),
                "kill" => power(server).kill().await.unwrap(),
                "restart" => power(server).restart().await.unwrap(),
                other => panic!("{other}"),
            }
            println!("\nurl {}", server.url());
        }
        std::future::pending().await
    })
}

/// The identifiers of the segments of shared memory that no process uses.
fn unused_memory() -> BTreeSet<String> {
    let segments = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    let fields = segments.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let unused = fields.filter(|fields| fields.get(6) == Some(&"0"));
    unused.map(|fields| fields[1].to_owned()).collect()
}

#[test]
fn nothing_is_left_of_servers_that_are_frozen_killed_or_started_again_when_their_owner_is_killed() {
    if has_no_programs() {
        return;
    }
    for deed in ["freeze", "kill", "restart"] {
        let before = unused_memory();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "power::child", "--nocapture"])
            .env(DEED, deed)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = leftovers::start(child);
        started.signal(Signal::SIGKILL);
        started.assert_nothing_is_left();
        // Other tests kill servers, too, and start them again.
        let deadline = Instant::now() + Duration::from_secs(20);
        while !unused_memory().is_subset(&before) {
            assert!(Instant::now() < deadline, "shared memory is left after {deed}");
            sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn there_is_no_power_over_a_server_that_was_already_running() {
    if has_no_programs() {
        return;
    }
    block_on(async {
        let server = start(Engine::Postgres).await;
        let url = Some(server.url().to_owned());
        let settings = Settings { url, ..Settings::new(Engine::Postgres) };
        let same = server::start(Engine::Postgres, &settings).await.unwrap();
        assert_eq!(port_of(same.url()), port_of(server.url()));
        assert!(same.power().is_none());
    });
}
