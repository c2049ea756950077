//! The ledger: divergences that are known and tolerated until a day.
//!
//! A JSON file: a list of `{"signature": …, "reason": …, "expires": "2027-01-31"}`. An entry tolerates
//! the one divergence of its signature through the day on which it expires. One that has expired, that
//! is no longer found although its feature ran, or that names more than one divergence, is a gap itself.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use pangolin_store::Timestamp;
use serde::{Deserialize, Serialize};

use crate::campaign::Results;
use crate::compare::signature::Signature;
use crate::contract::feature::Feature;

/// What is tolerated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Ledger(Vec<Entry>);

/// A divergence that is tolerated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Which one: `BACKEND/FEATURE/METHOD/CLASS/PATH`.
    pub signature: String,
    /// Why, for people.
    pub reason: String,
    /// The last day on which it is tolerated, in UTC.
    pub expires: Day,
}

/// A day, written `2027-01-31`. Days are ordered by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Day(String);

/// A ledger that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}", path = path.display())]
pub struct UnreadableLedger {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// What a ledger says about the results of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The divergences that were found and are tolerated.
    pub tolerated: Vec<Entry>,
    /// What is wrong with the ledger: a sentence each, with what would mend it.
    pub faults: Vec<String>,
}

impl Judgement {
    /// Whether a divergence is tolerated.
    pub fn tolerates(&self, signature: &Signature) -> bool {
        let signature = signature.to_string();
        self.tolerated.iter().any(|entry| entry.signature == signature)
    }
}

impl Ledger {
    /// Reads the ledger in a file; without the file there is nothing in it.
    ///
    /// # Errors
    /// [`UnreadableLedger`] says where it is broken.
    pub fn read(path: &Path) -> Result<Self, UnreadableLedger> {
        let unreadable = |reason: String| UnreadableLedger { path: path.to_owned(), reason };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
    }

    /// Whether it tolerates a divergence on a day.
    pub fn tolerates(&self, signature: &Signature, today: &Day) -> bool {
        let signature = signature.to_string();
        let is_sound = |entry: &Entry| !entry.reason.trim().is_empty() && entry.expires >= *today;
        self.0.iter().any(|entry| entry.signature == signature && is_sound(entry))
    }

    /// What it says about `results` on a day.
    pub fn judge(&self, results: &Results, today: &Day) -> Judgement {
        let found = results.divergences.iter().map(|divergence| &divergence.signature);
        let found = found.map(ToString::to_string).collect();
        self.judge_found(&found, today, |signature| {
            let of_histories = signature.parse().is_ok_and(|of: Signature| of.is_of_histories());
            let scope = scope(signature).filter(|_| !of_histories);
            scope.is_some_and(|(backend, feature)| has_run(results, backend, feature))
        })
    }

    /// What it says on a day about these signatures of breaches. Chance decides which a run finds, so none is
    /// stale because it was not found.
    pub fn judge_breaches<'s>(
        &self,
        found: impl Iterator<Item = &'s Signature>,
        today: &Day,
    ) -> Judgement {
        self.judge_found(&found.map(ToString::to_string).collect(), today, |_| false)
    }

    /// What it says about what was found; `is_due`: whether that would have been found if it were there.
    fn judge_found(
        &self,
        found: &BTreeSet<String>,
        today: &Day,
        is_due: impl Fn(&str) -> bool,
    ) -> Judgement {
        let mut judgement = Judgement::default();
        for (index, entry) in self.0.iter().enumerate() {
            let Entry { signature, reason, expires } = entry;
            let is_twice = self.0[..index].iter().any(|other| other.signature == *signature);
            let is_found = found.contains(signature);
            let fault = match scope(signature) {
                None => {
                    Some("is too wide: write BACKEND/FEATURE/METHOD/CLASS/PATH of one divergence")
                }
                Some(_) if is_twice => Some("is listed twice: remove one"),
                Some(_) if reason.trim().is_empty() => {
                    Some("has no reason: say why it is tolerated")
                }
                Some(_) if expires < today => {
                    Some("has expired: mend the store, or give a new reason and day")
                }
                Some(_) if !is_found && is_due(signature) => Some("is no longer found: remove it"),
                Some(_) => None,
            };
            match fault {
                Some(fault) => judgement.faults.push(format!("{signature} {fault}")),
                None if is_found => judgement.tolerated.push(entry.clone()),
                None => {}
            }
        }
        judgement
    }
}

/// Store and feature of a signature that names one divergence.
fn scope(signature: &str) -> Option<(&str, Feature)> {
    let mut parts = signature.splitn(5, '/');
    let (backend, feature) = (parts.next()?, parts.next()?.parse().ok()?);
    let rest: Vec<&str> = parts.collect();
    let is_whole = rest.len() == 3 && !rest.contains(&"") && !signature.contains('*');
    is_whole.then_some((backend, feature))
}

fn has_run(results: &Results, backend: &str, feature: Feature) -> bool {
    let store = results.stores.iter().find(|store| &*store.description.name == backend);
    store.is_some_and(|store| store.coverage.calls_of(feature) > 0)
}

impl Day {
    /// Today, in UTC.
    pub fn today() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        let now = Timestamp::from_micros(micros).unwrap_or(Timestamp::MAX).to_string();
        Self(now.chars().take("2027-01-31".len()).collect())
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(day: String) -> Result<Self, String> {
        match format!("{day}T00:00:00Z").parse::<Timestamp>() {
            Ok(_) => Ok(Self(day)),
            Err(_) => Err(format!("`{day}` is no day; write it like 2027-01-31")),
        }
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
