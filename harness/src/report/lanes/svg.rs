//! Lanes as SVG, which a page or a file can hold.

use askama::Template;

use super::Lanes;
use super::bar::{Bar, Look};

const COLUMN: usize = 9;
const ROW: usize = 28;
const TITLES: usize = 80;

#[derive(Template)]
#[template(path = "lanes.svg")]
struct Drawing<'l> {
    label: &'l str,
    width: usize,
    height: usize,
    lanes: Vec<Lane<'l>>,
}

struct Lane<'l> {
    title: &'l str,
    /// The upper edge of its bars, the lower edge, and the line on which text stands.
    top: usize,
    bottom: usize,
    text: usize,
    bars: Vec<Rectangle<'l>>,
}

struct Rectangle<'l> {
    class: &'static str,
    title: &'l str,
    mark: &'l str,
    left: usize,
    right: usize,
    /// Whether it has no right edge.
    is_open: bool,
}

impl Lanes {
    /// The lanes as SVG. `label` is what a screen reader says of the whole; each bar has a title with its call and
    /// result.
    pub(in crate::report) fn to_svg(&self, label: &str) -> String {
        let mut lanes = Vec::new();
        let mut last_title = "";
        for (index, row) in self.rows.iter().enumerate() {
            let bars = row.bars.iter().enumerate().map(|(index, bar)| {
                let (begin, end) = self.span(row, index);
                rectangle(bar, begin, end)
            });
            lanes.push(Lane {
                title: if row.title == last_title { "" } else { &row.title },
                top: index * ROW + 4,
                bottom: index * ROW + ROW - 4,
                text: index * ROW + ROW / 2 + 4,
                bars: bars.collect(),
            });
            last_title = &row.title;
        }
        let (width, height) = (TITLES + self.width * COLUMN + 4, lanes.len() * ROW);
        let drawing = Drawing { label, width, height, lanes };
        drawing.render().expect("a drawing that is written to memory cannot fail")
    }
}

fn rectangle(bar: &Bar, begin: usize, end: usize) -> Rectangle<'_> {
    Rectangle {
        class: match bar.look {
            Look::Known => "known",
            Look::Unknown => "unknown",
            Look::Stuck => "stuck",
            Look::Incident => "incident",
        },
        title: &bar.title,
        mark: &bar.mark,
        left: TITLES + begin * COLUMN,
        right: TITLES + (end + 1) * COLUMN - 2,
        is_open: bar.end.is_none(),
    }
}
