//! What the stores cost over their bare drivers, and how that grows with what they hold.
//!
//! Every call is measured under the same name on every store ([`call`]), on the same rows ([`rows`],
//! [`scene`]), and beside it what the bare driver takes for the same row work ([`floor`]), so that each
//! figure is a ratio of one run. [`results`] are those of criterion; [`page`] and [`plot`] show them.

pub mod call;
pub mod floor;
pub mod lockstep;
pub mod page;
pub mod plot;
pub mod results;
pub mod rows;
pub mod runner;
pub mod scene;
pub mod subject;
pub mod wire;
