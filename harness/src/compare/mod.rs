//! One call on all stores, and what differs.

pub(crate) mod call;
pub(crate) mod classify;
pub mod coverage;
pub mod diff;
pub mod finding;
pub mod linearize;
pub mod lockstep;
pub mod signature;
pub mod timing;
pub mod transitions;
