//! Names of entities.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use super::serde_text;
use crate::Invalid;

/// 1 to 255 bytes of UTF-8 without control characters, compared and ordered bytewise.
///
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Name(SmolStr);

impl Name {
    /// How many bytes a name may have at most.
    pub const MAX_BYTES: usize = 255;

    /// Checks and takes `name`.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty, longer than 255 bytes or holds a control character.
    pub fn new(name: impl AsRef<str>) -> Result<Self, Invalid> {
        let name = name.as_ref();
        if name.is_empty() || name.len() > Self::MAX_BYTES {
            let reason = format!("takes 1 to {} bytes, not {}", Self::MAX_BYTES, name.len());
            return Err(Invalid::new("name", reason));
        }
        if let Some(at) = name.find(char::is_control) {
            let reason = format!("holds a control character at byte {at}; take it out");
            return Err(Invalid::new("name", reason));
        }
        Ok(Self(SmolStr::new(name)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_text::read(deserializer)
    }
}

impl FromStr for Name {
    type Err = Invalid;

    fn from_str(name: &str) -> Result<Self, Invalid> {
        Self::new(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
