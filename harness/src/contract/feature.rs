//! Feature areas.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// A feature area: one trait of the contract.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
    ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[value(rename_all = "snake_case")]
#[allow(missing_docs)] // named after the traits of the contract
pub enum Feature {
    Tenants,
    Warehouses,
    Catalogs,
    Namespaces,
    Assets,
    Branches,
    Tags,
    Commits,
    Merges,
    Users,
    Roles,
    Permissions,
    ServiceUsers,
    Tokens,
    Settings,
    Audit,
    BusinessMetadata,
    Search,
    AccessRequests,
    Federation,
}
