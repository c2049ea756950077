//! Paths of namespaces.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Invalid, Name};

/// 1 to 32 [`Name`]s, at most 1,024 bytes in all; ordered name by name, bytewise.
///
/// `[a.b]` and `[a, b]` are two paths. Serialised as an array of names. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Name>")]
pub struct NamespacePath(Arc<[Name]>);

impl NamespacePath {
    /// How many names a path may have at most.
    pub const MAX_NAMES: usize = 32;
    /// How many bytes the names of a path may have together at most.
    pub const MAX_BYTES: usize = 1024;
    /// U+001F, the unit separator: no name contains it, and it sorts before every character of a name.
    const SEPARATOR: char = '\u{1f}';

    /// Checks and takes `names`, outermost first.
    ///
    /// # Errors
    /// [`Invalid`] when there is none, when there are more than 32, or when they have more than 1,024
    /// bytes.
    pub fn new(names: impl Into<Arc<[Name]>>) -> Result<Self, Invalid> {
        let names = names.into();
        if names.is_empty() || names.len() > Self::MAX_NAMES {
            let reason = format!("takes 1 to {} names, not {}", Self::MAX_NAMES, names.len());
            return Err(Invalid::new("namespace", reason));
        }
        let bytes: usize = names.iter().map(|name| name.len()).sum();
        if bytes > Self::MAX_BYTES {
            let reason = format!("takes at most {} bytes in all, not {bytes}", Self::MAX_BYTES);
            return Err(Invalid::new("namespace", reason));
        }
        Ok(Self(names))
    }

    /// The names, outermost first.
    pub fn names(&self) -> &[Name] {
        &self.0
    }

    /// The namespace's own name: the last of the path.
    pub fn leaf(&self) -> &Name {
        self.0.last().expect("a path has at least one name: its constructor checks it")
    }

    /// The path without its last name; `None` at the top level.
    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.0.split_last()?;
        if parent.is_empty() {
            return None;
        }
        Some(Self(parent.into()))
    }

    /// Whether this is `other` or below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// One string per path, in the same order as the paths: the names joined by U+001F.
    ///
    /// Stores use it as the key of a path. The keys of the descendants of a path begin with its key and
    /// another U+001F.
    pub fn to_key(&self) -> String {
        let mut key = String::with_capacity(Self::MAX_BYTES.min(self.0.len() * 16));
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                key.push(Self::SEPARATOR);
            }
            key.push_str(name);
        }
        key
    }

    /// The path of a key that [`to_key`](Self::to_key) made.
    ///
    /// # Errors
    /// [`Invalid`] when `key` is not such a key.
    pub fn from_key(key: &str) -> Result<Self, Invalid> {
        let names = key.split(Self::SEPARATOR).map(Name::new).collect::<Result<Vec<_>, _>>()?;
        Self::new(names)
    }
}

impl TryFrom<Vec<Name>> for NamespacePath {
    type Error = Invalid;

    fn try_from(names: Vec<Name>) -> Result<Self, Invalid> {
        Self::new(names)
    }
}

/// Reads a path of one name.
impl FromStr for NamespacePath {
    type Err = Invalid;

    fn from_str(name: &str) -> Result<Self, Invalid> {
        Self::new([Name::new(name)?])
    }
}

impl fmt::Display for NamespacePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Debug for NamespacePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}
