//! Proposing smaller traces.
//!
//! [`Shrinker`] proposes; its user runs the proposals and says which of them still show the divergence. It
//! deletes chunks of steps, then single steps, then pairs (what a step creates and what drops it again), then
//! simplifies arguments (`simplify.rs`).

use super::simplify::{simpler, without};
use crate::trace::Trace;

/// Proposes smaller traces.
#[derive(Clone, Debug)]
pub(crate) struct Shrinker {
    best: Trace,
    pass: Pass,
    /// Whether any proposal was kept since the first pass began.
    progress: bool,
    proposed: Option<Trace>,
}

#[derive(Clone, Debug)]
enum Pass {
    /// Deletes `size` steps before `end`.
    Chunks {
        size: usize,
        end: usize,
    },
    /// Deletes step `first` and the later step `second`.
    Pairs {
        first: usize,
        second: usize,
    },
    /// Tries these, which were made from the best trace, from `next` on.
    Arguments {
        proposals: Vec<Trace>,
        next: usize,
    },
    Done,
}

/// Traces of more steps are not tried pair by pair: there would be too many pairs.
const PAIRS_UP_TO: usize = 32;

impl Shrinker {
    /// A shrinker of `trace`.
    pub(crate) fn new(trace: Trace) -> Self {
        let pass = first_pass(&trace);
        Self { best: trace, pass, progress: false, proposed: None }
    }

    /// The smallest trace so far that was kept.
    pub(crate) fn best(&self) -> &Trace {
        &self.best
    }

    /// The next proposal; `None` when there is nothing left to try.
    pub(crate) fn propose(&mut self) -> Option<Trace> {
        loop {
            let proposal = match &mut self.pass {
                Pass::Chunks { size, end } => {
                    if *end == 0 {
                        self.pass = if *size > 1 {
                            Pass::Chunks { size: *size / 2, end: self.best.steps.len() }
                        } else {
                            Pass::Pairs { first: 0, second: 1 }
                        };
                        continue;
                    }
                    let start = end.saturating_sub(*size);
                    let proposal = without(&self.best, |index| (start..*end).contains(&index));
                    *end = start;
                    proposal
                }
                Pass::Pairs { first, second } => {
                    let steps = self.best.steps.len();
                    if steps > PAIRS_UP_TO || *first + 1 >= steps {
                        let proposals = simpler(&self.best);
                        self.pass = Pass::Arguments { proposals, next: 0 };
                        continue;
                    }
                    let (one, other) = (*first, *second);
                    (*first, *second) =
                        if other + 1 < steps { (one, other + 1) } else { (one + 1, one + 2) };
                    if other >= steps {
                        continue;
                    }
                    without(&self.best, |index| index == one || index == other)
                }
                Pass::Arguments { proposals, next } => {
                    let Some(proposal) = proposals.get(*next).cloned() else {
                        self.pass = if std::mem::take(&mut self.progress) {
                            Pass::Chunks { size: 1, end: self.best.steps.len() }
                        } else {
                            Pass::Done
                        };
                        continue;
                    };
                    *next += 1;
                    proposal
                }
                Pass::Done => return None,
            };
            self.proposed = Some(proposal.clone());
            return Some(proposal);
        }
    }

    /// Says that the last proposal, or `shown`, a part of it, still shows the divergence.
    pub(crate) fn keep(&mut self, shown: Option<Trace>) {
        let Some(best) = shown.or_else(|| self.proposed.take()) else { return };
        self.best = best;
        self.progress = true;
        match &mut self.pass {
            Pass::Chunks { end, .. } => *end = (*end).min(self.best.steps.len()),
            Pass::Pairs { .. } => {
                self.pass = Pass::Chunks { size: 1, end: self.best.steps.len() };
            }
            // The proposals after the one that was kept now begin at about its place.
            Pass::Arguments { proposals, next } => {
                *proposals = simpler(&self.best);
                *next -= 1;
            }
            Pass::Done => {}
        }
    }
}

fn first_pass(trace: &Trace) -> Pass {
    let steps = trace.steps.len();
    Pass::Chunks { size: (steps / 2).max(1), end: steps }
}
