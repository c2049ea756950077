//! Secrets, which are stored and never shown.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::nul;
use crate::Invalid;

/// 1 to 4,096 bytes of UTF-8 without U+0000.
///
/// `Debug` hides it and there is no `Display`. Serialising exposes it: that is how a store keeps it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Secret(String);

impl Secret {
    /// How many bytes a secret may have at most.
    pub const MAX_BYTES: usize = 4096;

    /// Checks and takes `secret`.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty, longer than 4,096 bytes or contains U+0000. The error does not show it.
    pub fn new(secret: impl Into<String>) -> Result<Self, Invalid> {
        checked("secret", secret.into(), Self::MAX_BYTES).map(Self)
    }

    /// The secret itself. It must not be written to a log or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<Unchecked> for Secret {
    type Error = Invalid;

    fn try_from(unchecked: Unchecked) -> Result<Self, Invalid> {
        Self::new(unchecked.0)
    }
}

impl TryFrom<String> for Secret {
    type Error = Invalid;

    fn try_from(secret: String) -> Result<Self, Invalid> {
        Self::new(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The hash of an API key: a [`Secret`] of 1 to 255 bytes, so that an index can hold it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct ApiKeyHash(String);

impl ApiKeyHash {
    /// How many bytes a hash may have at most.
    pub const MAX_BYTES: usize = 255;

    /// Checks and takes `hash`.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty, longer than 255 bytes or contains U+0000. The error does not show it.
    pub fn new(hash: impl Into<String>) -> Result<Self, Invalid> {
        checked("api_key_hash", hash.into(), Self::MAX_BYTES).map(Self)
    }

    /// The hash itself. It must not be written to a log or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<Unchecked> for ApiKeyHash {
    type Error = Invalid;

    fn try_from(unchecked: Unchecked) -> Result<Self, Invalid> {
        Self::new(unchecked.0)
    }
}

impl TryFrom<String> for ApiKeyHash {
    type Error = Invalid;

    fn try_from(hash: String) -> Result<Self, Invalid> {
        Self::new(hash)
    }
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyHash(…)")
    }
}

/// A secret before its check. A value that is no string is refused without serde's own message, which
/// shows the value.
struct Unchecked(String);

impl<'de> Deserialize<'de> for Unchecked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer);
        text.map(Self).map_err(|_| D::Error::custom("`secret` takes a string"))
    }
}

fn checked(field: &'static str, secret: String, max: usize) -> Result<String, Invalid> {
    if secret.is_empty() || secret.len() > max {
        let reason = format!("takes 1 to {max} bytes, not {}", secret.len());
        return Err(Invalid::new(field, reason));
    }
    if nul(&secret).is_some() {
        return Err(Invalid::new(field, "holds U+0000; take it out"));
    }
    Ok(secret)
}
