//! The tables of a torture report: the matrix, and for each store what was run on it.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::CellAlignment;

use super::TortureReport;
use crate::contract::method::Method;
use crate::report::grid::Grid;
use crate::torture::{Promise, StoreTally, Tally};

/// The last message that has a column of its own in the table of cuts.
const LAST_MESSAGE: u64 = 12;

/// The matrix: a row a promise, a column a store.
pub(super) fn matrix(report: &TortureReport) -> Grid {
    let ran = report.results.stores.iter().map(|store| store.description.name.to_string());
    let absent = report.unavailable.iter().map(|absent| absent.name.clone());
    let row = |promise: &Promise| {
        let marks = report.marks(*promise).map(|status| status.mark().to_owned());
        [promise.title().to_owned()].into_iter().chain(marks).collect()
    };
    Grid {
        header: ["Promise".to_owned()].into_iter().chain(ran).chain(absent).collect(),
        rows: Promise::ALL.iter().map(row).collect(),
        align: CellAlignment::Center,
    }
}

/// What was run on a store: a row for each nemesis, and one for all when there are several.
pub(super) fn nemeses(store: &StoreTally) -> Grid {
    let header = [
        "Nemesis",
        "Histories",
        "Calls",
        "Overlapping pairs",
        "Unknown outcomes",
        "Undecided",
        "Strikes",
    ];
    let each = store.nemeses.iter().map(|(nemesis, tally)| row(nemesis.to_string(), tally));
    let all = (store.nemeses.len() > 1).then(|| row("all".to_owned(), &store.total()));
    Grid {
        header: header.map(str::to_owned).to_vec(),
        rows: each.chain(all).collect(),
        align: CellAlignment::Right,
    }
}

fn row(title: String, tally: &Tally) -> Vec<String> {
    let Tally { histories, calls, unknown, pairs, overlapping, undecided, strikes } = tally;
    let overlap = format!("{overlapping} of {pairs} ({:.0} %)", tally.overlap() * 100.0);
    let numbers = [unknown, undecided, strikes].map(ToString::to_string);
    [title, histories.to_string(), calls.to_string(), overlap].into_iter().chain(numbers).collect()
}

/// How often the line was struck at which message of which method, whatever struck it; `None` when it never was.
pub(super) fn cuts(store: &StoreTally) -> Option<Grid> {
    let mut times: BTreeMap<Method, BTreeMap<u64, u64>> = BTreeMap::new();
    for cut in &store.cuts {
        let message = cut.message.min(LAST_MESSAGE + 1);
        *times.entry(cut.method).or_default().entry(message).or_default() += cut.times;
    }
    let messages: BTreeSet<u64> = times.values().flat_map(BTreeMap::keys).copied().collect();
    let title = |&message: &u64| match message {
        0..=LAST_MESSAGE => message.to_string(),
        _ => format!(">{LAST_MESSAGE}"),
    };
    let row = |(method, times): (&Method, &BTreeMap<u64, u64>)| {
        let count = |message| times.get(message).map_or_else(String::new, ToString::to_string);
        [method.to_string()].into_iter().chain(messages.iter().map(count)).collect()
    };
    (!times.is_empty()).then(|| Grid {
        header: ["Cuts at message".to_owned()]
            .into_iter()
            .chain(messages.iter().map(title))
            .collect(),
        rows: times.iter().map(row).collect(),
        align: CellAlignment::Right,
    })
}

/// What a store is, and how fast it was.
pub(super) fn about(store: &StoreTally) -> String {
    let description = &store.description;
    format!(
        "{} ({}), {:.0} histories a minute",
        description.version,
        description.server,
        per_minute(store)
    )
}

/// How many histories a store ran in a minute.
pub(super) fn per_minute(store: &StoreTally) -> f64 {
    let minutes = store.elapsed.as_secs_f64() / 60.0;
    if minutes > 0.0 { store.total().histories as f64 / minutes } else { 0.0 }
}
