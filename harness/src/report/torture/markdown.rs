//! The report of a torture run as Markdown.

use super::shown_breach::ShownBreach;
use super::{TortureReport, evidence};

pub(super) fn render(report: &TortureReport) -> String {
    let matrix = evidence::matrix(report).to_markdown();
    let mut text = format!("# Concurrency and Failure Audit\n\n{matrix}\n{}", report.totals());
    for line in crate::report::not_run(&report.unavailable).lines() {
        text += &format!("\n{line}\n");
    }
    for store in &report.results.stores {
        text += &format!("\n## {}\n\n{}.\n", store.description.name, evidence::about(store));
        let cuts = evidence::cuts(store);
        for grid in [evidence::nemeses(store)].iter().chain(&cuts) {
            text += &format!("\n{}", grid.to_markdown());
        }
    }
    for breach in ShownBreach::all(report) {
        text += &gap(&breach);
    }
    text
}

fn gap(shown: &ShownBreach<'_>) -> String {
    format!(
        "\n## `{}`\n\nIt was {}.\n\n````text\n{}````\n\nThe history, which `{}` judges again:\n\n\
         ````json\n{}````\n",
        shown.breach.signature,
        shown.summary(),
        shown.to_text(),
        shown.command,
        shown.breach.history
    )
}
