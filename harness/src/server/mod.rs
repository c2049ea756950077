//! Where a database server comes from: [`postgres`] and [`mongo`].
//!
//! The first of these that works is used:
//!
//! 1. a server that is already running, at `PARITY_POSTGRES_URL` or `PARITY_MONGO_URL`,
//! 2. a container, if a Docker daemon answers and has the image or can pull it
//!    (`PARITY_POSTGRES_IMAGE` and `PARITY_MONGO_IMAGE` replace the official images),
//! 3. programs on this machine: `initdb` and `postgres`, `mongod`.
//!
//! `PARITY_SERVERS=url|docker|local` asks for one of them. A URL that is set and does not answer is an
//! error, and nothing else is tried.
//!
//! Servers that are started by programs can be killed, frozen and started again: [`Power`] over a single one,
//! and [`ReplicaSet`] of three nodes of MongoDB.
//!
//! A server is started at most once in a process, and is shared. It is tuned for tests, unless [`start`] is
//! asked for a durable one. It listens on 127.0.0.1 only and leaves nothing behind: it ends with the
//! process, however that ends. On a server that was already running, the harness creates its own databases
//! and touches no others.

mod account;
mod container;
mod database;
mod engine;
mod folder;
mod local;
mod mongo;

mod owner;
mod pair;
mod postgres;
mod power;
mod process;
mod programs;
mod replica_set;
mod running_server;
mod runtime;
mod settings;
mod unavailable;
mod url;
mod watchdog;

use std::sync::Arc;

use tokio::sync::OnceCell;

pub use database::Database;
pub use engine::Engine;
pub use pair::{Pair, PairError};
pub use power::Power;
pub use programs::usual_folders;
pub use replica_set::{ReplicaSet, start_replica_set};
pub use running_server::{RunningServer, drop_databases, take_signals};
pub use settings::{Durability, ServerSource, Settings};
pub use unavailable::{ServerError, ServerUnavailable, Tried};
pub(crate) use url::{address as address_of, as_user as url_as, at_address as url_at};

type Shared = OnceCell<Result<Arc<RunningServer>, ServerUnavailable>>;

static POSTGRES: Shared = Shared::const_new();
static MONGO: Shared = Shared::const_new();

/// The PostgreSQL of this process. The first call starts it, if it has to be started.
///
/// # Errors
/// Everything that was tried, why it failed, and what would help. Later calls return the same error.
pub async fn postgres() -> Result<Arc<RunningServer>, ServerUnavailable> {
    shared(&POSTGRES, Engine::Postgres).await
}

/// The MongoDB of this process, a replica set. The first call starts it, if it has to be started.
///
/// # Errors
/// Everything that was tried, why it failed, and what would help. Later calls return the same error.
pub async fn mongo() -> Result<Arc<RunningServer>, ServerUnavailable> {
    shared(&MONGO, Engine::Mongo).await
}

async fn shared(
    server: &'static Shared,
    engine: Engine,
) -> Result<Arc<RunningServer>, ServerUnavailable> {
    let start = || async move { start(engine, &Settings::from_env(engine)?).await };
    server.get_or_init(start).await.clone()
}

/// A server that shares nothing with any other. It ends when its last clone is dropped.
///
/// # Errors
/// Everything that was tried, why it failed, and what would help.
pub async fn start(
    engine: Engine,
    settings: &Settings,
) -> Result<Arc<RunningServer>, ServerUnavailable> {
    let settings = settings.clone();
    let started = runtime::run(async move {
        let mut tried = Vec::new();
        for source in settings.sources() {
            let started = match source {
                ServerSource::Url => running_server::at_url(engine, &settings).await,
                ServerSource::Docker => container::start(engine, &settings).await,
                ServerSource::Local => local::start(engine, &settings).await,
            };
            match started {
                Ok(running) => return Ok(running),
                Err(why) => tried.push(Tried { source, why }),
            }
        }
        Err(ServerUnavailable::Tried { engine, tried })
    });
    started.await.unwrap_or_else(|error| Err(ServerUnavailable::Setting(error)))
}
