//! Cases that are run together, each of which depends on the campaign's seed and on its number alone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pangolin_store::Result;

use crate::coverage::Coverage;
use crate::entropy;
use crate::generate::{self, Scope};
use crate::lockstep::{Lockstep, Watch};
use crate::op::{Effect, Method};
use crate::signature::Finding;
use crate::timing::Timing;
use crate::trace::Trace;

/// Of how many cases one leaves nothing out.
const UNMUTED: u64 = 8;

/// What a case came to.
pub(crate) struct Ran {
    pub(crate) case: u64,
    pub(crate) trace: Trace,
    pub(crate) watch: Watch,
    pub(crate) findings: Vec<Finding>,
    /// The calls that were made and how long the stores took, by store.
    pub(crate) tallies: Vec<(Coverage, Timing)>,
}

/// The cases of a round that nobody has taken yet.
pub(crate) struct Round {
    pub(crate) seed: u64,
    pub(crate) scope: Scope,
    pub(crate) muted: BTreeSet<(Arc<str>, Method)>,
    pub(crate) next: AtomicU64,
    pub(crate) end: u64,
    /// Whether no further case is begun once one has shown something.
    pub(crate) up_to_first: bool,
}

impl Round {
    /// Runs cases until none is left.
    pub(crate) async fn work(
        self: Arc<Self>,
        mut lockstep: Lockstep,
    ) -> (Lockstep, Result<Vec<Ran>>) {
        let mut all = Vec::new();
        loop {
            let case = self.next.fetch_add(1, Ordering::Relaxed);
            if case >= self.end {
                return (lockstep, Ok(all));
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
    }

    async fn case(&self, case: u64, lockstep: &mut Lockstep) -> Result<Ran> {
        let mut scope = self.scope.clone();
        let mut watch = Watch { observe: true, ..Watch::default() };
        if !case.is_multiple_of(UNMUTED) {
            watch.muted = self.muted.clone();
            let writes = self.muted.iter().map(|(_, method)| *method);
            scope.without.extend(writes.filter(|method| method.effect() != Effect::Read));
        }
        let trace = generate::case(&mut entropy::of_case(self.seed, case), &scope);
        let findings = lockstep.run(&trace, &watch).await?;
        let tallies = lockstep.take_tallies();
        Ok(Ran { case, trace, watch, findings, tallies })
    }
}
