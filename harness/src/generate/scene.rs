//! Scenes: calls that get into each other's way when they are made at once.

use std::collections::BTreeSet;

use crate::contract::feature::Feature::{self, *};
use crate::contract::method::{Effect, Method};

/// Where several clients meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scene {
    /// In a few words.
    #[allow(dead_code, reason = "for the reader")]
    pub(super) title: &'static str,
    /// What the clients work on.
    features: &'static [Feature],
    /// What they also do: mostly, take that away.
    against: &'static [Method],
}

/// All scenes. Each write of the contract is in one.
pub(super) const SCENES: &[Scene] = &[
    Scene { title: "the same assets", features: &[Assets], against: &[Method::Commit] },
    Scene {
        title: "swaps and commits",
        features: &[Commits],
        against: &[Method::CommitMetadata, Method::DeleteAsset],
    },
    Scene {
        title: "namespaces and their assets",
        features: &[Namespaces],
        against: &[Method::CreateAsset, Method::RenameAsset, Method::DeleteAsset],
    },
    Scene {
        title: "copies against commits",
        features: &[Branches],
        against: &[
            Method::Commit,
            Method::CreateAsset,
            Method::DeleteAsset,
            Method::DeleteNamespace,
        ],
    },
    Scene {
        title: "merges of one target",
        features: &[Merges],
        against: &[
            Method::Commit,
            Method::DeleteBranch,
            Method::CreateBranch,
            Method::CreateAsset,
            Method::UpdateAsset,
            Method::DeleteAsset,
        ],
    },
    Scene {
        title: "tags and commits",
        features: &[Tags, Commits],
        against: &[Method::DeleteBranch],
    },
    Scene {
        title: "a catalog and all in it",
        features: &[Catalogs],
        against: &[
            Method::CreateNamespace,
            Method::SetNamespaceProperties,
            Method::CreateBranch,
            Method::CreateAsset,
            Method::Commit,
            Method::CreateTag,
            Method::BeginMerge,
        ],
    },
    Scene { title: "warehouses and catalogs", features: &[Warehouses, Catalogs], against: &[] },
    Scene {
        title: "a tenant and its places",
        features: &[Tenants],
        against: &[
            Method::CreateWarehouse,
            Method::CreateCatalog,
            Method::UpdateCatalog,
            Method::CreateNamespace,
            Method::UpdateSettings,
            Method::LogAuditEvent,
        ],
    },
    Scene {
        title: "a tenant and its people",
        features: &[Tenants],
        against: &[
            Method::CreateUser,
            Method::CreateRole,
            Method::DeleteRole,
            Method::AssignRole,
            Method::CreateServiceUser,
            Method::TouchServiceUser,
            Method::DeleteServiceUser,
            Method::StoreToken,
        ],
    },
    Scene { title: "users and their grants", features: &[Users, Roles, Permissions], against: &[] },
    Scene { title: "keys and their rotation", features: &[ServiceUsers], against: &[] },
    Scene {
        title: "tokens and their revocation",
        features: &[Tokens],
        against: &[Method::DeleteUser],
    },
    Scene { title: "settings and the audit log", features: &[Settings, Audit], against: &[] },
    Scene {
        title: "metadata and its asset",
        features: &[BusinessMetadata, AccessRequests, Search],
        against: &[Method::CreateAsset, Method::DeleteAsset, Method::DeleteBranch],
    },
    Scene {
        title: "a federated catalog",
        features: &[Federation],
        against: &[Method::CreateCatalog, Method::UpdateCatalog, Method::DeleteCatalog],
    },
];

impl Scene {
    /// Its methods, each as often as it is likely: what changes or takes away more often than what reads.
    pub(super) fn methods(&self) -> Vec<Method> {
        let of_features = self.features.iter().flat_map(|feature| feature.methods());
        let weighted = |method: Method| {
            let weight = match method.effect() {
                Effect::Read => 1,
                Effect::Create => 3,
                Effect::Change => 4,
            };
            std::iter::repeat_n(method, weight)
        };
        of_features.chain(self.against.iter().copied()).flat_map(weighted).collect()
    }

    /// Whether it is about one of the features; about any, when there are none.
    pub(super) fn is_about(&self, features: &BTreeSet<Feature>) -> bool {
        features.is_empty() || self.features.iter().any(|feature| features.contains(feature))
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_write_is_in_a_scene() {
        let drawn: Vec<Method> = SCENES.iter().flat_map(Scene::methods).collect();
        for method in Method::iter().filter(|method| !method.is_read()) {
            assert!(drawn.contains(&method), "{method}");
        }
    }
}
