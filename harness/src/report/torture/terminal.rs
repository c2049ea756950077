//! The report of a torture run for a terminal.

use super::shown_breach::ShownBreach;
use super::{TortureReport, evidence};
use crate::report::terminal::indented;

pub(super) fn render(report: &TortureReport) -> String {
    let mut text = format!("{}\n\n", evidence::matrix(report).to_terminal());
    text += &report.totals();
    text += &crate::report::not_run(&report.unavailable);
    for store in &report.results.stores {
        text += &format!("\n{}: {}\n", store.description.name, evidence::about(store));
        let cuts = evidence::cuts(store);
        for grid in [evidence::nemeses(store)].iter().chain(&cuts) {
            text += &format!("{}\n", grid.to_terminal());
        }
    }
    for breach in ShownBreach::all(report) {
        text += &gap(&breach);
    }
    text
}

fn gap(shown: &ShownBreach<'_>) -> String {
    format!(
        "\n■ {}\n  {}\n\n{}\n  judge it again: {}\n",
        shown.breach.signature,
        shown.summary(),
        indented(&shown.to_text()),
        shown.command
    )
}
