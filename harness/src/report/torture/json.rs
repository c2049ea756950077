//! The report of a torture run for machines. Its shape is stable; `schema` grows when it changes.
//!
//! All but `state` is for its readers. `state` is the results themselves, so that the reports of several shards can be
//! merged.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{TortureReport, evidence};
use crate::backend::{Description, Unavailable};
use crate::campaign::ledger::Judgement;
use crate::campaign::matrix::Status;
use crate::campaign::shard::Shard;
use crate::compare::signature::Signature;
use crate::contract::class::Class;
use crate::contract::feature::Feature;
use crate::contract::method::Method;
use crate::report::decision::Decision;
use crate::report::json::{UnreadableReport, state};
use crate::torture::{Breach, Cut, Nemesis, Promise, StoreTally, Tally, TortureResults};
use crate::trace::history::History;

const SCHEMA: u32 = 1;

/// What tells the report from that of a campaign.
const KIND: &str = "torture";

/// Whether a file holds a report on a torture run in JSON, and not one on a campaign.
pub fn is_report(path: &Path) -> bool {
    #[derive(Deserialize)]
    struct Kind {
        report: String,
    }
    let Ok(file) = File::open(path) else { return false };
    let kind = serde_json::from_reader::<_, Kind>(BufReader::new(file));
    kind.is_ok_and(|kind| kind.report == KIND)
}

/// Reads the results that a report is about, and which stores were unavailable.
///
/// # Errors
/// [`UnreadableReport`] when there is no report on a torture run of this version in JSON.
pub fn read(path: &Path) -> Result<(TortureResults, Vec<Unavailable>), UnreadableReport> {
    state(path, SCHEMA)
}

#[derive(Serialize)]
struct Document<'r> {
    schema: u32,
    report: &'static str,
    seed: String,
    shards: &'r [Shard],
    decision: Decision,
    /// Why it is not proven that all promises were kept.
    doubts: Vec<String>,
    stores: Vec<StoreEntry<'r>>,
    unavailable: &'r [Unavailable],
    breaches: Vec<BreachEntry<'r>>,
    /// How many saved histories were judged, and those that are no longer seen to break a promise.
    saved_histories: u64,
    unseen: &'r [String],
    ledger: &'r Judgement,
    seconds: f64,
    state: &'r TortureResults,
}

#[derive(Serialize)]
struct StoreEntry<'r> {
    #[serde(flatten)]
    description: &'r Description,
    promises: Vec<PromiseEntry<'r>>,
    nemeses: Vec<NemesisEntry>,
    cuts: &'r [Cut],
    seconds: f64,
    histories_per_minute: f64,
}

#[derive(Serialize)]
struct PromiseEntry<'r> {
    promise: &'static str,
    status: Status,
    evidence: Evidence,
    breaches: Vec<&'r Signature>,
}

#[derive(Serialize)]
struct NemesisEntry {
    nemesis: Nemesis,
    #[serde(flatten)]
    evidence: Evidence,
}

#[derive(Serialize)]
struct Evidence {
    #[serde(flatten)]
    tally: Tally,
    /// The share of overlapping pairs, from 0 to 1.
    overlap: f64,
}

#[derive(Serialize)]
struct BreachEntry<'r> {
    signature: &'r Signature,
    backend: &'r str,
    feature: Feature,
    method: Method,
    class: Class,
    path: &'r str,
    nemesis: Nemesis,
    /// In how many histories it was seen, and in which of them first.
    count: u64,
    first: u64,
    says: &'r str,
    /// The history, line by line.
    history: Vec<&'r str>,
    /// Indices of its calls, from 0, in the order in which they began.
    order: &'r [usize],
    stuck: Vec<StuckEntry<'r>>,
}

#[derive(Serialize)]
struct StuckEntry<'r> {
    call: usize,
    answered: Option<Value>,
    expected: &'r Value,
}

pub(super) fn render(report: &TortureReport) -> String {
    let results = &report.results;
    let document = Document {
        schema: SCHEMA,
        report: KIND,
        seed: results.seed.to_string(),
        shards: &results.shards,
        decision: report.decision(),
        doubts: report.doubts(),
        stores: results.stores.iter().map(|store| store_entry(results, store)).collect(),
        unavailable: &report.unavailable,
        breaches: results.breaches.iter().map(breach_entry).collect(),
        saved_histories: results.saved,
        unseen: &results.unseen,
        ledger: &report.judgement,
        seconds: rounded(results.elapsed.as_secs_f64()),
        state: results,
    };
    let text = serde_json::to_string_pretty(&document).expect("the report has string keys only");
    text + "\n"
}

fn store_entry<'r>(results: &'r TortureResults, store: &'r StoreTally) -> StoreEntry<'r> {
    let promise = |promise: Promise| PromiseEntry {
        promise: promise.title(),
        status: results.status(store, promise),
        evidence: counted(store.evidence(promise)),
        breaches: results.breaches_of(store, promise).map(|breach| &breach.signature).collect(),
    };
    let nemeses = store.nemeses.iter();
    let nemeses =
        nemeses.map(|(&nemesis, &tally)| NemesisEntry { nemesis, evidence: counted(tally) });
    StoreEntry {
        description: &store.description,
        promises: Promise::ALL.map(promise).into(),
        nemeses: nemeses.collect(),
        cuts: &store.cuts,
        seconds: rounded(store.elapsed.as_secs_f64()),
        histories_per_minute: rounded(evidence::per_minute(store)),
    }
}

fn counted(tally: Tally) -> Evidence {
    Evidence { tally, overlap: rounded(tally.overlap()) }
}

fn breach_entry(breach: &Breach) -> BreachEntry<'_> {
    let Breach { signature, count, first, nemesis, says, history, order, stuck, case: _ } = breach;
    let calls = History::parse(history).map(|history| history.calls).unwrap_or_default();
    let stuck = stuck.iter().map(|(call, expected)| {
        let answered = calls.get(*call).and_then(|call| call.result.clone());
        StuckEntry { call: *call, answered, expected }
    });
    BreachEntry {
        signature,
        backend: &signature.backend,
        feature: signature.feature,
        method: signature.method,
        class: signature.class,
        path: &signature.path,
        nemesis: *nemesis,
        count: *count,
        first: *first,
        says,
        history: history.lines().collect(),
        order,
        stuck: stuck.collect(),
    }
}

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
