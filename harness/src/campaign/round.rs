//! Cases that are run together, each of which depends on the campaign's seed and on its number alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pangolin_store::Result;
use strum::IntoEnumIterator;

use crate::campaign::shard::Shard;
use crate::campaign::stop::Stop;
use crate::compare::coverage::Coverage;
use crate::compare::lockstep::{Lockstep, Watch};
use crate::compare::signature::Finding;
use crate::compare::timing::Timing;
use crate::compare::transitions::CallSort;
use crate::contract::feature::Feature;
use crate::generate::bias::Learned;
use crate::generate::entropy;
use crate::generate::{self, Machine, Scope};
use crate::trace::Trace;

/// Of how many cases one leaves nothing out.
const UNMUTED: u64 = 8;
/// Of how many cases one is about a single feature, each feature in its turn.
const FOCUSED: u64 = 4;

/// What a case came to.
pub(crate) struct Ran {
    pub(crate) case: u64,
    pub(crate) trace: Trace,
    pub(crate) watch: Watch,
    pub(crate) findings: Vec<Finding>,
    /// What the trace's calls came to on the reference.
    pub(crate) path: Vec<CallSort>,
    /// The calls that were made and how long the stores took, by store.
    pub(crate) tallies: Vec<(Coverage, Timing)>,
}

/// The cases of a round that nobody has taken yet, by their numbers in the shard.
pub(crate) struct Round {
    pub(crate) seed: u64,
    pub(crate) shard: Shard,
    pub(crate) scope: Scope,
    pub(crate) learned: Learned,
    pub(crate) next: AtomicU64,
    pub(crate) end: u64,
    /// Whether no further case is begun once one has shown something.
    pub(crate) up_to_first: bool,
    pub(crate) stop: Stop,
}

impl Round {
    /// Runs cases until none is left.
    pub(crate) async fn work(
        self: Arc<Self>,
        mut lockstep: Lockstep,
    ) -> (Lockstep, Result<Vec<Ran>>) {
        let mut all = Vec::new();
        while !self.stop.is_raised() {
            let case = self.next.fetch_add(1, Ordering::Relaxed);
            if case >= self.end {
                break;
            }
            match self.case(case, &mut lockstep).await {
                Ok(ran) => {
                    // Cases of lower numbers have been begun, and are brought to their end.
                    if self.up_to_first && !ran.findings.is_empty() {
                        self.next.store(self.end, Ordering::Relaxed);
                    }
                    all.push(ran);
                }
                Err(error) => return (lockstep, Err(error)),
            }
        }
        (lockstep, Ok(all))
    }

    async fn case(&self, case: u64, lockstep: &mut Lockstep) -> Result<Ran> {
        let mut scope = self.scope.clone();
        scope.favoured.clone_from(&self.learned.favoured);
        scope.machine = machine(case, &scope);
        let mut entropy = entropy::of_case(self.seed, self.shard.case(case));
        let mut watch = Watch { observe: true, ..Watch::default() };
        if !case.is_multiple_of(UNMUTED) {
            watch.muted.clone_from(&self.learned.muted);
            scope.without.extend(self.learned.left_out(&mut entropy));
        }
        let trace = generate::case(&mut entropy, &scope);
        let findings = lockstep.run(&trace, &watch).await?;
        let (path, tallies) = (lockstep.take_path(), lockstep.take_tallies());
        Ok(Ran { case, trace, watch, findings, path, tallies })
    }
}

fn machine(case: u64, scope: &Scope) -> Machine {
    let offered: Vec<Feature> = Feature::iter().filter(|feature| scope.offers(*feature)).collect();
    let turn = usize::try_from(case / FOCUSED).unwrap_or(usize::MAX);
    if case % FOCUSED != FOCUSED - 1 || offered.is_empty() {
        return Machine::Mixed;
    }
    Machine::Focused(offered[turn % offered.len()])
}
