//! Branches: views of a catalog's assets that change independently.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{CommitId, Name, NamespacePath, SmallSet};

/// A branch of a catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// Unique in the catalog.
    pub name: Name,
    /// Its purpose.
    pub kind: BranchKind,
    /// The branch that it was created from; none for `main`. A record: that branch may have been deleted.
    pub parent: Option<Name>,
    /// The newest commit, if there is one.
    pub head: Option<CommitId>,
}

impl Branch {
    /// The name of the branch that every catalog has from the start and keeps.
    pub const MAIN: &str = "main";

    /// The branch that a new catalog has.
    pub fn main() -> Self {
        let name = Name::new(Self::MAIN).expect("`main` is a name");
        Self { name, kind: BranchKind::Main, parent: None, head: None }
    }
}

/// The purpose of a branch.
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
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BranchKind {
    /// The branch for readers; a catalog's first branch has this kind.
    Main,
    /// Changes that are to be merged into the parent.
    Ingest,
    /// Changes that never leave the branch.
    Experimental,
}

/// A branch to create from another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBranch {
    /// Unique in the catalog.
    pub name: Name,
    /// Its purpose.
    pub kind: BranchKind,
    /// The branch whose head and assets it copies.
    pub parent: Name,
    /// The namespaces whose assets are copied, each with all namespaces below it; `None` copies all
    /// assets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<SmallSet<NamespacePath>>,
}
