//! Property-based parity fuzzing of catalog stores.

pub mod backend;
pub mod campaign;
pub mod coverage;
pub mod diff;
pub mod entropy;
pub mod evidence;
pub mod fault;
pub mod feature;
pub mod generate;
pub mod intercept;
mod known;
pub mod ledger;
pub mod lockstep;
pub mod matrix;
mod observe;
pub mod op;
pub mod outcome;
mod redact;
pub mod regressions;
pub mod report;
mod shrink;
pub mod signature;
pub mod step;
pub mod strategy;
pub mod timing;
pub mod trace;
mod world;
