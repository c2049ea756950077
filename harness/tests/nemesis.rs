//! What breaks connections: that it strikes the message that it was told to, and nothing else.
//!
//! The tests need a PostgreSQL and a MongoDB, unless `PARITY_BACKENDS` leaves one out.

#![allow(clippy::unwrap_used)]

#[path = "nemesis/client.rs"]
mod client;
#[path = "nemesis/lines.rs"]
mod lines;
#[path = "nemesis/stores.rs"]
mod stores;
