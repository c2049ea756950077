//! Planted faults that no single client can see: each is seen when calls overlap or are given up, and not before.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "contract/fixtures.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod fixtures;

mod concurrent_faults {
    mod scene;

    mod given_up;
    mod halves;
    mod one_client;
    mod reads;
    mod refusals;
    mod writes;
}
