//! The storage layer of the Pangolin lakehouse catalog.
//!
//! One contract, [`CatalogStore`], and stores that keep it to the letter, so that switching from
//! one to another is a change of URL and loses nothing:
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
//! - [`store`] holds the contract: a trait per feature area, each rule written at its method.
//! - [`types`] and [`model`] hold its vocabulary: inputs that can only be built valid, and entities.
//! - [`memory`] is the reference model, [`sqlite`] keeps a catalog in one file, [`postgres`] one in a
//!   PostgreSQL database, [`mongo`] one in a MongoDB database. Each of the three is a Cargo feature of
//!   its name, and all are on by default; without one, its driver is not compiled.
//! - [`merge`], [`commit`], [`search`] and [`permission`] are the pure logic that stores share.

pub mod commit;
mod error;
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
