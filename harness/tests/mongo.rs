//! What only the MongoDB store promises: servers, schemas, copies inside the server, what errors show.
//!
//! On the server that the harness has; where there is none, every test fails.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod mongo {
    mod clearing;
    mod copies;
    mod fixture;
    mod leftovers;
    mod mongod;
    mod opening;
    mod options;
    mod secrets;
}
