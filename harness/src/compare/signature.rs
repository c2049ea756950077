//! Signatures: what makes two divergences the same one.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::contract::class::Class;
use crate::contract::feature::Feature;
use crate::contract::method::Method;

/// The identity of a divergence: which store, which method of which feature, which class, where. Written
/// `sqlite/service_users/get_service_user/outdated/description`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signature {
    /// The store that is off.
    pub backend: Arc<str>,
    /// The feature area that is to blame.
    pub feature: Feature,
    /// The method that is to blame.
    pub method: Method,
    /// Its class.
    pub class: Class,
    /// Where it differs; [`Signature::STATE`] when not the answer of `method` differs, but the state that
    /// it leaves.
    pub path: String,
}

impl Signature {
    /// The path of a divergence that any number of reads may show.
    pub const STATE: &str = "state";

    /// Whether a concurrent history showed it, and no trace: by its class, or because its path names more than the
    /// panic or the hang.
    pub fn is_of_histories(&self) -> bool {
        let is_end = matches!(self.class, Class::Panic | Class::Hang);
        self.class.is_of_histories() || is_end && self.path != self.class.to_string()
    }

    /// The name of a file about it, without folder and ending: `sqlite-get_service_user-outdated`.
    pub fn file_stem(&self) -> String {
        let Self { backend, method, class, .. } = self;
        format!("{backend}-{method}-{class}")
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, feature, method, class, path } = self;
        write!(f, "{backend}/{feature}/{method}/{class}/{path}")
    }
}

/// Text that is not the signature of a divergence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no divergence; write BACKEND/FEATURE/METHOD/CLASS/PATH")]
pub struct ParseSignatureError(String);

impl FromStr for Signature {
    type Err = ParseSignatureError;

    fn from_str(text: &str) -> Result<Self, ParseSignatureError> {
        let parse = || {
            let mut parts = text.splitn(5, '/');
            Some(Self {
                backend: parts.next()?.into(),
                feature: parts.next()?.parse().ok()?,
                method: parts.next()?.parse().ok()?,
                class: parts.next()?.parse().ok()?,
                path: parts.next()?.to_owned(),
            })
        };
        parse().ok_or_else(|| ParseSignatureError(text.to_owned()))
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> Self {
        signature.to_string()
    }
}

impl TryFrom<String> for Signature {
    type Error = ParseSignatureError;

    fn try_from(text: String) -> Result<Self, ParseSignatureError> {
        text.parse()
    }
}
