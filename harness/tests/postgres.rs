//! What only the PostgreSQL store promises: its URL, its schema, its connections, its statements.
//!
//! It takes a PostgreSQL, and fails where none can be had, unless `PARITY_BACKENDS` leaves it out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod postgres {
    mod fixture;

    mod clearing;
    mod concurrency;
    mod connections;
    mod errors;
    mod listings;
    mod opening;
    mod options;
    mod round_trips;
}
