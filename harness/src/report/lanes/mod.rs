//! A history as lanes, a client a lane, its calls as bars from their beginning to their answer; after *porcupine*.
//!
//! What lies from left to right is the order of what happened, and not time. What happened to the server or to a
//! connection has a lane of its own, and so have the reads at the end, by the client 0.

mod bar;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use super::brief;
use super::explanation::Explanation;
use crate::trace::history::{ClientCall, History, Incident};
use bar::{Bar, Look};

/// A history, laid out in columns.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    rows: Vec<Row>,
    /// The column of each place at which something happened.
    columns: BTreeMap<u64, usize>,
    /// How many columns there are.
    width: usize,
}

/// A row of bars that do not overlap. A lane has several where its bars do.
#[derive(Clone, Debug)]
struct Row {
    title: String,
    bars: Vec<Bar>,
}

impl Lanes {
    /// Lays a history out; the calls that cannot follow are marked.
    pub(super) fn new(history: &History, explanation: &Explanation) -> Self {
        let mut rows = Vec::new();
        for client in history.clients().into_iter().filter(|&client| client > 0) {
            let bars = calls_of(client, history, explanation);
            rows.extend(separated(&format!("client {client}"), bars));
        }
        let incidents = history.nemesis.iter().enumerate().map(|(index, incident)| Bar {
            begin: incident.begin,
            end: incident.end.map(|end| end.max(incident.begin)),
            mark: letters(index),
            look: Look::Incident,
            title: self::incident(incident),
        });
        rows.extend(separated("nemesis", incidents.collect()));
        rows.extend(separated("reads", calls_of(0, history, explanation)));
        let (columns, width) = columns(&rows);
        Self { rows, columns, width }
    }

    /// What the unusual bars mean, if there are any.
    pub(super) fn legend(&self) -> Option<String> {
        let bars = || self.rows.iter().flat_map(|row| &row.bars);
        let is_call = |bar: &&Bar| bar.look != Look::Incident;
        let open = bars().filter(is_call).any(|bar| bar.end.is_none());
        let unknown = bars().any(|bar| bar.look == Look::Unknown && bar.end.is_some());
        let stuck = bars().any(|bar| bar.look == Look::Stuck);
        let meanings = [
            (open, "…: no answer, so it may have taken effect or not"),
            (unknown, "?: it failed, and may have taken effect or not"),
            (stuck, "━: it cannot follow"),
        ];
        let meanings: Vec<_> =
            meanings.into_iter().filter(|(is_seen, _)| *is_seen).map(|(_, says)| says).collect();
        (!meanings.is_empty()).then(|| meanings.join("; "))
    }

    /// The column in which a bar begins, and the one in which it ends.
    fn span(&self, row: &Row, index: usize) -> (usize, usize) {
        let bar = &row.bars[index];
        let column = |place: u64| self.columns.get(&place).copied().unwrap_or_default();
        let next = || row.bars.get(index + 1).map(|next| column(next.begin).saturating_sub(2));
        let begin = column(bar.begin);
        let end = match bar.end {
            Some(end) if end == bar.begin => begin + bar.mark.len() - 1,
            Some(end) => column(end),
            None => next().unwrap_or(self.width - 1),
        };
        (begin, end.max(begin))
    }
}

/// The mark of a call: its number, from 1, in the order in which the calls began.
pub(super) fn number(index: usize) -> String {
    (index + 1).to_string()
}

/// The mark of an incident: a, b, … z, aa, ab, …
pub(super) fn letters(index: usize) -> String {
    let last = char::from(b'a' + u8::try_from(index % 26).unwrap_or_default());
    let first = if index < 26 { String::new() } else { letters(index / 26 - 1) };
    format!("{first}{last}")
}

/// Whose lane a call is in.
pub(super) fn lane(call: &ClientCall) -> String {
    if call.client == 0 { "reads".to_owned() } else { format!("client {}", call.client) }
}

/// An incident on one line.
pub(super) fn incident(incident: &Incident) -> String {
    let over = if incident.end.is_none() { ", never over" } else { "" };
    format!("{}{over}", brief::line(&incident.nemesis))
}

fn calls_of(client: usize, history: &History, explanation: &Explanation) -> Vec<Bar> {
    let calls = history.calls.iter().enumerate().filter(|(_, call)| call.client == client);
    let bar = |(index, call): (usize, &ClientCall)| Bar {
        begin: call.begin,
        end: call.end,
        mark: number(index),
        look: match call.label() {
            _ if explanation.is_stuck(index) => Look::Stuck,
            Some(_) => Look::Known,
            None => Look::Unknown,
        },
        title: format!("{}: {}", lane(call), brief::in_full(call)),
    };
    calls.map(bar).collect()
}

/// The bars of a lane in as few rows as they need.
fn separated(title: &str, mut bars: Vec<Bar>) -> Vec<Row> {
    bars.sort_by_key(|bar| bar.begin);
    let mut rows: Vec<Row> = Vec::new();
    for bar in bars {
        // A bar without an end makes room for the next one: a client that gave a call up makes another.
        let is_free = |row: &&mut Row| {
            row.bars.last().is_none_or(|last| last.end.unwrap_or(last.begin) < bar.begin)
        };
        match rows.iter_mut().find(is_free) {
            Some(row) => row.bars.push(bar),
            None => rows.push(Row { title: title.to_owned(), bars: vec![bar] }),
        }
    }
    rows
}

/// The columns of all places, as narrow as the marks of the bars allow, and how many columns there are.
fn columns(rows: &[Row]) -> (BTreeMap<u64, usize>, usize) {
    // By a later place: how far it must be from an earlier one.
    let mut distances: BTreeMap<u64, Vec<(u64, usize)>> = BTreeMap::new();
    for row in rows {
        for (bar, next) in row.bars.iter().zip(row.bars.iter().skip(1).map(Some).chain([None])) {
            if let Some(end) = bar.end.filter(|&end| end > bar.begin) {
                distances.entry(end).or_default().push((bar.begin, bar.min_columns() - 1));
            }
            if let Some(next) = next {
                let room = bar.min_columns() + 1;
                distances.entry(next.begin).or_default().push((bar.begin, room));
            }
        }
    }
    let bars = || rows.iter().flat_map(|row| &row.bars);
    let places: BTreeSet<u64> =
        bars().flat_map(|bar| [bar.begin, bar.end.unwrap_or(bar.begin)]).collect();
    let mut columns: BTreeMap<u64, usize> = BTreeMap::new();
    for place in places {
        let after_last = columns.last_key_value().map_or(0, |(_, column)| column + 1);
        let far_enough = distances.get(&place).into_iter().flatten();
        let far_enough = far_enough.map(|(from, distance)| columns[from] + distance).max();
        columns.insert(place, after_last.max(far_enough.unwrap_or_default()));
    }
    let ends = bars().map(|bar| columns[&bar.begin] + bar.min_columns());
    let last = columns.last_key_value().map_or(0, |(_, column)| column + 1);
    let width = ends.max().unwrap_or_default().max(last);
    (columns, width)
}
