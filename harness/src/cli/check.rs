//! `parity check`.

use std::path::PathBuf;

use clap::ValueEnum;
use pangolin_parity::compare::linearize::{self, Verdict, judge};
use pangolin_parity::report::check::{self, CheckedHistory};
use pangolin_parity::report::decision::Decision;
use pangolin_parity::trace::history::History;
use pangolin_parity::trace::regressions;

use super::{Failure, write};

#[derive(clap::Args)]
pub(super) struct Check {
    /// Files with a history each, or folders of them
    #[arg(required = true, value_name = "HISTORY")]
    histories: Vec<PathBuf>,

    /// How many calls the judge makes on the model before it leaves a history undecided
    #[arg(long, value_name = "N", default_value_t = linearize::BUDGET)]
    budget: u64,

    /// Format of the report
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,

    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The format of the report on a history.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For a terminal: lanes, and why the next call cannot follow.
    Terminal,
    /// For machines.
    Json,
}

impl Check {
    /// Judges the histories and returns whether all of them can be linearized.
    pub(super) fn run(self) -> Result<bool, Failure> {
        let mut read: Vec<(String, History)> = Vec::new();
        for path in &self.histories {
            if path.is_dir() {
                let saved = regressions::read_histories(path).map_err(Failure::input)?;
                read.extend(saved.into_iter().map(|saved| (saved.name, saved.history)));
            } else {
                let history = regressions::read_history(path).map_err(Failure::input)?;
                read.push((path.display().to_string(), history));
            }
        }
        let verdicts: Vec<Verdict> =
            read.iter().map(|(_, history)| judge(history, self.budget)).collect();
        let checked: Vec<CheckedHistory<'_>> = read
            .iter()
            .zip(&verdicts)
            .map(|((name, history), verdict)| CheckedHistory { name, history, verdict })
            .collect();
        let text = match self.format {
            Format::Terminal => checked.iter().map(CheckedHistory::to_terminal).collect(),
            Format::Json => check::to_json(&checked),
        };
        write(&text, self.output.as_deref())?;
        match check::decision(&checked) {
            Decision::Kept => Ok(true),
            Decision::Broken => Ok(false),
            Decision::Unproven if read.is_empty() => {
                Err(Failure::input(anyhow::anyhow!("no history was judged: the folders hold none")))
            }
            Decision::Unproven => Err(Failure::unavailable(anyhow::anyhow!(
                "a history is undecided; a larger --budget may help"
            ))),
        }
    }
}
