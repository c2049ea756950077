//! Promises of the MongoDB store alone: servers, schemas, copies inside the server, what errors show.
//!
//! The tests need a MongoDB, and fail where none is available, unless `PARITY_BACKENDS` leaves it out.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod mongo {
    mod clearing;
    mod copies;
    mod fixture;
    mod leftovers;
    mod mongod;
    mod opening;
    mod options;
    mod refusals;
    mod secrets;
    mod turns;
    mod unknown;
}
