//! The report as Markdown, in the shape of the audit document.

use super::{Report, terminal};
use crate::campaign::Divergence;

pub(super) fn render(report: &Report) -> String {
    let matrix = terminal::table(report).to_markdown();
    let mut text = format!("# Backend Parity Audit\n\n{matrix}");
    text += &format!("\n{}{}", report.totals(), super::ledger(&report.judgement));
    for line in super::not_run(&report.unavailable).lines() {
        text += &format!("\n{line}\n");
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
