//! The shortest trace that shows a divergence.

use pangolin_store::Result;

use crate::campaign::stop::Stop;
use crate::compare::diff::Difference;
use crate::compare::lockstep::{Lockstep, Watch};
use crate::compare::signature::{Finding, Signature, Symptom};
use crate::shrink::propose::Shrinker;
use crate::trace::Trace;

/// How many proposals a trace is shrunk by at the most.
const PROPOSALS: usize = 5_000;

/// The shortest trace found whose last call shows the finding, as `watch` sees it, and what differs
/// there; once `stop` is raised, the shortest until then.
///
/// # Errors
/// What a backend says that cannot be emptied.
pub(crate) async fn shortest(
    lockstep: &mut Lockstep,
    trace: &Trace,
    watch: &Watch,
    finding: Finding,
    stop: &Stop,
) -> Result<(Trace, Difference)> {
    let whole = finding.trace(trace);
    let mut held = Held::of(&finding, &whole);
    // What shows only to the harness's own reads is kept as it was found.
    if held.shown(lockstep, &whole, watch).await?.is_none() {
        return Ok((whole, finding.difference));
    }
    let mut difference = finding.difference;
    let mut shrinker = Shrinker::new(whole);
    for _ in 0..PROPOSALS {
        if stop.is_raised() {
            break;
        }
        let Some(proposal) = shrinker.propose() else { break };
        if let Some(finding) = held.shown(lockstep, &proposal, watch).await? {
            let shown = finding.trace(&proposal);
            held = Held::of(&finding, &shown);
            shrinker.keep(Some(shown));
            difference = finding.difference;
        }
    }
    Ok((shrinker.best().clone(), difference))
}

/// What is held fast while a trace is shrunk.
struct Held {
    symptom: Symptom,
    signature: Signature,
}

impl Held {
    fn of(finding: &Finding, trace: &Trace) -> Self {
        let symptom = finding.symptom();
        let signature = Signature::of(&symptom, trace);
        Self { symptom, signature }
    }

    /// The finding of a run that shows the same, if there is one.
    async fn shown(
        &self,
        lockstep: &mut Lockstep,
        trace: &Trace,
        watch: &Watch,
    ) -> Result<Option<Finding>> {
        let findings = lockstep.run(trace, watch).await?;
        let same = |finding: &Finding| self.is_shown_by(Self::of(finding, &finding.trace(trace)));
        Ok(findings.into_iter().find(same))
    }

    /// Whether `other` is the same divergence: at the same place, where a value that became none for
    /// no reason of the schema is as good as one that became another; or, of what a change has left
    /// behind, at any place.
    fn is_shown_by(&self, other: Self) -> bool {
        let Self { symptom, signature } = other;
        symptom == self.symptom
            || (self.signature.path == Signature::STATE && signature == self.signature)
            || Symptom { class: signature.class, ..symptom } == self.symptom
    }
}
