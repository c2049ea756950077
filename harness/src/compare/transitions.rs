//! Transitions: which kind of call was seen right after which.
//!
//! A transition is a pair of consecutive calls of a trace, each with its method and the kind of outcome that it
//! had on the reference. Their number, and whether it still grows, says how much a campaign sees that it has not
//! seen before. Reports call them behaviours.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contract::call_kind::{CallKind, ParseCallKindError};

/// The transitions that were seen, and how their number grew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Transitions {
    followers: BTreeMap<CallKind, BTreeSet<CallKind>>,
    count: u64,
    growth: Vec<Point>,
    /// How many cases lie between two points at the least.
    spacing: u64,
}

/// How many transitions had been seen at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// How many cases had been run.
    pub cases: u64,
    /// How many calls they were made of.
    pub operations: u64,
    /// How many transitions they had shown.
    #[serde(rename = "behaviours")]
    pub transitions: u64,
}

/// How many points the growth has at the most; when there are more, every other one is dropped.
const POINTS: usize = 40;

impl Transitions {
    /// How many were seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds those of a trace whose calls were of these kinds, and returns the new ones.
    pub fn add_path(&mut self, path: &[CallKind]) -> Vec<[CallKind; 2]> {
        let mut new = Vec::new();
        for (&first, &second) in path.iter().zip(path.iter().skip(1)) {
            if self.followers.entry(first).or_default().insert(second) {
                new.push([first, second]);
            }
        }
        self.count += new.len() as u64;
        new
    }

    /// Adds those of another campaign, and to the growth a point for both together.
    pub(crate) fn merge(&mut self, other: Self, cases: u64, operations: u64) {
        for (kind, followers) in other.followers {
            self.followers.entry(kind).or_default().extend(followers);
        }
        self.count = self.followers.values().map(|followers| followers.len() as u64).sum();
        self.push(Point { cases, operations, transitions: self.count });
    }

    /// Adds a point to the growth, unless the last one is recent.
    pub(crate) fn mark(&mut self, cases: u64, operations: u64) {
        let last = self.growth.last().map_or(0, |point| point.cases);
        if cases >= last + self.spacing.max(1) {
            self.push(Point { cases, operations, transitions: self.count });
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

    /// How their number grew, from early to late, in about 40 points at the most; the last one is now, at
    /// `cases` and `operations`.
    pub fn growth(&self, cases: u64, operations: u64) -> Vec<Point> {
        let mut growth = self.growth.clone();
        growth.pop_if(|last| last.cases >= cases);
        growth.push(Point { cases, operations, transitions: self.count });
        growth
    }
}

/// [`Transitions`] as a report holds them: tens of thousands of pairs in a few kilobytes.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    /// All kinds of calls.
    #[serde(rename = "sorts")]
    kinds: Vec<String>,
    /// For each of them, which followed it: their indices in `kinds`, separated by spaces.
    followers: Vec<String>,
    growth: Vec<Point>,
    spacing: u64,
}

impl From<Transitions> for Written {
    fn from(transitions: Transitions) -> Self {
        let Transitions { followers, growth, spacing, .. } = transitions;
        let kinds: BTreeSet<CallKind> = followers
            .iter()
            .flat_map(|(kind, after)| after.iter().chain([kind]))
            .copied()
            .collect();
        let index: BTreeMap<CallKind, String> = kinds
            .iter()
            .zip(0..)
            .map(|(kind, index): (_, usize)| (*kind, index.to_string()))
            .collect();
        let indices = |kind: &CallKind| {
            let after = followers.get(kind).into_iter().flatten();
            after.map(|after| &*index[after]).collect::<Vec<_>>().join(" ")
        };
        Self {
            kinds: kinds.iter().map(ToString::to_string).collect(),
            followers: kinds.iter().map(indices).collect(),
            growth,
            spacing,
        }
    }
}

impl TryFrom<Written> for Transitions {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { kinds, followers, growth, spacing } = written;
        let kinds: Vec<CallKind> = kinds
            .iter()
            .map(|kind| kind.parse().map_err(|error: ParseCallKindError| error.to_string()))
            .collect::<Result<_, _>>()?;
        let at = |index: &str| {
            let kind = index.parse::<usize>().ok().and_then(|index| kinds.get(index));
            kind.copied().ok_or_else(|| format!("followers: there is no kind of call {index}"))
        };
        let mut transitions = Self { growth, spacing, ..Self::default() };
        for (kind, after) in kinds.iter().zip(&followers) {
            let after: BTreeSet<CallKind> =
                after.split_whitespace().map(at).collect::<Result<_, _>>()?;
            transitions.count += after.len() as u64;
            if !after.is_empty() {
                transitions.followers.insert(*kind, after);
            }
        }
        Ok(transitions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(kinds: &[&str]) -> Vec<CallKind> {
        kinds.iter().map(|kind| kind.parse().unwrap()).collect()
    }

    #[test]
    fn a_pair_is_new_once_and_its_order_matters() {
        let mut transitions = Transitions::default();
        let there_and_back = path(&["get_role ok", "list_roles empty", "get_role ok"]);
        assert_eq!(transitions.add_path(&there_and_back).len(), 2);
        assert!(transitions.add_path(&there_and_back).is_empty());
        assert_eq!(transitions.count(), 2);
    }

    #[test]
    fn what_was_seen_comes_back_from_a_report() {
        let mut transitions = Transitions::default();
        transitions.add_path(&path(&["get_role ok", "delete_role not_found.role", "get_role ok"]));
        transitions.add_path(&path(&["commit conflict.stale", "get_role empty"]));
        transitions.mark(16, 900);
        let text = serde_json::to_string(&transitions).unwrap();
        assert_eq!(serde_json::from_str::<Transitions>(&text).unwrap(), transitions, "{text}");
    }

    #[test]
    fn the_growth_of_a_long_campaign_stays_short_and_covers_all_of_it() {
        let mut transitions = Transitions::default();
        for round in 1..=1_000 {
            transitions.mark(round * 16, round * 1_000);
        }
        let growth = transitions.growth(16_001, 1_000_060);
        assert!((20..=POINTS + 1).contains(&growth.len()), "{growth:?}");
        assert!(growth[0].cases <= 16_000 / 10, "{growth:?}");
        assert_eq!(growth.last().unwrap().cases, 16_001);
        assert!(growth.windows(2).all(|pair| pair[1].cases - pair[0].cases <= 16_000 / 8));
    }
}
