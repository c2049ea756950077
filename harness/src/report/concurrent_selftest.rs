//! The report of a self-test of torture.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};

use crate::torture::selftest::{ConcurrentSelftestResults, ConcurrentTrial};

impl ConcurrentSelftestResults {
    /// The results for a terminal: a table, what was not found, the totals.
    pub fn to_terminal(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_header(["Fault", "Seen by", "Found", "Histories", "Seconds"]);
        for trial in &self.trials {
            table.add_row([
                trial.fault.name.to_owned(),
                trial.fault.shows.to_string(),
                found(trial),
                trial.histories.to_string(),
                format!("{:.2}", trial.elapsed.as_secs_f64()),
            ]);
        }
        for column in table.column_iter_mut().skip(3) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        format!("{table}\n\n{}{}", self.what_is_wrong(), self.totals())
    }

    /// The results for machines.
    pub fn to_json(&self) -> String {
        let fault = |trial: &ConcurrentTrial| {
            json!({
                "fault": trial.fault.name,
                "feature": trial.fault.feature,
                "found": trial.found.is_some(),
                "signature": trial.found.as_ref().map(|breach| &breach.signature),
                "histories": trial.histories,
                "seconds": trial.elapsed.as_secs_f64(),
            })
        };
        let control = self.control.total();
        let faults: Vec<Value> = self.trials.iter().map(fault).collect();
        let control = json!({
            "histories": control.histories,
            "pairs": control.pairs,
            "overlapping": control.overlapping,
            "undecided": control.undecided,
            "breaches": self.found_without.len(),
        });
        let report = json!({ "schema": 1, "faults": faults, "control": control });
        format!("{report:#}\n")
    }

    fn what_is_wrong(&self) -> String {
        let missed = self.trials.iter().filter(|trial| trial.found.is_none());
        let missed = missed.map(|trial| {
            format!("■ {} was not found: the store {}\n", trial.fault.name, trial.fault.does)
        });
        let without = self.found_without.iter().map(|breach| {
            format!("■ shown with no fault planted: {}\n{}", breach.signature, breach.history)
        });
        missed.chain(without).collect()
    }

    fn totals(&self) -> String {
        let mut needed: Vec<u64> = self
            .trials
            .iter()
            .filter(|trial| trial.found.is_some())
            .map(|trial| trial.histories)
            .collect();
        needed.sort_unstable();
        let control = self.control.total();
        format!(
            "{} of {} faults found in {}. Histories until found: median {}, worst {}.\n\
             With no fault planted: {} histories, {} of {} pairs of calls overlapped, {} undecided, {} breaches.\n\
             {:.1} s, seed {}.\n",
            needed.len(),
            self.trials.len(),
            self.backend,
            needed.get(needed.len() / 2).copied().unwrap_or_default(),
            needed.last().copied().unwrap_or_default(),
            control.histories,
            control.overlapping,
            control.pairs,
            control.undecided,
            self.found_without.len(),
            self.elapsed.as_secs_f64(),
            self.seed,
        )
    }
}

fn found(trial: &ConcurrentTrial) -> String {
    match &trial.found {
        Some(breach) => format!("✅ {}", breach.signature.class),
        None => "❌ not found".to_owned(),
    }
}
