//! The shortest trace that shows a divergence.

use pangolin_store::Result;
use tokio_util::sync::CancellationToken;

use super::propose::Shrinker;
use crate::compare::diff::Difference;
use crate::compare::finding::Finding;
use crate::compare::lockstep::{Lockstep, Watch};
use crate::compare::signature::Signature;
use crate::trace::Trace;

/// How many proposals are tried for one divergence at the most.
const PROPOSALS: usize = 5_000;

/// The shortest trace found whose last call shows the finding, as `watch` sees it, and what differs
/// there; after a cancellation, the shortest until then.
///
/// # Errors
/// What a backend says that cannot be emptied.
pub(crate) async fn shortest(
    lockstep: &mut Lockstep,
    trace: &Trace,
    watch: &Watch,
    finding: Finding,
    cancelled: &CancellationToken,
) -> Result<(Trace, Difference)> {
    let whole = finding.trace(trace);
    let mut sought = Sighting::of(&finding, &whole);
    // What shows only to the harness's own reads is kept as it was found.
    if sought.again(lockstep, &whole, watch).await?.is_none() {
        return Ok((whole, finding.difference));
    }
    let mut difference = finding.difference;
    let mut shrinker = Shrinker::new(whole);
    for _ in 0..PROPOSALS {
        if cancelled.is_cancelled() {
            break;
        }
        let Some(proposal) = shrinker.propose() else { break };
        if let Some(finding) = sought.again(lockstep, &proposal, watch).await? {
            let shown = finding.trace(&proposal);
            sought = Sighting::of(&finding, &shown);
            shrinker.keep(Some(shown));
            difference = finding.difference;
        }
    }
    Ok((shrinker.best().clone(), difference))
}

/// How a finding looks at first sight, and on its trace.
struct Sighting {
    at_first_sight: Signature,
    on_trace: Signature,
}

impl Sighting {
    fn of(finding: &Finding, trace: &Trace) -> Self {
        Self { at_first_sight: finding.signature(), on_trace: finding.signature_on(trace) }
    }

    /// The finding of a run that shows the same divergence, if there is one.
    async fn again(
        &self,
        lockstep: &mut Lockstep,
        trace: &Trace,
        watch: &Watch,
    ) -> Result<Option<Finding>> {
        let findings = lockstep.run(trace, watch).await?;
        let is_same = |finding: &Finding| self.is_of(&Self::of(finding, &finding.trace(trace)));
        Ok(findings.into_iter().find(is_same))
    }

    /// Whether `other` is a sighting of the same divergence: at the same place; or, of the state that a change
    /// left, at any place. At the same place a value that became none for no reason of the schema is as good
    /// as one that became another.
    fn is_of(&self, other: &Self) -> bool {
        let as_classed_on_trace =
            Signature { class: other.on_trace.class, ..other.at_first_sight.clone() };
        other.at_first_sight == self.at_first_sight
            || (self.on_trace.path == Signature::STATE && other.on_trace == self.on_trace)
            || as_classed_on_trace == self.at_first_sight
    }
}
