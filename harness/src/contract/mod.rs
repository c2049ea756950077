//! The contract as the harness sees it.

pub mod feature;
pub mod intercept;
pub(crate) mod model;
pub mod op;
pub mod outcome;
pub(crate) mod readback;
pub(crate) mod redact;
pub(crate) mod world;
