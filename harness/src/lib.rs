//! Property-based parity fuzzing of catalog stores.
//!
//! A room for each part of the pipeline, in its order; each uses only what is above it in this list:
//!
//! - [`contract`]: the methods, calls and outcomes of the contract, and what each feature area means here;
//! - [`trace`]: sequences of calls, as values and as text;
//! - [`generate`]: drawing traces;
//! - [`server`]: where database servers are from;
//! - [`nemesis`]: what breaks connections between stores and servers;
//! - [`fault`]: planted bugs;
//! - [`backend`]: where stores are from, and where a store of one's own plugs in;
//! - [`compare`]: the same call on all stores, and what differs;
//! - [`shrink`]: the shortest trace that shows a divergence;
//! - [`campaign`]: case upon case, and the matrix of their results;
//! - [`selftest`]: whether every fault is found;
//! - [`report`]: the results for people and for machines.

pub mod backend;
pub mod campaign;
pub mod compare;
pub mod contract;
pub mod fault;
pub mod generate;
pub mod nemesis;
pub mod report;
pub mod selftest;
pub mod server;
pub mod shrink;
pub mod torture;
pub mod trace;
