//! The storage layer of the Pangolin lakehouse catalog.
//!
//! One contract, [`CatalogStore`], and stores that implement it exactly, so that switching from one to
//! another is a change of URL and loses nothing:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use pangolin_store::{Tenant, TenantId};
//!
//! let store = pangolin_store::open("memory:").await?;
//! let acme = Tenant {
//!     id: TenantId::new(uuid::Uuid::from_u128(1)),
//!     name: "acme".parse()?,
//!     properties: Default::default(),
//! };
//! store.create_tenant(&acme).await?;
//! assert_eq!(store.get_tenant(acme.id).await?, Some(acme));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! - [`store`] is the contract: a trait per feature area, with each rule at its method.
//! - [`types`] and [`model`] are its types: inputs that can only be built valid, and entities.
//! - [`memory`] is the reference model, [`sqlite`] keeps a catalog in one file, [`postgres`] in a
//!   PostgreSQL database, [`mongo`] in a MongoDB database. Each of the three is a Cargo feature of the
//!   same name, and all are on by default; without the feature, its driver is not compiled.
//! - [`merge`], [`commit`], [`search`] and [`permission`] are the pure logic that stores share.
//!
//! # Events
//!
//! The three persistent stores emit events through the facade `tracing`; the program chooses the
//! subscriber. Their target begins with `pangolin_store`. Every event has the field `store`:
//! `sqlite`, `postgres` or `mongo`. No event holds a user, a password, a bound value, a row, or text
//! of a driver or a server.
//!
//! | message | level | further fields | stores |
//! | --- | --- | --- | --- |
//! | `store opened` | info | `database`: the path, or `HOST:PORT/DATABASE`; `version`: of SQLite or of PostgreSQL, the wire version of MongoDB | all |
//! | `migration begun` | info | `from`, `to`: schema versions | all |
//! | `migration step applied` | info | `version`: the schema version that the step leads to | all |
//! | `failed, tried again` | debug | `tries`: how often it was tried; `cause`: SQLSTATE, MongoDB's code, or a fixed text | all |
//! | `failed many times, tried again` | warn | the same fields; it replaces the event above after the eighth try | all |
//! | `failed too often, given up` | warn | the same fields; the call fails, after 12 tries in PostgreSQL, after `call_timeout_ms` in MongoDB | PostgreSQL, MongoDB |
//! | `waited for a connection` | warn | `millis`; only when it was a second or longer | all; in SQLite, for a connection that reads |
//! | `no connection` | warn | `millis`: how long the call waited; `cause` | PostgreSQL, MongoDB |
//! | `connection closed` | warn | `cause`: its state is in doubt, or it no longer works | PostgreSQL, MongoDB |
//! | `slow call` | warn | `what`, `millis`; only for a second or longer, with all waits and retries | all; in SQLite, writes |
//! | `leftovers deleted` | info | `catalogs`, `branches`: how many of them, deleted or not finished, had left documents; only when there were some | MongoDB, when it is opened |
//!
//! `what` is the method, where a call writes in a transaction; otherwise the collection in MongoDB,
//! and in PostgreSQL the statement, in which every value is a placeholder. In SQLite and PostgreSQL the
//! steps of a migration are committed together, after their events: when that fails, so does the
//! opening. A connection's state is also in doubt when its call was cancelled. SQLite does not measure
//! reads, because a read of a few microseconds would take noticeably longer.

pub mod commit;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mongo"))]
mod events;
pub mod memory;
pub mod merge;
pub mod model;
#[cfg(feature = "mongo")]
pub mod mongo;
mod open;
mod page;
pub mod permission;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod search;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod store;
pub mod types;

pub use error::{ConflictReason, Entity, Invalid, Result, StoreError};
pub use memory::MemoryStore;
pub use model::*;
#[cfg(feature = "mongo")]
pub use mongo::MongoStore;
pub use open::open;
pub use page::Page;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use store::CatalogStore;
pub use types::*;
