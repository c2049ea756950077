//! The section of the page about contention.

use std::fmt::Write;
use std::time::Duration;

use super::{BRANCHES, CALLERS, Point, SPREADS, Spread};
use crate::page::{mark, time};

/// The points of each store, and how long each was measured.
pub struct Contention {
    /// The time of a point.
    pub time: Duration,
    /// The points of each store, as [`super::measure`] returns them.
    pub points: Vec<(&'static str, Vec<Point>)>,
}

/// The least share of the best throughput that may be left with the most callers: the remainder is noise of a
/// short measurement.
const HELD: f64 = 0.8;

impl Spread {
    /// The title of its table.
    pub fn title(self) -> String {
        match self {
            Self::OneBranch => "one branch".to_owned(),
            Self::ManyBranches => format!("{BRANCHES} branches"),
        }
    }
}

impl Contention {
    /// The section in Markdown, or nothing if no store was measured.
    pub fn render(&self) -> String {
        if self.points.is_empty() {
            return String::new();
        }
        let most = CALLERS[CALLERS.len() - 1];
        let mut text = format!(
            "## Contention\n\nCallers of one store, each of which creates an asset, swaps its metadata location \
             and deletes it, for {} s: all on one branch, or spread over {BRANCHES}. No two write the same asset, \
             so that every call can succeed. Each cell: the calls per second that succeeded, the median wait, its \
             99th percentile, and the calls that failed. *Held* is the throughput of {most} callers as a share of \
             the best in the row, at least {HELD:.2}: more callers may wait longer, but not get less done \
             together.\n\n",
            self.time.as_secs_f64()
        );
        for spread in SPREADS {
            text += &self.table(spread);
        }
        text + &self.failures()
    }

    /// The throughput of each store by number of callers, under a name for each line of a plot.
    pub fn lines(&self) -> Vec<(String, Vec<(u64, f64)>)> {
        let mut lines = Vec::new();
        for (store, points) in &self.points {
            for spread in SPREADS {
                let name = format!("{store}, {}", spread.title());
                let line = of(points, spread).map(|point| (point.callers, point.calls_a_second));
                // A logarithmic axis has no zero.
                lines.push((name, line.filter(|(_, calls)| *calls > 0.0).collect()));
            }
        }
        lines
    }

    fn table(&self, spread: Spread) -> String {
        let callers = CALLERS.map(|callers| callers.to_string()).join(" | ");
        let mut text = format!("| {}, callers: | {callers} | held |\n", spread.title());
        let _ = writeln!(text, "| :--- |{}", " ---: |".repeat(CALLERS.len() + 1));
        for (store, points) in &self.points {
            let cells: Vec<String> = of(points, spread).map(cell).collect();
            let held = held(of(points, spread));
            let held = format!("{held:.2} {}", mark(held >= HELD));
            let _ = writeln!(text, "| {store} | {} | {held} |", cells.join(" | "));
        }
        text + "\n"
    }

    fn failures(&self) -> String {
        let mut text = String::new();
        for (store, points) in &self.points {
            for point in points {
                let Some(failure) = &point.failure else { continue };
                let (failures, callers, on) = (point.failures, point.callers, point.spread.title());
                let failure = failure.replace(['\n', '`'], " ");
                let _ = writeln!(
                    text,
                    "- **{store}, {callers} on {on}**: {failures} failed, for example: `{failure}`"
                );
            }
        }
        if text.is_empty() { text } else { text + "\n" }
    }
}

fn of(points: &[Point], spread: Spread) -> impl Iterator<Item = &Point> {
    points.iter().filter(move |point| point.spread == spread)
}

fn cell(point: &Point) -> String {
    let wait = |wait: Duration| time(wait.as_secs_f64() * 1e9);
    let failed =
        if point.failures == 0 { "0".to_owned() } else { format!("{} ❌", point.failures) };
    let calls = match point.calls_a_second {
        few if few < 10.0 => format!("{few:.1}"),
        many => format!("{many:.0}"),
    };
    format!("{calls} · {} · {} · {failed}", wait(point.median), wait(point.p99))
}

/// The throughput of the most callers as a share of the best; zero if no call succeeded.
fn held<'p>(points: impl Iterator<Item = &'p Point>) -> f64 {
    let calls: Vec<f64> = points.map(|point| point.calls_a_second).collect();
    let best = calls.iter().copied().fold(0.0, f64::max);
    calls.last().filter(|_| best > 0.0).map_or(0.0, |most| most / best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(spread: Spread, callers: u64, calls_a_second: f64) -> Point {
        Point {
            spread,
            callers,
            calls_a_second,
            median: Duration::from_micros(1_500),
            p99: Duration::from_millis(80),
            failures: 0,
            failure: None,
        }
    }

    fn of_calls(spread: Spread, calls: [f64; 5]) -> impl Iterator<Item = Point> {
        let points = CALLERS.into_iter().zip(calls);
        points.map(move |(callers, calls)| point(spread, callers, calls))
    }

    fn collapsed_on_one_branch() -> Contention {
        let one = of_calls(Spread::OneBranch, [80.0, 246.0, 112.0, 24.0, 9.5]);
        let many = of_calls(Spread::ManyBranches, [80.0, 200.0, 190.0, 180.0, 170.0]);
        let mut points: Vec<Point> = one.chain(many).collect();
        points[4].failures = 3;
        points[4].failure = Some("gave `up`\nafter a while".to_owned());
        Contention { time: Duration::from_secs(3), points: vec![("mongo", points)] }
    }

    #[test]
    fn a_throughput_that_falls_as_callers_rise_is_marked() {
        let text = collapsed_on_one_branch().render();
        assert!(text.contains("| one branch, callers: | 1 | 4 | 16 | 64 | 200 | held |"), "{text}");
        assert!(text.contains("| 9.5 · 1.5 ms · 80 ms · 3 ❌ | 0.04 ❌ |"), "{text}");
        assert!(text.contains("| 170 · 1.5 ms · 80 ms · 0 | 0.85 ✅ |"), "{text}");
    }

    #[test]
    fn a_failure_is_quoted_on_one_line() {
        let text = collapsed_on_one_branch().render();
        let quoted =
            "- **mongo, 200 on one branch**: 3 failed, for example: `gave  up  after a while`\n";
        assert!(text.contains(quoted), "{text}");
    }

    #[test]
    fn a_store_that_answers_nobody_holds_nothing_and_has_no_line() {
        let points = of_calls(Spread::OneBranch, [0.0; 5]).collect();
        let dead = Contention { time: Duration::from_secs(1), points: vec![("sqlite", points)] };
        assert!(dead.render().contains("| 0.00 ❌ |"));
        assert!(dead.lines().iter().all(|(_, line)| line.is_empty()));
    }

    #[test]
    fn without_stores_there_is_no_section() {
        let none = Contention { time: Duration::from_secs(1), points: Vec::new() };
        assert_eq!(none.render(), "");
    }
}
