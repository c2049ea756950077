//! The vocabulary of the contract: what is valid comes back from JSON as it was, and what is not
//! cannot be built, neither by a constructor nor by deserialising.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod types {
    mod bounds;
    mod checks;
    mod entities;
    mod enums;
    mod inputs;
    mod json;
    mod options;
    mod paths;
    mod records;
    mod samples;
    mod secrets;
    mod times;
    mod unknown_fields;
}
