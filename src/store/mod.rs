//! The contract: what every store does, as the caller sees it.
//!
//! One small trait per feature area; [`CatalogStore`] is all of them. No method has a default body, so
//! a store that lacks a feature does not compile. Where two stores could differ, the documentation of
//! the trait and of the method decides. These rules hold everywhere:
//!
//! - **A store invents nothing.** It never reads a clock and never generates an id: ids and times come
//!   from the caller, or are derived from the caller's. The same calls in the same order give the same
//!   results on every store, every time. Whatever depends on time takes `now`.
//! - **Invalid input cannot reach a store**: its types can only be built valid
//!   ([`types`](crate::types)).
//! - **Errors** are [`StoreError`](crate::StoreError), which also says which of several wins. Every
//!   method can fail with `Backend`; `# Errors` at a method lists all its other errors, and a method
//!   without that section has no others.
//! - **A read never fails because something does not exist.** A `get_*` returns `None`, a list is
//!   empty, a count is 0, also when a parent is missing.
//! - **Isolation.** Everything except tenants, user ids, usernames, OAuth identities and API-key hashes
//!   belongs to one tenant. An id or a name of another tenant does not exist for the call, and may be
//!   used again.
//! - **Order.** Every listing has one total order, given at its method; text, ids and names are ordered
//!   bytewise. [`Page`](crate::Page) says which rows of it are returned.
//! - **Atomicity.** Every call takes effect completely or not at all, also when the process, the
//!   connection or the server fails during the call. Calls on one store are linearizable. A write to a
//!   persistent store that was acknowledged survives a restart.

mod access_requests;
mod assets;
mod audit;
mod branches;
mod business_metadata;
mod catalogs;
mod commits;
mod federation;
mod merges;
mod namespaces;
mod permissions;
mod roles;
mod search;
mod service_users;
mod settings;
mod tags;
mod tenants;
mod tokens;
mod users;
mod warehouses;

pub use access_requests::AccessRequests;
pub use assets::Assets;
pub use audit::AuditLog;
pub use branches::Branches;
pub use business_metadata::BusinessMetadataStore;
pub use catalogs::Catalogs;
pub use commits::Commits;
pub use federation::Federation;
pub use merges::Merges;
pub use namespaces::Namespaces;
pub use permissions::Permissions;
pub use roles::Roles;
pub use search::Search;
pub use service_users::ServiceUsers;
pub use settings::SystemSettings;
pub use tags::Tags;
pub use tenants::Tenants;
pub use tokens::Tokens;
pub use users::Users;
pub use warehouses::Warehouses;

/// A store that implements the whole contract; object-safe.
pub trait CatalogStore:
    Tenants
    + Warehouses
    + Catalogs
    + Namespaces
    + Assets
    + Branches
    + Tags
    + Commits
    + Merges
    + Users
    + Roles
    + Permissions
    + ServiceUsers
    + Tokens
    + SystemSettings
    + AuditLog
    + BusinessMetadataStore
    + Search
    + AccessRequests
    + Federation
{
}

impl<S> CatalogStore for S where
    S: Tenants
        + Warehouses
        + Catalogs
        + Namespaces
        + Assets
        + Branches
        + Tags
        + Commits
        + Merges
        + Users
        + Roles
        + Permissions
        + ServiceUsers
        + Tokens
        + SystemSettings
        + AuditLog
        + BusinessMetadataStore
        + Search
        + AccessRequests
        + Federation
{
}
