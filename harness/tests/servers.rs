//! Servers: which one is had, that databases on it are apart, and that nothing is left of it.
//!
//! Everything here needs a PostgreSQL and a MongoDB, and fails where none can be had.

#![allow(clippy::unwrap_used)]

#[path = "servers/choice.rs"]
mod choice;
#[path = "servers/databases.rs"]
mod databases;
#[path = "servers/leftovers.rs"]
mod leftovers;
#[path = "servers/pair.rs"]
mod pair;

use std::sync::LazyLock;

use pangolin_parity::server::Way;
use tokio::runtime::Runtime;

/// One runtime for all tests, as clients of servers belong to the runtime that made them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// How the tests start servers of their own: by programs, unless `PARITY_SERVERS` says by Docker.
fn way() -> Way {
    let asked = std::env::var("PARITY_SERVERS").ok().and_then(|way| way.parse().ok());
    asked.filter(|way| *way == Way::Docker).unwrap_or(Way::Local)
}
