//! The cases of a round, which the jobs of a campaign take from a queue.
//!
//! Each case depends on the campaign's seed, on its number and on the bias of its round alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pangolin_store::Result;
use strum::IntoEnumIterator;
use tokio_util::sync::CancellationToken;

use super::shard::Shard;
use crate::compare::coverage::Coverage;
use crate::compare::finding::Finding;
use crate::compare::lockstep::{Lockstep, Watch};
use crate::compare::timing::Timing;
use crate::contract::call_kind::CallKind;
use crate::contract::feature::Feature;
use crate::generate::bias::Bias;
use crate::generate::{self, CaseKind, Scope, entropy};
use crate::trace::Trace;

/// One case in so many leaves nothing out and mutes nothing.
const UNMUTED_ONE_IN: u64 = 8;
/// One case in so many is about a single feature, each feature in its turn.
const FOCUSED_ONE_IN: u64 = 4;

/// What the run of a case showed.
pub(crate) struct CaseRun {
    pub(crate) case: u64,
    pub(crate) trace: Trace,
    pub(crate) watch: Watch,
    pub(crate) findings: Vec<Finding>,
    /// The kinds of the trace's calls on the reference.
    pub(crate) path: Vec<CallKind>,
    /// The calls that were made and how long the stores took, by store.
    pub(crate) tallies: Vec<(Coverage, Timing)>,
}

/// The cases of a round that no job has taken yet, by their numbers in the shard.
pub(crate) struct CaseQueue {
    pub(crate) seed: u64,
    pub(crate) shard: Shard,
    pub(crate) scope: Scope,
    pub(crate) bias: Bias,
    pub(crate) next: AtomicU64,
    pub(crate) end: u64,
    /// Whether no further case begins once one has shown a divergence.
    pub(crate) up_to_first: bool,
    pub(crate) cancelled: CancellationToken,
}

impl CaseQueue {
    /// Runs cases until none is left.
    pub(crate) async fn work(
        self: Arc<Self>,
        mut lockstep: Lockstep,
    ) -> (Lockstep, Result<Vec<CaseRun>>) {
        let mut all = Vec::new();
        while !self.cancelled.is_cancelled() {
            let case = self.next.fetch_add(1, Ordering::Relaxed);
            if case >= self.end {
                break;
            }
            match self.case(case, &mut lockstep).await {
                Ok(run) => {
                    // Cases of lower numbers have begun, and are run to their end.
                    if self.up_to_first && !run.findings.is_empty() {
                        self.next.store(self.end, Ordering::Relaxed);
                    }
                    all.push(run);
                }
                Err(error) => return (lockstep, Err(error)),
            }
        }
        (lockstep, Ok(all))
    }

    async fn case(&self, case: u64, lockstep: &mut Lockstep) -> Result<CaseRun> {
        let mut scope = self.scope.clone();
        scope.favoured.clone_from(&self.bias.favoured);
        scope.kind = kind(case, &scope);
        let mut entropy = entropy::of_case(self.seed, self.shard.case(case));
        let mut watch = Watch { observe: true, ..Watch::default() };
        if !case.is_multiple_of(UNMUTED_ONE_IN) {
            watch.muted.clone_from(&self.bias.muted);
            scope.without.extend(self.bias.left_out(&mut entropy));
        }
        let trace = generate::case(&mut entropy, &scope);
        let findings = lockstep.run(&trace, &watch).await?;
        let (path, tallies) = (lockstep.take_path(), lockstep.take_tallies());
        Ok(CaseRun { case, trace, watch, findings, path, tallies })
    }
}

fn kind(case: u64, scope: &Scope) -> CaseKind {
    let offered: Vec<Feature> = Feature::iter().filter(|feature| scope.offers(*feature)).collect();
    let turn = usize::try_from(case / FOCUSED_ONE_IN).unwrap_or(usize::MAX);
    if case % FOCUSED_ONE_IN != FOCUSED_ONE_IN - 1 || offered.is_empty() {
        return CaseKind::Mixed;
    }
    CaseKind::Focused(offered[turn % offered.len()])
}
