//! The progress of a campaign, on standard error if that is a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pangolin_parity::campaign::Results;

/// The interval over which new transitions are counted.
const WINDOW: Duration = Duration::from_secs(10);

pub(super) struct Progress {
    bar: ProgressBar,
    /// When progress was first shown, and the number of operations then.
    began: Option<(Instant, u64)>,
    /// When the current window began, the number of transitions then, and how many were new in the window
    /// before.
    window: (Instant, u64, u64),
}

impl Progress {
    /// Progress towards a number of cases, or without an end.
    pub(super) fn new(cases: Option<u64>) -> Self {
        let bar = cases.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = match cases {
            Some(_) => "{spinner} {elapsed}  {pos}/{len} cases  {msg}",
            None => "{spinner} {elapsed}  {pos} cases  {msg}",
        };
        let style = ProgressStyle::with_template(template);
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, began: None, window: (Instant::now(), 0, 0) }
    }

    /// Shows the current progress.
    pub(super) fn show(&mut self, results: &Results) {
        let (began, operations_before) =
            *self.began.get_or_insert_with(|| (Instant::now(), results.operations));
        let operations = (results.operations - operations_before) as f64;
        let rate = operations / began.elapsed().as_secs_f64().max(f64::EPSILON);
        let transitions = results.transitions.count();
        if self.window.0.elapsed() >= WINDOW {
            self.window = (Instant::now(), transitions, transitions - self.window.1);
        }
        let new = self.window.2.max(transitions - self.window.1);
        let gaps = results.divergences.len();
        self.bar.set_position(results.cases);
        self.bar.set_message(format!(
            "{rate:.0} operations/s  {transitions} transitions (+{new})  {gaps} gaps"
        ));
    }

    /// Prints a line above the bar.
    pub(super) fn say(&self, line: &str) {
        self.bar.println(line);
    }

    /// Removes the bar.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
