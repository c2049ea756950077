//! What only the PostgreSQL store promises: its URL, its schema, its connections, its statements.
//!
//! It needs a PostgreSQL, and fails where none can be had.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod postgres {
    mod fixture;

    mod clearing;
    mod concurrency;
    mod connections;
    mod errors;
    mod opening;
    mod options;
    mod round_trips;
}
