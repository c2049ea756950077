//! Property-based parity fuzzing of catalog stores.

pub mod backend;
pub mod campaign;
pub mod compare;
pub mod contract;
pub mod fault;
pub mod generate;
pub mod report;
pub mod selftest;
pub mod server;
pub mod shrink;
pub mod trace;
