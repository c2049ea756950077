//! What a report on histories decides.

/// Whether promises were kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// They were, as far as was asked; what the ledger tolerates does not count.
    Kept,
    /// Nothing was shown: too little was run, or something could not be decided.
    Unproven,
    /// One was broken, or what was known to be broken is no longer seen.
    Broken,
}
