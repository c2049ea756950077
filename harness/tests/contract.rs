//! The contract's rules, one example each. The same test runs on every store.
//!
//! The parity campaign tries each rule on many values; these tests make it readable.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract {
    mod checks;
    mod fixtures;
    mod scenes;
    mod snapshot;
    mod stores;

    mod access_requests;
    mod agreement;
    mod assets;
    mod audit;
    mod branches;
    mod business_metadata;
    mod catalogs;
    mod commits;
    mod concurrency;
    mod errors;
    mod federation;
    mod isolation;
    mod merge_completion;
    mod merge_conflicts;
    mod merge_races;
    mod merge_table;
    mod merges;
    mod metadata_lifetime;
    mod metadata_swaps;
    mod namespaces;
    mod paging;
    mod permissions;
    mod persistence;
    mod races;
    mod roles;
    mod search;
    mod search_names;
    mod search_pages;
    mod search_texts;
    mod service_users;
    mod settings;
    mod tags;
    mod tenants;
    mod tokens;
    mod users;
    mod values;
    mod warehouses;
}
