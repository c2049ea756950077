//! Reports of the results of a campaign, for people and for machines.

mod brief;
pub mod check;
mod concurrent_selftest;
pub mod decision;
mod explanation;
mod grid;
mod html;
mod json;
mod junit;
mod lanes;
mod markdown;
mod selftest;
mod shown;
mod terminal;
pub mod torture;

use clap::ValueEnum;
pub use decision::Decision;
pub use json::{UnreadableReport, read};

use crate::backend::Unavailable;
use crate::campaign::ledger::Judgement;
use crate::campaign::shard::Shard;
use crate::campaign::{Divergence, Results, StoreRun};

/// What a report is about.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was run.
    pub results: Results,
    /// The stores that have a column and were unavailable.
    pub unavailable: Vec<Unavailable>,
    /// What the ledger says about it.
    pub judgement: Judgement,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal: a table, and each gap with its trace.
    Terminal,
    /// The same as Markdown.
    Markdown,
    /// For machines.
    Json,
    /// For CI: a test case a feature and store.
    Junit,
    /// One page for a browser, with everything in it.
    Html,
}

impl Report {
    /// Whether nothing differed but what is tolerated.
    pub fn is_parity(&self) -> bool {
        self.gaps().next().is_none() && self.judgement.faults.is_empty()
    }

    /// The divergences that are not tolerated.
    pub fn gaps(&self) -> impl Iterator<Item = &Divergence> {
        let divergences = self.results.divergences.iter();
        divergences.filter(|divergence| !self.judgement.tolerates(&divergence.signature))
    }

    /// The report as text, ended by a line feed.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Terminal => terminal::render(self),
            Format::Markdown => markdown::render(self),
            Format::Json => json::render(self),
            Format::Junit => junit::render(self),
            Format::Html => html::render(self),
        }
    }

    /// A line about how many transitions were seen, and whether there are still new ones.
    fn growth(&self) -> String {
        let Results { cases, operations, transitions, .. } = &self.results;
        let growth = transitions.growth(*cases, *operations);
        let step = growth.len().div_ceil(8);
        let mut shown: Vec<String> = growth
            .iter()
            .rev()
            .step_by(step)
            .map(|point| format!("{} after {}", point.transitions, point.operations))
            .collect();
        shown.reverse();
        format!("Pairs of consecutive calls and outcomes: {} operations.\n", shown.join(", "))
    }

    /// A sentence or two about how much was run.
    fn totals(&self) -> String {
        let Results { seed, shards, cases, operations, restarts, elapsed, stores, .. } =
            &self.results;
        let seconds = elapsed.as_secs_f64();
        let rate = *operations as f64 / seconds.max(f64::EPSILON);
        let reached: Vec<String> = stores
            .iter()
            .map(|store| {
                let (declared, reached) = store.coverage.reached();
                format!("{} {reached} of {declared}", store.description.name)
            })
            .collect();
        let waits: Vec<String> = stores
            .iter()
            .map(|StoreRun { description, timing, .. }| {
                format!("{} {} ({} to empty)", description.name, timing.calls, timing.emptying)
            })
            .collect();
        let shards = shards_of(shards);
        format!(
            "{cases} cases, {operations} operations and {restarts} restarts in {seconds:.1} s \
             ({rate:.0} operations/s), seed {seed}{}.\n\
             Outcomes reached of those that the contract can reach: {}.\n\
             {}\
             A call takes: {}.\n",
            shards,
            reached.join(", "),
            self.growth(),
            waits.join(", ")
        )
    }
}

/// Which shards were run, to follow on the seed; nothing for the whole.
fn shards_of(shards: &[Shard]) -> String {
    match shards {
        [Shard::WHOLE] => String::new(),
        _ => shards.iter().map(|shard| format!(", shard {shard}")).collect(),
    }
}

/// What the ledger tolerates, and what is wrong with it: a line each.
fn ledger(judgement: &Judgement) -> String {
    let Judgement { tolerated, faults } = judgement;
    let tolerated = tolerated.iter().map(|entry| {
        format!("Tolerated through {}: {} ({}).\n", entry.expires, entry.signature, entry.reason)
    });
    let faults = faults.iter().map(|fault| format!("In the ledger, {fault}.\n"));
    tolerated.chain(faults).collect()
}

/// The stores that could not run: a line each.
fn not_run(unavailable: &[Unavailable]) -> String {
    let line = |absent: &Unavailable| format!("Not run: {} ({}).\n", absent.name, absent.reason);
    unavailable.iter().map(line).collect()
}
