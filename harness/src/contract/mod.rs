//! The contract as the harness sees it: its methods, calls and outcomes, and what each feature area means.

pub(crate) mod areas;
pub mod call_kind;
mod calls;
pub mod choice;
pub mod class;
pub(crate) mod draw;
pub mod feature;
pub mod intercept;
pub mod label;
pub mod method;
pub(crate) mod model;
pub mod op;
pub mod outcome;
pub(crate) mod redact;
pub mod reply;
mod table;
pub(crate) mod world;
