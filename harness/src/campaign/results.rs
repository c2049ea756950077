//! The results of a campaign, with all that is needed to resume it or to merge it with other shards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

use super::shard::Shard;
use crate::backend::Description;
use crate::compare::classify::Hindsight;
use crate::compare::coverage::Coverage;
use crate::compare::diff::Difference;
use crate::compare::signature::Signature;
use crate::compare::timing::Timing;
use crate::compare::transitions::Transitions;
use crate::contract::feature::Feature;
use crate::contract::method::Method;
use crate::generate::bias::Bias;
use crate::trace::Trace;

/// The results of a campaign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// The seed.
    pub seed: u64,
    /// The features whose methods were drawn; empty: all.
    pub features: BTreeSet<Feature>,
    /// Which shards of the campaign were run.
    pub shards: Vec<Shard>,
    /// The stores, the reference first.
    pub stores: Vec<StoreRun>,
    /// What differed, by signature.
    #[serde(skip)]
    pub divergences: Vec<Divergence>,
    /// How many cases were run.
    pub cases: u64,
    /// How many calls the cases had; the reads that the harness adds are not counted.
    pub operations: u64,
    /// How often the stores were closed and opened again within a case.
    pub restarts: u64,
    /// How long it took; what several shards took is added up.
    pub elapsed: Duration,
    /// Which calls were seen right after which.
    #[serde(rename = "behaviours")]
    pub transitions: Transitions,
    /// The number in its shard of the next case.
    pub(crate) next: u64,
    pub(crate) bias: Bias,
    /// Which divergence a finding is one of, by its signature at first sight.
    pub(crate) known: BTreeMap<Signature, Signature>,
    /// The divergences as they were found.
    pub(crate) found: BTreeMap<Signature, Divergence>,
}

/// What was done with one store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreRun {
    /// What it is.
    pub description: Description,
    /// The calls that were made on it.
    pub coverage: Coverage,
    /// How many calls of each feature had been made when one last had a new outcome.
    pub last_new: BTreeMap<Feature, u64>,
    /// How long it took.
    pub timing: Timing,
}

/// A divergence, with the shortest trace that shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Divergence {
    /// What makes it this one.
    pub signature: Signature,
    /// In how many cases it was found.
    pub count: u64,
    /// In which case it was found first; cases count from 1.
    pub case: u64,
    /// After how many calls of the campaign that was.
    pub operations: u64,
    /// The calls that show it; the last one differs.
    pub trace: Trace,
    /// What differs.
    pub difference: Difference,
}

/// Results that are not of one campaign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Their choices derive from different seeds.
    #[error("its seed is {theirs}, not {mine}; merge the shards of one --seed")]
    Seed {
        /// The one.
        mine: u64,
        /// The other.
        theirs: u64,
    },
    /// They compare other stores, or another reference.
    #[error("its stores are {theirs}, not {mine}; take runs of the same --backends and versions")]
    Stores {
        /// The one's.
        mine: String,
        /// The other's.
        theirs: String,
    },
    /// They drew from other features.
    #[error("it drew calls of other --features; merge runs of the same")]
    Features,
    /// A shard is in both, or is one of another number of shards.
    #[error("its shard {theirs} does not go with {mine}; merge each shard of one --shard I/N once")]
    Shard {
        /// The one.
        mine: Shard,
        /// The other.
        theirs: Shard,
    },
    /// They are several shards.
    #[error("it is of several shards, {mine} and {theirs}; resume each by itself")]
    Merged {
        /// The first.
        mine: Shard,
        /// The second.
        theirs: Shard,
    },
}

impl Results {
    /// The results of a campaign that has not begun.
    pub(crate) fn new(
        seed: u64,
        features: BTreeSet<Feature>,
        shard: Shard,
        stores: Vec<Description>,
    ) -> Self {
        Self {
            seed,
            features,
            shards: vec![shard],
            stores: stores.into_iter().map(StoreRun::new).collect(),
            divergences: Vec::new(),
            cases: 0,
            operations: 0,
            restarts: 0,
            elapsed: Duration::ZERO,
            transitions: Transitions::default(),
            next: 0,
            bias: Bias::default(),
            known: BTreeMap::new(),
            found: BTreeMap::new(),
        }
    }

    /// Classes the divergences by all that was run so far.
    pub(crate) fn classify(&mut self) {
        let coverage = self.stores.iter().map(|store| (&*store.description.name, &store.coverage));
        let hindsight = Hindsight::new(self.found.keys(), coverage);
        let mut divergences: BTreeMap<Signature, Divergence> = BTreeMap::new();
        for found in self.found.values() {
            let class = hindsight.class(&found.signature, &found.difference, &found.trace);
            let signature = Signature { class, ..found.signature.clone() };
            let first = Divergence { signature: signature.clone(), count: 0, ..found.clone() };
            divergences.entry(signature).or_insert(first).count += found.count;
        }
        self.divergences = divergences.into_values().collect();
    }

    /// Counts a divergence, if a finding that looks like `sight` is known to be one.
    pub(crate) fn count_known(&mut self, sight: &Signature) -> bool {
        let divergence = self.known.get(sight).and_then(|signature| self.found.get_mut(signature));
        if let Some(divergence) = divergence {
            divergence.count += 1;
            return true;
        }
        false
    }

    /// Adds a divergence that looked like `sight`; whether it is a new one.
    pub(crate) fn add(&mut self, sight: Signature, divergence: Divergence) -> bool {
        self.known.insert(sight, divergence.signature.clone());
        let is_new = !self.found.contains_key(&divergence.signature);
        self.join(divergence);
        is_new
    }

    fn join(&mut self, divergence: Divergence) {
        let Some(mine) = self.found.get_mut(&divergence.signature) else {
            self.found.insert(divergence.signature.clone(), divergence);
            return;
        };
        mine.count += divergence.count;
        (mine.case, mine.operations) =
            (mine.case, mine.operations).min((divergence.case, divergence.operations));
        if divergence.trace.is_simpler_than(&mine.trace) {
            (mine.trace, mine.difference) = (divergence.trace, divergence.difference);
        }
    }

    /// Updates the bias from all cases so far, at the end of a round.
    pub(crate) fn update_bias(&mut self) {
        let differs = |signature: &Signature| (Arc::clone(&signature.backend), signature.method);
        let muted: BTreeSet<(Arc<str>, Method)> = self.known.values().map(differs).collect();
        let is_unreached = |method: &Method| {
            self.stores.first().is_some_and(|store| !store.coverage.unreached(*method).is_empty())
        };
        self.bias.update(muted, &Method::iter().filter(is_unreached).collect());
        self.transitions.mark(self.cases, self.operations);
    }

    /// Adds other shards of the same campaign: sums, and the shortest trace of each divergence.
    ///
    /// # Errors
    /// [`Misfit`] when it is another campaign, or a shard is in both.
    pub fn merge(mut self, other: Self) -> Result<Self, Misfit> {
        self.fits(&other)?;
        self.shards.extend(other.shards);
        self.shards.sort_unstable();
        for (mine, theirs) in self.stores.iter_mut().zip(&other.stores) {
            mine.add(&theirs.coverage, &theirs.timing);
        }
        self.cases += other.cases;
        self.operations += other.operations;
        self.restarts += other.restarts;
        self.elapsed += other.elapsed;
        self.transitions.merge(other.transitions, self.cases, self.operations);
        self.known.extend(other.known);
        other.found.into_values().for_each(|divergence| self.join(divergence));
        self.classify();
        Ok(self)
    }

    fn fits(&self, other: &Self) -> Result<(), Misfit> {
        if self.seed != other.seed {
            return Err(Misfit::Seed { mine: self.seed, theirs: other.seed });
        }
        self.is_of(other.stores.iter().map(|store| &store.description))?;
        if self.features != other.features {
            return Err(Misfit::Features);
        }
        Misfit::check_shards(&self.shards, &other.shards)
    }

    /// Whether a campaign on these stores can resume this one.
    ///
    /// # Errors
    /// [`Misfit::Stores`] when it had others, [`Misfit::Merged`] when these are several shards.
    pub fn can_be_resumed_on(&self, stores: &[Description]) -> Result<(), Misfit> {
        if let [mine, theirs, ..] = self.shards[..] {
            return Err(Misfit::Merged { mine, theirs });
        }
        self.is_of(stores.iter())
    }

    /// Whether these are its stores, by name and version and in this order.
    fn is_of<'d>(&self, stores: impl Iterator<Item = &'d Description>) -> Result<(), Misfit> {
        Misfit::check_stores(self.stores.iter().map(|store| &store.description), stores)
    }
}

impl Misfit {
    /// Whether these are the same stores, by name and version and in this order.
    ///
    /// # Errors
    /// [`Misfit::Stores`] when they are not.
    pub(crate) fn check_stores<'m, 't>(
        mine: impl Iterator<Item = &'m Description>,
        theirs: impl Iterator<Item = &'t Description>,
    ) -> Result<(), Self> {
        let written = |store: &Description| format!("{} {}", store.name, store.version);
        let mine: Vec<String> = mine.map(written).collect();
        let theirs: Vec<String> = theirs.map(written).collect();
        if mine == theirs {
            return Ok(());
        }
        Err(Self::Stores { mine: mine.join(", "), theirs: theirs.join(", ") })
    }

    /// Whether these are disjoint shares of the same whole.
    ///
    /// # Errors
    /// [`Misfit::Shard`] names two that are not.
    pub(crate) fn check_shards(mine: &[Shard], theirs: &[Shard]) -> Result<(), Self> {
        for &mine in mine {
            let misfit = theirs.iter().find(|theirs| theirs.of() != mine.of() || **theirs == mine);
            if let Some(&theirs) = misfit {
                return Err(Self::Shard { mine, theirs });
            }
        }
        Ok(())
    }
}

impl StoreRun {
    fn new(description: Description) -> Self {
        Self {
            description,
            coverage: Coverage::default(),
            last_new: BTreeMap::new(),
            timing: Timing::default(),
        }
    }

    pub(crate) fn add(&mut self, coverage: &Coverage, timing: &Timing) {
        let new = self.coverage.add(coverage);
        let calls = |feature| (feature, self.coverage.calls_of(feature));
        self.last_new.extend(new.into_iter().map(calls));
        self.timing.add(timing);
    }
}
