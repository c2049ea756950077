//! A breach as it is shown.

use super::TortureReport;
use crate::report::brief;
use crate::report::explanation::Explanation;
use crate::report::shown::ShownHistory;
use crate::report::terminal::times;
use crate::torture::{Breach, Nemesis};
use crate::trace::history::History;

/// A breach, with its history parsed.
pub(super) struct ShownBreach<'r> {
    pub(super) breach: &'r Breach,
    /// `None`: a report from elsewhere holds a text that is no history.
    history: Option<History>,
    /// The command that judges it again.
    pub(super) command: String,
}

impl<'r> ShownBreach<'r> {
    /// All breaches that are not tolerated.
    pub(super) fn all(report: &'r TortureReport) -> impl Iterator<Item = Self> {
        report.gaps().map(|breach| {
            let file = report.saved.get(&breach.signature);
            let file = file.map_or_else(|| "FILE".to_owned(), |file| file.display().to_string());
            let command = format!("parity check {file}");
            Self { breach, history: History::parse(&breach.history).ok(), command }
        })
    }

    /// How often it was seen, and what happened.
    pub(super) fn summary(&self) -> String {
        let Breach { count, first, nemesis, says, .. } = self.breach;
        let nemesis = match nemesis {
            Nemesis::None => String::new(),
            nemesis => format!(" under {nemesis}"),
        };
        format!("seen {}, first in history {first}{nemesis}: {}", times(*count), brief::line(says))
    }

    /// Its history, if that can be read.
    pub(super) fn shown(&self) -> Option<ShownHistory<'_>> {
        let explanation = Explanation::from(self.breach);
        self.history.as_ref().map(|history| ShownHistory { history, explanation })
    }

    /// Its history with lanes, or as it is written when it cannot be read.
    pub(super) fn to_text(&self) -> String {
        let raw = || self.breach.history.lines().map(|line| brief::line(line) + "\n").collect();
        self.shown().map_or_else(raw, |shown| shown.to_text())
    }
}
