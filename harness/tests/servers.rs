//! Servers: which one is chosen, that its databases are isolated, and that it leaves nothing behind.
//!
//! The tests need a PostgreSQL and a MongoDB, and fail where one is unavailable, unless `PARITY_BACKENDS` leaves
//! one out.

#![allow(clippy::unwrap_used)]

#[path = "servers/choice.rs"]
mod choice;
#[path = "servers/databases.rs"]
mod databases;
#[path = "servers/leftovers.rs"]
mod leftovers;
#[path = "mongo/mongod.rs"]
mod mongod;
#[path = "servers/pair.rs"]
mod pair;
#[path = "servers/power.rs"]
mod power;
#[path = "servers/replica_set.rs"]
mod replica_set;

use std::sync::{Arc, LazyLock};

use pangolin_parity::backend;
use pangolin_parity::server::{self, Engine, RunningServer, ServerSource, Settings};
use tokio::runtime::Runtime;

/// One runtime for all tests, because clients of servers belong to the runtime that created them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// How the servers of these tests are started: by Docker or by programs.
fn source() -> ServerSource {
    static SOURCE: LazyLock<ServerSource> =
        LazyLock::new(|| block_on(start(Engine::Postgres)).source());
    *SOURCE
}

/// Starts a separate server, as the environment asks.
async fn start(engine: Engine) -> Arc<RunningServer> {
    let asked = Settings::from_env(engine).unwrap();
    let only = asked.only.filter(|source| *source != ServerSource::Url);
    server::start(engine, &Settings { url: None, only, ..asked }).await.unwrap()
}

/// Whether the servers of these tests are no programs of this machine, or not wanted.
fn has_no_programs() -> bool {
    is_left_out() || source() != ServerSource::Local
}

/// Whether `PARITY_BACKENDS` leaves out one of the servers, which may then be absent.
fn is_left_out() -> bool {
    let names = backend::under_test();
    let is_wanted = |server| names.iter().any(|name| name.split('+').next() == Some(server));
    !(is_wanted("postgres") && is_wanted("mongo"))
}
