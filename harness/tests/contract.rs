//! The contract's rules, one example each, run against every store through one body.
//!
//! What a rule says of several values, the parity campaign tries on many; here it can be read.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract {
    mod checks;
    mod fixtures;
    mod scenes;
    mod snapshot;
    mod stores;

    mod assets;
    mod branches;
    mod catalogs;
    mod commits;
    mod namespaces;
    mod tags;
    mod tenants;
    mod warehouses;
}
