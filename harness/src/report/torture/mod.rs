//! Reports of the results of a torture run, for people and for machines.

mod evidence;
mod html;
mod json;
mod junit;
mod markdown;
mod shown_breach;
mod terminal;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use json::{is_report, read};

use super::Format;
use super::decision::Decision;
use crate::backend::Unavailable;
use crate::campaign::ledger::{Day, Judgement, Ledger};
use crate::campaign::matrix::Status;
use crate::compare::signature::Signature;
use crate::torture::{Breach, Nemesis, Promise, StoreTally, TortureResults};

/// What a report is about.
#[derive(Clone, Debug)]
pub struct TortureReport {
    /// What was run.
    pub results: TortureResults,
    /// The stores that have a column and were unavailable.
    pub unavailable: Vec<Unavailable>,
    /// What the ledger says about it.
    pub judgement: Judgement,
    /// The files in which histories of breaches were saved, to be named in the report.
    pub saved: BTreeMap<Signature, PathBuf>,
}

impl TortureReport {
    /// A report on `results`, judged by the ledger as of a day.
    pub fn new(
        results: TortureResults,
        unavailable: Vec<Unavailable>,
        ledger: &Ledger,
        today: &Day,
    ) -> Self {
        let signatures = results.breaches.iter().map(|breach| &breach.signature);
        let judgement = ledger.judge_breaches(signatures, today);
        Self { results, unavailable, judgement, saved: BTreeMap::new() }
    }

    /// Whether all promises were kept but for what is tolerated, and enough was run to say so.
    pub fn decision(&self) -> Decision {
        let is_broken = self.gaps().next().is_some()
            || !self.judgement.faults.is_empty()
            || !self.results.unseen.is_empty();
        match (is_broken, self.doubts().is_empty()) {
            (true, _) => Decision::Broken,
            (false, true) => Decision::Kept,
            (false, false) => Decision::Unproven,
        }
    }

    /// The breaches that are not tolerated.
    pub fn gaps(&self) -> impl Iterator<Item = &Breach> {
        let breaches = self.results.breaches.iter();
        breaches.filter(|breach| !self.judgement.tolerates(&breach.signature))
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

    /// Why the run proves nothing, or not all that it seems to: a sentence each.
    fn doubts(&self) -> Vec<String> {
        let stores = &self.results.stores;
        if stores.is_empty() {
            return vec!["NOTHING WAS COMPARED: no store ran.".to_owned()];
        }
        stores.iter().flat_map(doubts_about).collect()
    }

    /// The saved histories that are no longer seen to break a promise: a sentence each.
    fn unseen(&self) -> Vec<String> {
        let sentence = |name: &String| {
            format!(
                "NO LONGER SEEN: the results of the saved history {} can be explained. Either the contract has \
                 changed, and the file should be removed, or the judge is wrong.",
                super::brief::line(name)
            )
        };
        self.results.unseen.iter().map(sentence).collect()
    }

    /// How much was run, what cannot be said after it, and what the ledger says: a line each.
    fn totals(&self) -> String {
        let TortureResults { seed, shards, stores, saved, elapsed, .. } = &self.results;
        let histories: u64 = stores.iter().map(|store| store.total().histories).sum();
        let shards = super::shards_of(shards);
        let seconds = elapsed.as_secs_f64();
        let mut text = format!(
            "{histories} histories in {seconds:.1} s, seed {seed}{shards}; {saved} saved histories judged first.\n"
        );
        for sentence in self.doubts().into_iter().chain(self.unseen()) {
            text += &format!("{sentence}\n");
        }
        text + &super::ledger(&self.judgement)
    }

    /// The mark of a store for each promise.
    fn marks(&self, promise: Promise) -> impl Iterator<Item = Status> {
        let ran = self.results.stores.iter();
        let ran = ran.map(move |store| self.results.status(store, promise));
        ran.chain(self.unavailable.iter().map(|_| Status::NotRun))
    }
}

fn doubts_about(store: &StoreTally) -> Vec<String> {
    let name = &store.description.name;
    let total = store.total();
    if total.histories == 0 {
        return vec![format!("NOTHING WAS COMPARED on {name}: no history was run.")];
    }
    let mut doubts = Vec::new();
    if total.overlapping == 0 {
        doubts.push(format!(
            "NOTHING WAS COMPARED on {name}: in none of its {} histories did calls overlap.",
            total.histories
        ));
    }
    let under_some = store.nemeses.iter().filter(|(nemesis, _)| **nemesis != Nemesis::None);
    let under_some: u64 = under_some.map(|(_, tally)| tally.histories).sum();
    if under_some > 0 && total.strikes == 0 {
        doubts.push(format!(
            "NOTHING STRUCK {name}: {under_some} histories were to be run under a nemesis, and none was struck."
        ));
    }
    if total.undecided > 0 {
        doubts.push(format!(
            "UNDECIDED on {name}: {} of {} histories were too much for the judge, which is no pass.",
            total.undecided, total.histories
        ));
    }
    doubts
}
