//! What calls do to one another: which sort of call was seen right after which.
//!
//! A behaviour is a pair of consecutive calls of a trace, each with its method and the sort of outcome
//! that it came to on the reference. How many there are, and whether there are still new ones, says how
//! much a campaign sees that it has not seen before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::contract::op::Method;
use crate::contract::outcome::Label;

/// A sort of call: its method, and what it came to. Written `delete_role not_found.role`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallSort {
    /// What was called.
    pub method: Method,
    /// What it came to.
    pub label: Label,
}

/// The behaviours that were seen, and how their number grew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Behaviours {
    followers: BTreeMap<CallSort, BTreeSet<CallSort>>,
    count: u64,
    growth: Vec<Point>,
    /// How many cases lie between two points at the least.
    spacing: u64,
}

/// How many behaviours had been seen at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// How many cases had been run.
    pub cases: u64,
    /// How many calls they were made of.
    pub operations: u64,
    /// How many behaviours they had shown.
    pub behaviours: u64,
}

/// How many points there are at the most; beyond, every other one is forgotten.
const POINTS: usize = 40;

impl Behaviours {
    /// How many were seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds those of a trace whose calls came to these, and returns the new ones.
    pub fn add_path(&mut self, path: &[CallSort]) -> Vec<[CallSort; 2]> {
        let mut new = Vec::new();
        for (&first, &second) in path.iter().zip(path.iter().skip(1)) {
            if self.followers.entry(first).or_default().insert(second) {
                new.push([first, second]);
            }
        }
        self.count += new.len() as u64;
        new
    }

    /// Adds those of another campaign. To the growth it adds where both together stand.
    pub(crate) fn merge(&mut self, other: Self, cases: u64, operations: u64) {
        for (sort, followers) in other.followers {
            self.followers.entry(sort).or_default().extend(followers);
        }
        self.count = self.followers.values().map(|followers| followers.len() as u64).sum();
        self.push(Point { cases, operations, behaviours: self.count });
    }

    /// Notes for the growth how many there are now.
    pub(crate) fn mark(&mut self, cases: u64, operations: u64) {
        let last = self.growth.last().map_or(0, |point| point.cases);
        if cases >= last + self.spacing.max(1) {
            self.push(Point { cases, operations, behaviours: self.count });
        }
    }

    fn push(&mut self, point: Point) {
        self.growth.push(point);
        if self.growth.len() > POINTS {
            let mut index = 0;
            self.growth.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing = point.cases.div_ceil(POINTS as u64 / 2);
        }
    }

    /// How their number grew, from early to late, at most some 40 points; the last is `cases` and
    /// `operations`, which is now.
    pub fn growth(&self, cases: u64, operations: u64) -> Vec<Point> {
        let mut growth = self.growth.clone();
        growth.pop_if(|last| last.cases >= cases);
        growth.push(Point { cases, operations, behaviours: self.count });
        growth
    }
}

impl fmt::Display for CallSort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.label)
    }
}

/// Text that names no sort of call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no sort of call; write METHOD OUTCOME, for instance delete_role not_found.role")]
pub struct NoCallSort(String);

impl FromStr for CallSort {
    type Err = NoCallSort;

    fn from_str(text: &str) -> Result<Self, NoCallSort> {
        let parts = text.split_once(' ').and_then(|(method, label)| {
            Some(Self { method: method.parse().ok()?, label: label.parse().ok()? })
        });
        parts.ok_or_else(|| NoCallSort(text.to_owned()))
    }
}

/// [`Behaviours`] as a report holds them: tens of thousands of pairs in a few kilobytes.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    /// All sorts of calls.
    sorts: Vec<String>,
    /// For each of them, which followed it: their indices in `sorts`, apart by spaces.
    followers: Vec<String>,
    growth: Vec<Point>,
    spacing: u64,
}

impl From<Behaviours> for Written {
    fn from(behaviours: Behaviours) -> Self {
        let Behaviours { followers, growth, spacing, .. } = behaviours;
        let sorts: BTreeSet<CallSort> = followers
            .iter()
            .flat_map(|(sort, after)| after.iter().chain([sort]))
            .copied()
            .collect();
        let index: BTreeMap<CallSort, String> = sorts
            .iter()
            .zip(0..)
            .map(|(sort, index): (_, usize)| (*sort, index.to_string()))
            .collect();
        let indices = |sort: &CallSort| {
            let after = followers.get(sort).into_iter().flatten();
            after.map(|after| &*index[after]).collect::<Vec<_>>().join(" ")
        };
        Self {
            sorts: sorts.iter().map(ToString::to_string).collect(),
            followers: sorts.iter().map(indices).collect(),
            growth,
            spacing,
        }
    }
}

impl TryFrom<Written> for Behaviours {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { sorts, followers, growth, spacing } = written;
        let sorts: Vec<CallSort> = sorts
            .iter()
            .map(|sort| sort.parse().map_err(|error: NoCallSort| error.to_string()))
            .collect::<Result<_, _>>()?;
        let at = |index: &str| {
            let sort = index.parse::<usize>().ok().and_then(|index| sorts.get(index));
            sort.copied().ok_or_else(|| format!("followers: there is no sort of call {index}"))
        };
        let mut behaviours = Self { growth, spacing, ..Self::default() };
        for (sort, after) in sorts.iter().zip(&followers) {
            let after: BTreeSet<CallSort> =
                after.split_whitespace().map(at).collect::<Result<_, _>>()?;
            behaviours.count += after.len() as u64;
            if !after.is_empty() {
                behaviours.followers.insert(*sort, after);
            }
        }
        Ok(behaviours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(sorts: &[&str]) -> Vec<CallSort> {
        sorts.iter().map(|sort| sort.parse().unwrap()).collect()
    }

    #[test]
    fn a_pair_is_new_once_and_its_order_matters() {
        let mut behaviours = Behaviours::default();
        let there_and_back = path(&["get_role ok", "list_roles empty", "get_role ok"]);
        assert_eq!(behaviours.add_path(&there_and_back).len(), 2);
        assert!(behaviours.add_path(&there_and_back).is_empty());
        assert_eq!(behaviours.count(), 2);
    }

    #[test]
    fn what_was_seen_comes_back_from_a_report() {
        let mut behaviours = Behaviours::default();
        behaviours.add_path(&path(&["get_role ok", "delete_role not_found.role", "get_role ok"]));
        behaviours.add_path(&path(&["commit conflict.stale", "get_role empty"]));
        behaviours.mark(16, 900);
        let text = serde_json::to_string(&behaviours).unwrap();
        assert_eq!(serde_json::from_str::<Behaviours>(&text).unwrap(), behaviours, "{text}");
    }

    #[test]
    fn the_growth_of_a_long_campaign_stays_short_and_covers_all_of_it() {
        let mut behaviours = Behaviours::default();
        for round in 1..=1_000 {
            behaviours.mark(round * 16, round * 1_000);
        }
        let growth = behaviours.growth(16_001, 1_000_060);
        assert!((20..=POINTS + 1).contains(&growth.len()), "{growth:?}");
        assert!(growth[0].cases <= 16_000 / 10, "{growth:?}");
        assert_eq!(growth.last().unwrap().cases, 16_001);
        assert!(growth.windows(2).all(|pair| pair[1].cases - pair[0].cases <= 16_000 / 8));
    }
}
