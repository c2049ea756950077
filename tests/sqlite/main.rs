//! What only the SQLite store promises: files, processes, crashes.

#![allow(clippy::unwrap_used)] // a test that cannot go on fails

mod concurrency;
mod crash;
mod fixture;
mod opening;
mod options;
