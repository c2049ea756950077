//! Feature areas, and the rows of the matrix that they make up.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use crate::contract::op::Method;

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

impl Feature {
    /// Its methods, in the contract's order.
    pub fn methods(self) -> impl Iterator<Item = Method> {
        Method::iter().filter(move |method| method.feature() == self)
    }

    /// The features whose rows its own are about, or show: calls of these lead it to new states.
    pub fn needs(self) -> &'static [Feature] {
        match self {
            Self::Tenants => &[],
            Self::Warehouses | Self::Federation | Self::Namespaces => &[Self::Catalogs],
            Self::Catalogs => &[Self::Warehouses, Self::Namespaces],
            Self::Assets => &[Self::Namespaces, Self::Branches],
            Self::Branches => &[Self::Assets, Self::Merges],
            Self::Tags => &[Self::Commits, Self::Branches],
            Self::Commits => &[Self::Assets, Self::Branches],
            Self::Merges => &[Self::Assets, Self::Branches, Self::Commits],
            Self::Users | Self::ServiceUsers | Self::Settings | Self::Audit => &[Self::Tenants],
            Self::Roles | Self::Permissions => &[Self::Users, Self::Roles],
            Self::Tokens => &[Self::Users],
            Self::BusinessMetadata => &[Self::Assets, Self::Branches],
            Self::Search => &[Self::Assets, Self::BusinessMetadata, Self::Branches],
            Self::AccessRequests => &[Self::Users, Self::Assets],
        }
    }
}

/// A row of the matrix: one or more feature areas under the name that the audit gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// As printed.
    pub title: &'static str,
    /// What it covers.
    pub features: &'static [Feature],
}

/// The rows: the nine of the audit, in its words and order, then what the contract adds.
pub const ROWS: &[Row] = &[
    Row {
        title: "Core Catalog (Tenants, Warehouses, Catalogs, Assets)",
        features: &[
            Feature::Tenants,
            Feature::Warehouses,
            Feature::Catalogs,
            Feature::Namespaces,
            Feature::Assets,
        ],
    },
    Row { title: "User Management", features: &[Feature::Users] },
    Row { title: "Role Management", features: &[Feature::Roles, Feature::Permissions] },
    Row { title: "Service Users", features: &[Feature::ServiceUsers] },
    Row { title: "System Settings", features: &[Feature::Settings] },
    Row { title: "Audit Logs (Schema)", features: &[Feature::Audit] },
    Row { title: "Token Management", features: &[Feature::Tokens] },
    Row { title: "Merge Operations (Conflicts, etc.)", features: &[Feature::Merges] },
    Row {
        title: "Business Metadata",
        features: &[Feature::BusinessMetadata, Feature::Search, Feature::AccessRequests],
    },
    Row {
        title: "Branches, Tags, Commits",
        features: &[Feature::Branches, Feature::Tags, Feature::Commits],
    },
    Row { title: "Federated Catalogs", features: &[Feature::Federation] },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_feature_is_in_exactly_one_row() {
        let in_rows: Vec<Feature> = ROWS.iter().flat_map(|row| row.features).copied().collect();
        let distinct: BTreeSet<Feature> = in_rows.iter().copied().collect();
        assert_eq!(in_rows.len(), distinct.len());
        assert_eq!(distinct, Feature::iter().collect());
    }
}
