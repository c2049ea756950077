//! Making a trace shorter while it still shows the same divergence.

pub(crate) mod minimise;
mod propose;
mod simplify;
pub mod strategy;
