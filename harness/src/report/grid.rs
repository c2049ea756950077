//! Tables for people, in a terminal and in Markdown.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

/// A table whose first column names its rows.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// How all columns but the first are aligned.
    pub(super) align: CellAlignment,
}

impl Grid {
    /// The table for a terminal, without a line feed at its end.
    pub(super) fn to_terminal(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_header(&self.header);
        for row in &self.rows {
            table.add_row(row);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(self.align);
        }
        table.to_string()
    }

    /// The table in Markdown, each row ended by a line feed.
    pub(super) fn to_markdown(&self) -> String {
        let align = match self.align {
            CellAlignment::Left => " :--- |",
            CellAlignment::Right => " ---: |",
            CellAlignment::Center => " :---: |",
        };
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let cell = |text: &String| text.replace('|', "\\|");
        let mut text = line(self.header.iter().map(cell).collect());
        text += &format!("| :--- |{}\n", align.repeat(self.header.len().saturating_sub(1)));
        for row in &self.rows {
            let title = row.iter().take(1).map(|title| format!("**{}**", cell(title)));
            text += &line(title.chain(row.iter().skip(1).map(cell)).collect());
        }
        text
    }
}
