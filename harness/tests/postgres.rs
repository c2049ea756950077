//! Promises of the PostgreSQL store alone: its URL, its schema, its connections, its statements.
//!
//! The tests need a PostgreSQL, and fail where none is available, unless `PARITY_BACKENDS` leaves it out.

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
    mod overtaken;
    mod round_trips;
    mod unanswered;
}
