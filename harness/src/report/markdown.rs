//! The report as Markdown, in the shape of the audit document.

use super::Report;
use crate::campaign::Divergence;
use crate::campaign::matrix;

pub(super) fn render(report: &Report) -> String {
    let results = &report.results;
    let mut text = "# Backend Parity Audit\n\n".to_owned();
    let names = results.stores.iter().map(|store| &*store.description.name);
    let names = names.chain(report.unavailable.iter().map(|unavailable| &*unavailable.name));
    let names: Vec<&str> = names.collect();
    text += &format!("| Feature | {} |\n", names.join(" | "));
    text += &format!("| :--- |{}\n", " :---: |".repeat(names.len()));
    for row in matrix::rows(results) {
        let ran = (0..results.stores.len()).map(|index| matrix::row_status(results, index, row));
        let not_run = report.unavailable.iter().map(|_| matrix::Status::NotRun);
        let cells: Vec<&str> = ran.chain(not_run).map(matrix::Status::mark).collect();
        text += &format!("| **{}** | {} |\n", row.title, cells.join(" | "));
    }
    text += &format!("\n{}{}", report.totals(), report.ledger());
    for unavailable in &report.unavailable {
        text += &format!("\nNot run: {} ({}).\n", unavailable.name, unavailable.reason);
    }
    for divergence in report.gaps() {
        text += &gap(divergence);
    }
    text
}

fn gap(divergence: &Divergence) -> String {
    let Divergence { signature, count, trace, difference, .. } = divergence;
    format!(
        "\n## `{signature}`\n\nSeen in {count} cases. The shortest trace:\n\n\
         ````json\n{}````\n\n````diff\n{}````\n",
        trace.to_lines(),
        difference.to_text()
    )
}
