//! A history as it is shown: what was done before, the lanes, the calls one by one, and how far it can be explained.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::explanation::{Explanation, StuckCall};
use super::lanes::{self, Lanes};
use super::{brief, terminal};
use crate::trace::history::History;
use crate::trace::step::Step;

/// How many columns of a terminal the list of calls takes.
const COLUMNS: u16 = 112;

/// A history and how far it can be explained.
#[derive(Clone, Debug)]
pub(super) struct ShownHistory<'h> {
    pub(super) history: &'h History,
    pub(super) explanation: Explanation,
}

/// A call or an incident in the list below the lanes.
pub(super) struct Entry {
    /// As on its bar.
    pub(super) mark: String,
    /// Whose it is.
    pub(super) lane: String,
    pub(super) what: String,
    /// What it answered.
    pub(super) answer: String,
}

impl ShownHistory<'_> {
    /// All of it for a terminal or a block of code; each line ends with a line feed.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        let before = self.before();
        if !before.is_empty() {
            text += "before all clients:\n";
            for step in before {
                text += &format!("    {}\n", terminal::shortened(&step));
            }
            text.push('\n');
        }
        let lanes = self.lanes();
        text += &lanes.to_text();
        if let Some(legend) = lanes.legend() {
            text += &format!("({legend})\n");
        }
        text += &format!("\n{}", self.list());
        let explained = self.explanation.to_text(self.history);
        if !explained.is_empty() {
            text += &format!("\n{explained}");
        }
        text
    }

    /// The lanes as SVG; `label` says what they are of.
    pub(super) fn to_svg(&self, label: &str) -> String {
        self.lanes().to_svg(label)
    }

    /// What was done before all clients, in few characters each.
    pub(super) fn before(&self) -> Vec<String> {
        let shown = |step: &Step| step.as_call().map_or_else(|| "restart".to_owned(), brief::call);
        self.history.before.steps.iter().map(shown).collect()
    }

    /// The calls and incidents, with the marks of their bars.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let calls = self.history.calls.iter().enumerate().map(|(index, call)| Entry {
            mark: lanes::number(index),
            lane: lanes::lane(call),
            what: brief::call(&call.call),
            answer: brief::answer(call),
        });
        let incidents = self.history.nemesis.iter().enumerate().map(|(index, incident)| Entry {
            mark: lanes::letters(index),
            lane: "nemesis".to_owned(),
            what: lanes::incident(incident),
            answer: String::new(),
        });
        calls.chain(incidents).collect()
    }

    /// The longest order that explains results, in a sentence.
    pub(super) fn order(&self) -> Option<String> {
        self.explanation.order(self.history)
    }

    /// The calls that cannot follow.
    pub(super) fn stuck(&self) -> Vec<StuckCall> {
        self.explanation.stuck(self.history)
    }

    fn lanes(&self) -> Lanes {
        Lanes::new(self.history, &self.explanation)
    }

    fn list(&self) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(COLUMNS);
        for Entry { mark, lane, what, answer } in self.entries() {
            table.add_row([mark, lane, what, answer]);
        }
        if let Some(marks) = table.column_mut(0) {
            marks.set_cell_alignment(CellAlignment::Right);
        }
        table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }
}
