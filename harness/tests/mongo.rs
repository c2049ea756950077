//! What only the MongoDB store promises: servers, schemas, copies inside the server, what errors show.
//!
//! It takes a MongoDB, and fails where none can be had, unless `PARITY_BACKENDS` leaves it out.
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
