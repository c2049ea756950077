//! The report for a terminal.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use super::Report;
use crate::campaign::Divergence;
use crate::campaign::matrix;

pub(super) fn render(report: &Report) -> String {
    let mut text = format!("{}\n\n", table(report));
    text += &report.totals();
    text += &report.ledger();
    for unavailable in &report.unavailable {
        text += &format!("Not run: {} ({}).\n", unavailable.name, unavailable.reason);
    }
    for divergence in report.gaps() {
        text += &gap(divergence);
    }
    text
}

fn table(report: &Report) -> Table {
    let results = &report.results;
    let names = results.stores.iter().map(|store| store.description.name.to_string());
    let missing = report.unavailable.iter().map(|unavailable| unavailable.name.clone());
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["Feature".to_owned()].into_iter().chain(names).chain(missing));
    for row in matrix::rows(results) {
        let ran = (0..results.stores.len()).map(|index| matrix::row_status(results, index, row));
        let not_run = report.unavailable.iter().map(|_| matrix::Status::NotRun);
        let cells = ran.chain(not_run).map(|status| status.mark().to_owned());
        table.add_row([row.title.to_owned()].into_iter().chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Center);
    }
    table
}

fn gap(divergence: &Divergence) -> String {
    let Divergence { signature, count, trace, difference, .. } = divergence;
    let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
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

/// A line that a terminal can show; what is longer is in the other reports.
pub(super) fn shortened(line: &str) -> String {
    const MAX_CHARS: usize = 400;
    if line.chars().count() <= MAX_CHARS {
        return line.to_owned();
    }
    line.chars().take(MAX_CHARS).chain(" …".chars()).collect()
}
