//! The report of a self-test.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};

use crate::campaign::Divergence;
use crate::selftest::{SelftestResults, Trial};

impl SelftestResults {
    /// The results for a terminal: a table, what was not found, the totals.
    pub fn to_terminal(&self) -> String {
        let mut text = format!("{}\n\n", self.table());
        for trial in &self.trials {
            text += &what_is_wrong(trial);
        }
        for divergence in &self.control.divergences {
            text += &format!("■ shown with no fault planted: {}\n", shown(divergence));
        }
        text + &self.totals()
    }

    /// The results for machines.
    pub fn to_json(&self) -> String {
        let control = json!({
            "divergences": self.control.divergences.len(),
            "operations": self.control.operations,
        });
        let faults: Vec<Value> = self.trials.iter().map(fault).collect();
        let report = json!({ "schema": 1, "faults": faults, "control": control });
        format!("{report:#}\n")
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_header([
            "Fault",
            "Feature",
            "Expected",
            "Found",
            "Cases",
            "Operations",
            "Steps",
            "Seconds",
        ]);
        for trial in &self.trials {
            let found = match trial.class() {
                None => "❌ not found".to_owned(),
                Some(class) if trial.is_right() => format!("✅ {class}"),
                Some(class) => format!("❌ {class}"),
            };
            table.add_row([
                trial.fault.name().to_owned(),
                trial.fault.feature().to_string(),
                trial.fault.class().to_string(),
                found,
                trial.cases.to_string(),
                trial.operations.to_string(),
                trial.steps().to_string(),
                format!("{:.2}", trial.elapsed.as_secs_f64()),
            ]);
        }
        for column in table.column_iter_mut().skip(4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn totals(&self) -> String {
        let found: Vec<&Trial> = self.trials.iter().filter(|trial| trial.is_found()).collect();
        let right = found.iter().filter(|trial| trial.is_right()).count();
        let steps = found.iter().map(|trial| trial.steps() as u64).collect();
        let operations = found.iter().map(|trial| trial.operations).collect();
        format!(
            "{} of {} faults found in {}, {right} of them classed right.\n\
             Operations until found: {}. Steps after shrinking: {}.\n\
             With no fault planted: {} operations, {} divergences.\n\
             {:.1} s, seed {}.\n",
            found.len(),
            self.trials.len(),
            self.backend,
            median_and_worst(operations),
            median_and_worst(steps),
            self.control.operations,
            self.control.divergences.len(),
            self.elapsed.as_secs_f64(),
            self.seed,
        )
    }
}

fn fault(trial: &Trial) -> Value {
    json!({
        "fault": trial.fault.name(),
        "feature": trial.fault.feature(),
        "expected": trial.fault.class(),
        "found": trial.is_found(),
        "class": trial.class(),
        "cases": trial.cases,
        "operations": trial.operations,
        "steps": trial.steps(),
        "seconds": trial.elapsed.as_secs_f64(),
    })
}

/// What was not as it should be about a fault, with what was shown instead; nothing if all was.
fn what_is_wrong(trial: &Trial) -> String {
    if trial.is_right() {
        return String::new();
    }
    let (name, does) = (trial.fault.name(), trial.fault.does());
    let wrong = if trial.is_found() { "classed or blamed wrong" } else { "not found" };
    let mut text = format!("■ {name} was {wrong}: the store {does}\n");
    for divergence in &trial.divergences {
        text += &format!("  shown instead: {}\n", shown(divergence));
    }
    text
}

fn shown(divergence: &Divergence) -> String {
    let lines = divergence.trace.to_lines();
    let lines = lines.lines().map(|line| format!("\n    {}", super::terminal::shortened(line)));
    format!("{}{}", divergence.signature, lines.collect::<String>())
}

fn median_and_worst(mut numbers: Vec<u64>) -> String {
    numbers.sort_unstable();
    match (numbers.get(numbers.len() / 2), numbers.last()) {
        (Some(median), Some(worst)) => format!("median {median}, worst {worst}"),
        _ => "none".to_owned(),
    }
}
