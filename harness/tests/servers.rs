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
