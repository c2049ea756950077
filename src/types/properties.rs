//! Free-form string properties.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use super::{nul, serde_text};
use crate::{Invalid, Text};

/// The key of a property: 1 to 255 bytes of UTF-8 without U+0000.
///
/// Dots, dollars, spaces and any script are allowed. Ordered bytewise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PropertyKey(SmolStr);

impl PropertyKey {
    /// How many bytes a key may have at most.
    pub const MAX_BYTES: usize = 255;

    /// Checks and takes `key`.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty, longer than 255 bytes or holds U+0000.
    pub fn new(key: impl AsRef<str>) -> Result<Self, Invalid> {
        let key = key.as_ref();
        if key.is_empty() || key.len() > Self::MAX_BYTES {
            let reason = format!("takes 1 to {} bytes, not {}", Self::MAX_BYTES, key.len());
            return Err(Invalid::new("property key", reason));
        }
        if let Some(at) = nul(key) {
            let reason = format!("holds U+0000 at byte {at}; take it out");
            return Err(Invalid::new("property key", reason));
        }
        Ok(Self(SmolStr::new(key)))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PropertyKey {
    type Err = Invalid;

    fn from_str(key: &str) -> Result<Self, Invalid> {
        Self::new(key)
    }
}

impl<'de> Deserialize<'de> for PropertyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_text::read(deserializer)
    }
}

impl fmt::Debug for PropertyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// An ordered map from [`PropertyKey`] to [`Text`]: at most 1,024 entries, 256 KiB in all.
///
/// Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<PropertyKey, Text>")]
pub struct Properties(Arc<BTreeMap<PropertyKey, Text>>);

impl Properties {
    /// How many entries a map may have at most.
    pub const MAX_ENTRIES: usize = 1024;
    /// How many bytes keys and values may have together at most.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Checks and takes `entries`.
    ///
    /// # Errors
    /// [`Invalid`] when there are more than 1,024, or more than 256 KiB of keys and values.
    pub fn new(entries: BTreeMap<PropertyKey, Text>) -> Result<Self, Invalid> {
        if entries.len() > Self::MAX_ENTRIES {
            let reason =
                format!("takes at most {} entries, not {}", Self::MAX_ENTRIES, entries.len());
            return Err(Invalid::new("properties", reason));
        }
        let bytes: usize = entries.iter().map(|(key, value)| key.0.len() + value.len()).sum();
        if bytes > Self::MAX_BYTES {
            let reason = format!("takes at most {} bytes in all, not {bytes}", Self::MAX_BYTES);
            return Err(Invalid::new("properties", reason));
        }
        Ok(Self(Arc::new(entries)))
    }

    /// Checks and takes pairs of text; if a key occurs several times, its last value is kept.
    ///
    /// # Errors
    /// [`Invalid`] when a key, a value or the whole is out of bounds.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Invalid> {
        let entry = |(key, value)| Ok((PropertyKey::new(key)?, Text::new(value)?));
        Self::new(pairs.into_iter().map(entry).collect::<Result<_, Invalid>>()?)
    }

    /// The entries, by key.
    pub fn entries(&self) -> &BTreeMap<PropertyKey, Text> {
        &self.0
    }

    /// These properties with `changes` applied.
    ///
    /// # Errors
    /// [`Invalid`] when the result is out of bounds.
    pub fn changed(&self, changes: &PropertyChanges) -> Result<Self, Invalid> {
        let mut entries = (*self.0).clone();
        entries.retain(|key, _| !changes.remove.contains(key));
        entries.extend(changes.set.0.iter().map(|(key, value)| (key.clone(), value.clone())));
        Self::new(entries)
    }
}

impl TryFrom<BTreeMap<PropertyKey, Text>> for Properties {
    type Error = Invalid;

    fn try_from(entries: BTreeMap<PropertyKey, Text>) -> Result<Self, Invalid> {
        Self::new(entries)
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Entries to set and keys to remove, at once; no key is in both. A key to remove need not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedChanges")]
pub struct PropertyChanges {
    set: Properties,
    remove: BTreeSet<PropertyKey>,
}

impl PropertyChanges {
    /// Checks and takes the changes.
    ///
    /// # Errors
    /// [`Invalid`] when a key is both set and removed, or more than 1,024 are removed.
    pub fn new(set: Properties, remove: BTreeSet<PropertyKey>) -> Result<Self, Invalid> {
        if let Some(key) = remove.iter().find(|key| set.0.contains_key(key)) {
            let reason = format!("{key:?} is both set and removed; choose one");
            return Err(Invalid::new("remove", reason));
        }
        if remove.len() > Properties::MAX_ENTRIES {
            let reason =
                format!("takes at most {} keys, not {}", Properties::MAX_ENTRIES, remove.len());
            return Err(Invalid::new("remove", reason));
        }
        Ok(Self { set, remove })
    }

    /// The entries to set.
    pub fn set(&self) -> &Properties {
        &self.set
    }

    /// The keys to remove.
    pub fn remove(&self) -> &BTreeSet<PropertyKey> {
        &self.remove
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedChanges {
    #[serde(default)]
    set: Properties,
    #[serde(default)]
    remove: BTreeSet<PropertyKey>,
}

impl TryFrom<UncheckedChanges> for PropertyChanges {
    type Error = Invalid;

    fn try_from(unchecked: UncheckedChanges) -> Result<Self, Invalid> {
        Self::new(unchecked.set, unchecked.remove)
    }
}
