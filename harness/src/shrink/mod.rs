//! Making a trace shorter while it still shows the same.

pub(crate) mod minimise;
pub(crate) mod propose;
pub mod strategy;
