//! The report as one page that needs nothing else: the matrix, and behind each cell what was run.

use askama::Template;
use serde_json::Value;

use super::Report;
use crate::backend::{Description, Unavailable};
use crate::campaign::evidence::{self, Evidence};
use crate::campaign::matrix::{self, MatrixRow, Status};
use crate::campaign::{Divergence, Results};
use crate::compare::coverage::Coverage;
use crate::contract::feature::Feature;
use crate::contract::method::Method;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'r> {
    totals: String,
    stores: Vec<Column<'r>>,
    rows: Vec<PageRow>,
}

/// A store that ran, or that was unavailable.
pub(super) struct Column<'r> {
    pub(super) name: &'r str,
    /// Its version and where it ran, or why it did not.
    pub(super) about: String,
}

impl<'r> Column<'r> {
    /// The columns of all stores.
    pub(super) fn all(
        ran: impl Iterator<Item = &'r Description>,
        absent: &'r [Unavailable],
    ) -> Vec<Self> {
        let ran = ran.map(|store| Self {
            name: &store.name,
            about: format!("{} ({})", store.version, store.server),
        });
        let absent =
            absent.iter().map(|absent| Self { name: &absent.name, about: absent.reason.clone() });
        ran.chain(absent).collect()
    }
}

struct PageRow {
    title: &'static str,
    cells: Vec<Cell>,
}

struct Cell {
    /// Unique on the page.
    id: String,
    /// Row and store.
    title: String,
    mark: &'static str,
    class: &'static str,
    features: Vec<FeatureDetail>,
}

struct FeatureDetail {
    name: String,
    evidence: Evidence,
    methods: Vec<MethodDetail>,
    divergences: Vec<Gap>,
}

struct MethodDetail {
    name: String,
    calls: u64,
    outcomes: String,
    unreached: String,
}

struct Gap {
    signature: String,
    count: u64,
    trace: Vec<String>,
    expected: String,
    actual: String,
}

pub(super) fn render(report: &Report) -> String {
    let results = &report.results;
    let page = Page {
        totals: report.totals() + &super::ledger(&report.judgement),
        stores: Column::all(
            results.stores.iter().map(|store| &store.description),
            &report.unavailable,
        ),
        rows: matrix::rows(results)
            .enumerate()
            .map(|(number, row)| matrix_row(report, number, row))
            .collect(),
    };
    page.render().expect("a page that is written to memory cannot fail")
}

fn matrix_row(report: &Report, number: usize, row: &'static MatrixRow) -> PageRow {
    let results = &report.results;
    let cell = |store: usize, name: &str, status: Status, features| Cell {
        id: format!("cell-{number}-{store}"),
        title: format!("{} · {name}", row.title),
        mark: status.mark(),
        class: class(status),
        features,
    };
    let ran = results.stores.iter().enumerate().map(|(index, store)| {
        let features = row.features.iter().map(|&feature| detail(results, index, feature));
        let status = matrix::row_status(results, index, row);
        cell(index, &store.description.name, status, features.collect())
    });
    let absent = report.unavailable.iter().enumerate().map(|(index, absent)| {
        cell(results.stores.len() + index, &absent.name, Status::NotRun, Vec::new())
    });
    PageRow { title: row.title, cells: ran.chain(absent).collect() }
}

/// The class of a mark in the style of the pages.
pub(super) fn class(status: Status) -> &'static str {
    match status {
        Status::Parity => "parity",
        Status::NotRun => "not-run",
        Status::Missing => "missing",
        Status::Outdated | Status::Divergent => "differs",
    }
}

fn detail(results: &Results, index: usize, feature: Feature) -> FeatureDetail {
    let store = &results.stores[index];
    let divergences = matrix::divergences_of(results, &store.description.name, feature);
    FeatureDetail {
        name: feature.to_string(),
        evidence: evidence::of(results, index, feature),
        methods: feature.methods().map(|method| method_detail(&store.coverage, method)).collect(),
        divergences: divergences.map(gap).collect(),
    }
}

fn method_detail(coverage: &Coverage, method: Method) -> MethodDetail {
    let outcomes = coverage.outcomes(method).map(|(label, calls)| format!("{label} {calls}"));
    let unreached = coverage.unreached(method);
    let unreached = unreached.iter().map(ToString::to_string);
    MethodDetail {
        name: method.to_string(),
        calls: coverage.calls(method),
        outcomes: outcomes.collect::<Vec<_>>().join(", "),
        unreached: unreached.collect::<Vec<_>>().join(", "),
    }
}

fn gap(divergence: &Divergence) -> Gap {
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let Divergence { signature, count, trace, difference, .. } = divergence;
    Gap {
        signature: signature.to_string(),
        count: *count,
        trace: trace.to_lines().lines().map(str::to_owned).collect(),
        expected: pretty(&difference.expected),
        actual: pretty(&difference.actual),
    }
}
