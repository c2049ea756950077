//! The report for a terminal.

use comfy_table::CellAlignment;

use super::Report;
use super::grid::Grid;
use crate::campaign::Divergence;
use crate::campaign::matrix::{self, MatrixRow};

pub(super) fn render(report: &Report) -> String {
    let mut text = format!("{}\n\n", table(report).to_terminal());
    text += &report.totals();
    text += &super::ledger(&report.judgement);
    text += &super::not_run(&report.unavailable);
    for divergence in report.gaps() {
        text += &gap(divergence);
    }
    text
}

/// The matrix.
pub(super) fn table(report: &Report) -> Grid {
    let results = &report.results;
    let names = results.stores.iter().map(|store| store.description.name.to_string());
    let missing = report.unavailable.iter().map(|unavailable| unavailable.name.clone());
    let row = |row: &MatrixRow| {
        let ran = (0..results.stores.len()).map(|index| matrix::row_status(results, index, row));
        let not_run = report.unavailable.iter().map(|_| matrix::Status::NotRun);
        let cells = ran.chain(not_run).map(|status| status.mark().to_owned());
        [row.title.to_owned()].into_iter().chain(cells).collect()
    };
    Grid {
        header: ["Feature".to_owned()].into_iter().chain(names).chain(missing).collect(),
        rows: matrix::rows(results).map(row).collect(),
        align: CellAlignment::Center,
    }
}

fn gap(divergence: &Divergence) -> String {
    let Divergence { signature, count, trace, difference, .. } = divergence;
    let times = times(*count);
    let steps = match trace.steps.len() {
        1 => "1 step".to_owned(),
        several => format!("{several} steps"),
    };
    let mut text = format!("\n■ {signature}\n  seen {times}; shortest trace ({steps}):\n");
    for line in trace.to_lines().lines() {
        text += &format!("    {}\n", shortened(line));
    }
    for line in difference.to_text().lines() {
        text += &format!("    {}\n", shortened(line));
    }
    text
}

/// How often something was seen.
pub(super) fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// A text further to the right, but for its empty lines.
pub(super) fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
    text.lines().map(line).collect()
}

/// A line that a terminal can show; what is longer is in the other reports.
pub(super) fn shortened(line: &str) -> String {
    const MAX_CHARS: usize = 400;
    if line.chars().count() <= MAX_CHARS {
        return line.to_owned();
    }
    line.chars().take(MAX_CHARS).chain(" …".chars()).collect()
}
