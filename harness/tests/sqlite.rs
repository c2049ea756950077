//! What only the SQLite store promises: files, processes, crashes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod sqlite {
    mod fixture;

    mod concurrency;
    mod crash;
    mod opening;
    mod options;
}
