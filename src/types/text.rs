//! Free text.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use super::{nul, serde_text};
use crate::Invalid;

/// At most 64 KiB of UTF-8 without U+0000; may be empty. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Text(SmolStr);

impl Text {
    /// How many bytes a text may have at most.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Checks and takes `text`.
    ///
    /// # Errors
    /// [`Invalid`] when it is longer than 64 KiB or holds U+0000.
    pub fn new(text: impl AsRef<str>) -> Result<Self, Invalid> {
        let text = text.as_ref();
        if text.len() > Self::MAX_BYTES {
            let reason = format!("takes at most {} bytes, not {}", Self::MAX_BYTES, text.len());
            return Err(Invalid::new("text", reason));
        }
        if let Some(at) = nul(text) {
            return Err(Invalid::new("text", format!("holds U+0000 at byte {at}; take it out")));
        }
        Ok(Self(SmolStr::new(text)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_text::read(deserializer)
    }
}

impl FromStr for Text {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
