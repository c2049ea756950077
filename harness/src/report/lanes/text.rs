//! Lanes as text.

use super::bar::Bar;
use super::{Lanes, Row};

/// How many columns of a terminal the lanes take, with their titles.
const COLUMNS: usize = 100;

impl Lanes {
    /// The lanes as text. Where they are too long for a terminal they go on below, in further bands.
    pub(in crate::report) fn to_text(&self) -> String {
        let titles = self.rows.iter().map(|row| row.title.chars().count());
        let indent = titles.max().unwrap_or_default() + 2;
        let mut text = String::new();
        for start in (0..self.width).step_by(COLUMNS - indent) {
            if start > 0 {
                text.push('\n');
            }
            let band = Band { start, width: (COLUMNS - indent).min(self.width - start) };
            let mut last_title = "";
            for row in &self.rows {
                let Some(drawn) = self.draw(row, &band) else { continue };
                let title = if row.title == last_title { "" } else { &row.title };
                text += format!("{title:<indent$}{drawn}").trim_end();
                text.push('\n');
                last_title = &row.title;
            }
        }
        text
    }

    /// The part of a row that lies in a band; `None` when nothing does.
    fn draw(&self, row: &Row, band: &Band) -> Option<String> {
        let mut drawn = vec![' '; band.width];
        for (index, bar) in row.bars.iter().enumerate() {
            let (begin, end) = self.span(row, index);
            band.draw(bar, begin, end, &mut drawn);
        }
        let is_empty = drawn.iter().all(|&character| character == ' ');
        (!is_empty).then(|| drawn.into_iter().collect())
    }
}

/// The columns from `start` on.
struct Band {
    start: usize,
    width: usize,
}

impl Band {
    /// Draws the part of a bar from column `begin` to column `end` that lies in the band.
    fn draw(&self, bar: &Bar, begin: usize, end: usize, drawn: &mut [char]) {
        let first = begin.max(self.start);
        let last = end.min(self.start + self.width - 1);
        if first > last {
            return;
        }
        let [left, line, right] = bar.strokes();
        let (from, to) = (first - self.start, last - self.start);
        drawn[from..=to].fill(line);
        if first == begin {
            drawn[from] = left;
        }
        if last == end {
            drawn[to] = right;
        }
        let is_point = begin == end || bar.end == Some(bar.begin);
        // A bar that goes on in the next band shows its mark where there is room between its ends.
        let free = from + usize::from(first == begin && !is_point);
        let end = to + 1 - usize::from(last == end && !is_point);
        let mut places = (free..=(from + 2).min(end)).rev();
        if let Some(place) = places.find(|place| place + bar.mark.len() <= end) {
            let place = if is_point { from } else { place };
            let mark: Vec<char> = bar.mark.chars().collect();
            drawn[place..place + mark.len()].copy_from_slice(&mark);
        }
    }
}
