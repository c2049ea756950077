//! The report for machines. Its shape is stable; `schema` grows when it changes.
//!
//! All but `state` is for its readers. `state` is the campaign itself, so that another run can resume it or
//! merge several reports.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::IntoEnumIterator;

use super::Report;
use crate::backend::{Description, Unavailable};
use crate::campaign::evidence::{self, Evidence};
use crate::campaign::ledger::Judgement;
use crate::campaign::matrix::{self, Status};
use crate::campaign::{Divergence, Results, StoreRun};
use crate::compare::coverage::Coverage;
use crate::compare::signature::Signature;
use crate::compare::timing::Waits;
use crate::compare::transitions::Point;
use crate::contract::class::Class;
use crate::contract::feature::Feature;
use crate::contract::label::Label;
use crate::contract::method::Method;

const SCHEMA: u32 = 1;

/// A report that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}", path = path.display())]
pub struct UnreadableReport {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// The part of a report in a file from which other reports can be made.
#[derive(Deserialize)]
struct Saved<S> {
    schema: u32,
    unavailable: Vec<Unavailable>,
    state: S,
}

/// Reads the campaign that a report is about, and which stores were unavailable.
///
/// # Errors
/// [`UnreadableReport`] when there is no report of this version in JSON.
pub fn read(path: &Path) -> Result<(Results, Vec<Unavailable>), UnreadableReport> {
    let (mut results, unavailable) = state::<Results>(path, SCHEMA)?;
    results.classify();
    Ok((results, unavailable))
}

/// Reads the state that a report of that schema holds, and which stores were unavailable.
pub(super) fn state<S: DeserializeOwned>(
    path: &Path,
    known: u32,
) -> Result<(S, Vec<Unavailable>), UnreadableReport> {
    let unreadable = |reason: String| UnreadableReport { path: path.to_owned(), reason };
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let deserializer = &mut serde_json::Deserializer::from_str(&text);
    let saved: Saved<S> = serde_path_to_error::deserialize(deserializer).map_err(|error| {
        unreadable(format!("{error}; it takes a report that was written with --format json"))
    })?;
    let Saved { schema, unavailable, state } = saved;
    if schema != known {
        return Err(unreadable(format!("its schema is {schema}, and this version knows {known}")));
    }
    Ok((state, unavailable))
}

#[derive(Serialize)]
struct Document<'r> {
    schema: u32,
    seed: String,
    reference: &'r str,
    backends: Vec<&'r Description>,
    unavailable: &'r [Unavailable],
    features: Vec<FeatureEntry<'r>>,
    divergences: Vec<DivergenceEntry<'r>>,
    ledger: &'r Judgement,
    totals: Totals<'r>,
    state: &'r Results,
}

#[derive(Serialize)]
struct FeatureEntry<'r> {
    feature: Feature,
    cells: Vec<Cell<'r>>,
}

#[derive(Serialize)]
struct Cell<'r> {
    backend: &'r str,
    status: Status,
    evidence: Evidence,
    methods: Vec<MethodEntry>,
    divergences: Vec<&'r Signature>,
}

#[derive(Serialize)]
struct MethodEntry {
    method: Method,
    calls: u64,
    /// By kind; an empty success is a success.
    outcomes: BTreeMap<&'static str, u64>,
    /// The same with what each is about.
    detail: BTreeMap<String, u64>,
    /// The outcomes that the contract declares and no call had.
    unreached: Vec<Label>,
}

#[derive(Serialize)]
struct DivergenceEntry<'r> {
    signature: &'r Signature,
    backend: &'r str,
    feature: Feature,
    method: Method,
    class: Class,
    path: &'r str,
    count: u64,
    trace: Vec<Value>,
    expected: &'r Value,
    actual: &'r Value,
    diff: String,
}

#[derive(Serialize)]
struct Totals<'r> {
    cases: u64,
    operations: u64,
    restarts: u64,
    seconds: f64,
    /// How many pairs of consecutive calls, each with the kind of its outcome.
    #[serde(rename = "behaviours")]
    transitions: u64,
    growth: Vec<Point>,
    /// How long the harness waited for each store.
    waits: Vec<WaitsEntry<'r>>,
}

#[derive(Serialize)]
struct WaitsEntry<'r> {
    backend: &'r str,
    call: Wait,
    empty: Wait,
    restart: Wait,
}

#[derive(Serialize)]
struct Wait {
    count: u64,
    /// On average.
    micros: f64,
}

pub(super) fn render(report: &Report) -> String {
    let results = &report.results;
    let document = Document {
        schema: SCHEMA,
        seed: results.seed.to_string(),
        reference: results.stores.first().map_or("", |store| &store.description.name),
        backends: results.stores.iter().map(|store| &store.description).collect(),
        unavailable: &report.unavailable,
        features: Feature::iter().map(|feature| feature_entry(report, feature)).collect(),
        divergences: results.divergences.iter().map(divergence_entry).collect(),
        ledger: &report.judgement,
        totals: Totals {
            cases: results.cases,
            operations: results.operations,
            restarts: results.restarts,
            seconds: (results.elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
            transitions: results.transitions.count(),
            growth: results.transitions.growth(results.cases, results.operations),
            waits: results.stores.iter().map(waits_entry).collect(),
        },
        state: results,
    };
    let text = serde_json::to_string_pretty(&document).expect("the report has string keys only");
    text + "\n"
}

fn feature_entry(report: &Report, feature: Feature) -> FeatureEntry<'_> {
    let results = &report.results;
    let ran = (0..results.stores.len()).map(|index| cell(results, index, feature));
    let not_run = report.unavailable.iter().map(|unavailable| Cell {
        backend: &unavailable.name,
        status: Status::NotRun,
        evidence: Evidence::default(),
        methods: Vec::new(),
        divergences: Vec::new(),
    });
    FeatureEntry { feature, cells: ran.chain(not_run).collect() }
}

fn cell(results: &Results, index: usize, feature: Feature) -> Cell<'_> {
    let StoreRun { description, coverage, .. } = &results.stores[index];
    let divergences = matrix::divergences_of(results, &description.name, feature);
    Cell {
        backend: &description.name,
        status: matrix::feature_status(results, index, feature),
        evidence: evidence::of(results, index, feature),
        methods: feature.methods().map(|method| method_entry(coverage, method)).collect(),
        divergences: divergences.map(|divergence| &divergence.signature).collect(),
    }
}

fn method_entry(coverage: &Coverage, method: Method) -> MethodEntry {
    let mut outcomes = BTreeMap::new();
    let mut detail = BTreeMap::new();
    for (label, calls) in coverage.outcomes(method) {
        *outcomes.entry(label.coarse()).or_default() += calls;
        detail.insert(label.to_string(), calls);
    }
    let (calls, unreached) = (coverage.calls(method), coverage.unreached(method));
    MethodEntry { method, calls, outcomes, detail, unreached }
}

fn waits_entry(store: &StoreRun) -> WaitsEntry<'_> {
    let wait = |waits: &Waits| Wait {
        count: waits.count,
        micros: (waits.mean_micros() * 10.0).round() / 10.0,
    };
    WaitsEntry {
        backend: &store.description.name,
        call: wait(&store.timing.calls),
        empty: wait(&store.timing.emptying),
        restart: wait(&store.timing.restarts),
    }
}

fn divergence_entry(divergence: &Divergence) -> DivergenceEntry<'_> {
    let Divergence { signature, count, trace, difference, .. } = divergence;
    DivergenceEntry {
        signature,
        backend: &signature.backend,
        feature: signature.feature,
        method: signature.method,
        class: signature.class,
        path: &signature.path,
        count: *count,
        trace: trace.to_values(),
        expected: &difference.expected,
        actual: &difference.actual,
        diff: difference.to_text(),
    }
}
