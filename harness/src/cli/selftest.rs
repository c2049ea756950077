//! `parity selftest`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use pangolin_parity::backend;
use pangolin_parity::fault::{self, FAULTS, Fault};
use pangolin_parity::selftest;

use super::{Failure, write};

/// The number of cases searched for each fault when no budget is given.
const DEFAULT_CASES: u64 = 500;

#[derive(clap::Args)]
pub(super) struct Selftest {
    /// The store to plant the faults in
    #[arg(long, value_name = "NAME", default_value = "memory")]
    backend: String,

    /// Plant these faults only, for instance audit-oldest-first,branch-copies-nothing
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    faults: Vec<String>,

    /// Search N cases for each fault
    #[arg(long, value_name = "N")]
    cases: Option<u64>,

    /// Search this long for each fault, for instance 5s
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,

    /// Derive all choices from this seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Search for N faults in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Format of the report
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,

    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Report a hang when a call takes longer
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "250ms")]
    call_limit: Duration,
}

/// The format of a self-test's report.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For a terminal: a table, the faults that were not found, the totals.
    Terminal,
    /// For machines.
    Json,
}

impl Selftest {
    /// Runs the self-test and returns whether the harness found every fault, and nothing else.
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let plan = self.plan().await?;
        let progress = progress_bar(plan.faults.len());
        let mut listener = |trial: &selftest::Trial| {
            progress.inc(1);
            if !trial.is_right() {
                progress.println(format!("{} was not found as expected", trial.fault.name()));
            }
        };
        let outcome = selftest::run(&plan, &mut listener)
            .await
            .map_err(|error| Failure::unavailable(anyhow::Error::from(error)))?;
        progress.finish_and_clear();
        let text = match self.format {
            Format::Terminal => outcome.to_terminal(),
            Format::Json => outcome.to_json(),
        };
        write(&text, self.output.as_deref())?;
        Ok(outcome.is_right())
    }

    async fn plan(&self) -> Result<selftest::Selftest, Failure> {
        let name = self.backend.trim();
        if !backend::NAMES.contains(&name) {
            let all = backend::NAMES.join(", ");
            return Err(Failure::input(anyhow::anyhow!(
                "--backend: there is no `{name}`; choose from {all}"
            )));
        }
        let faults = self.faults()?;
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let by_default = self.cases.is_none() && self.time.is_none();
        Ok(selftest::Selftest {
            backend: backend::named(name).await.map_err(Failure::unavailable)?,
            faults,
            seed: self.seed,
            cases: if by_default { Some(DEFAULT_CASES) } else { self.cases },
            time: self.time,
            jobs: self.jobs.map_or(cores, NonZeroUsize::get),
            call_limit: self.call_limit,
        })
    }

    fn faults(&self) -> Result<Vec<&'static dyn Fault>, Failure> {
        if self.faults.is_empty() {
            return Ok(FAULTS.to_vec());
        }
        let named = |name: &String| {
            fault::named(name.trim()).ok_or_else(|| {
                let all: Vec<&str> = FAULTS.iter().map(|fault| fault.name()).collect();
                Failure::input(anyhow::anyhow!(
                    "--faults: there is no `{name}`; choose from {}",
                    all.join(", ")
                ))
            })
        };
        self.faults.iter().map(named).collect()
    }
}

/// A bar on standard error, if that is a terminal.
fn progress_bar(faults: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos}/{len} faults  {elapsed}");
    ProgressBar::new(faults as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
