//! The cost of the stores over their bare drivers, and its growth with the size of the stores.
//!
//! Every call is measured under the same name on every store ([`call`]), on the same rows ([`rows`],
//! [`scene`]). The bare driver is measured in the same run, doing the same row work ([`floor`]), so that each
//! figure is a ratio within one run. [`results`] reads criterion's results, [`contention`] and
//! [`lockstep`] measure what criterion does not, [`page`] and [`plot`] show all of it.

pub mod call;
pub mod contention;
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
