//! A share of a campaign's cases, so that several machines run one campaign.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of N disjoint shares of a campaign's cases: every N-th case, from its own number on. Written `I/N`, from
/// `1/N` to `N/N`; all of them together are the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// Which one; the first is 0.
    index: u64,
    /// How many there are, at least 1.
    of: u64,
}

impl Shard {
    /// The only shard of a campaign that is not split.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// How many shards there are.
    pub fn of(self) -> u64 {
        self.of
    }

    /// The number in the campaign of the shard's case number `ordinal`; both count from 0.
    pub fn case(self, ordinal: u64) -> u64 {
        ordinal.saturating_mul(self.of).saturating_add(self.index)
    }

    /// How many of the campaign's first `cases` are its own.
    pub fn share(self, cases: u64) -> u64 {
        cases.saturating_sub(self.index).div_ceil(self.of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

/// Text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shard; write I/N with I from 1 to N, for instance 1/4")]
pub struct ParseShardError(String);

impl FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Self, ParseShardError> {
        let numbers = text.split_once('/').and_then(|(number, of)| {
            let number: u64 = number.parse().ok()?;
            Some((number.checked_sub(1)?, of.parse().ok()?))
        });
        match numbers {
            Some((index, of)) if index < of => Ok(Self { index, of }),
            _ => Err(ParseShardError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Shard {
    type Error = ParseShardError;

    fn try_from(text: String) -> Result<Self, ParseShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_disjoint_and_together_the_whole() {
        for of in 1..=5 {
            for cases in [0, 1, 7, 32, 33] {
                let mut all: Vec<u64> = (1..=of)
                    .map(|number| format!("{number}/{of}").parse::<Shard>().unwrap())
                    .flat_map(|shard| {
                        (0..shard.share(cases)).map(move |ordinal| shard.case(ordinal))
                    })
                    .collect();
                all.sort_unstable();
                assert_eq!(all, (0..cases).collect::<Vec<_>>(), "{of} shards of {cases} cases");
            }
        }
    }

    #[test]
    fn what_is_no_shard_is_refused_and_what_is_comes_back_as_written() {
        for text in ["", "1", "0/4", "5/4", "1/0", "a/b", "-1/4", "1/2/3"] {
            assert_eq!(text.parse::<Shard>(), Err(ParseShardError(text.to_owned())));
        }
        assert_eq!("4/4".parse::<Shard>().unwrap().to_string(), "4/4");
    }
}
