//! Servers: which one is had, that databases on it are apart, and that nothing is left of it.
//!
//! It takes a PostgreSQL and a MongoDB, and fails where none can be had, unless `PARITY_BACKENDS` leaves one
//! out.

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

use std::sync::{Arc, LazyLock};

use pangolin_parity::backend;
use pangolin_parity::server::{self, Engine, RunningServer, ServerSource, Settings};
use tokio::runtime::Runtime;

/// One runtime for all tests, as clients of servers belong to the runtime that made them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// How servers of one's own are started here: by Docker or by programs.
fn source() -> ServerSource {
    static SOURCE: LazyLock<ServerSource> =
        LazyLock::new(|| block_on(start(Engine::Postgres)).source());
    *SOURCE
}

/// Starts a server of one's own, as the environment asks.
async fn start(engine: Engine) -> Arc<RunningServer> {
    let asked = Settings::from_env(engine).unwrap();
    let only = asked.only.filter(|source| *source != ServerSource::Url);
    server::start(engine, &Settings { url: None, only, ..asked }).await.unwrap()
}

/// Whether `PARITY_BACKENDS` leaves out one of the servers: only then may it be absent.
fn is_left_out() -> bool {
    let names = backend::under_test();
    let is_wanted = |server| names.iter().any(|name| name.split('+').next() == Some(server));
    !(is_wanted("postgres") && is_wanted("mongo"))
}
