//! `parity selftest`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use pangolin_parity::backend::{self, AnyBackend};
use pangolin_parity::fault::{self, CONCURRENT_FAULTS, FAULTS};
use pangolin_parity::selftest;
use pangolin_parity::torture::selftest::{self as concurrent, ConcurrentSelftest};

use super::{Failure, write};

/// The number of cases searched for each fault when no budget is given.
const DEFAULT_CASES: u64 = 500;

/// The number of histories in which each concurrent fault is searched when no budget is given.
const DEFAULT_HISTORIES: u64 = 4_000;

#[derive(clap::Args)]
pub(super) struct Selftest {
    /// The store to plant the faults in
    #[arg(long, value_name = "NAME", default_value = "memory")]
    backend: String,

    /// Plant the faults that only several clients together can see, and look for them with concurrent cases
    #[arg(long, conflicts_with_all = ["time", "call_limit"])]
    concurrent: bool,

    /// With --concurrent: how many histories of the store without a fault must show nothing
    #[arg(long, value_name = "N", default_value_t = 10_000, requires = "concurrent")]
    control: u64,

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
        if self.concurrent {
            return self.run_concurrent().await;
        }
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

    /// The same for the faults that only several clients together can see.
    async fn run_concurrent(self) -> Result<bool, Failure> {
        let plan = ConcurrentSelftest {
            faults: chosen(&self.faults, fault::concurrent, CONCURRENT_FAULTS.iter(), |fault| {
                fault.name
            })?,
            backend: self.backend().await?,
            seed: self.seed,
            cases: self.cases.unwrap_or(DEFAULT_HISTORIES),
            control: self.control,
            jobs: self.jobs(),
        };
        let progress = progress_bar(plan.faults.len());
        let outcome = concurrent::selftest(&plan, &mut |_| progress.inc(1))
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

    async fn backend(&self) -> Result<AnyBackend, Failure> {
        let name = self.backend.trim();
        if !backend::NAMES.contains(&name) {
            let all = backend::NAMES.join(", ");
            return Err(Failure::input(anyhow::anyhow!(
                "--backend: there is no `{name}`; choose from {all}"
            )));
        }
        backend::named(name).await.map_err(Failure::unavailable)
    }

    fn jobs(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.jobs.map_or(cores, NonZeroUsize::get)
    }

    async fn plan(&self) -> Result<selftest::Selftest, Failure> {
        let faults =
            chosen(&self.faults, fault::named, FAULTS.iter().copied(), |fault| fault.name())?;
        let by_default = self.cases.is_none() && self.time.is_none();
        Ok(selftest::Selftest {
            backend: self.backend().await?,
            faults,
            seed: self.seed,
            cases: if by_default { Some(DEFAULT_CASES) } else { self.cases },
            time: self.time,
            jobs: self.jobs(),
            call_limit: self.call_limit,
        })
    }
}

/// The faults of those names; without names, all.
fn chosen<F: Copy>(
    names: &[String],
    named: impl Fn(&str) -> Option<F>,
    all: impl Iterator<Item = F>,
    name_of: impl Fn(F) -> &'static str,
) -> Result<Vec<F>, Failure> {
    let all: Vec<F> = all.collect();
    if names.is_empty() {
        return Ok(all);
    }
    let fault = |name: &String| {
        named(name.trim()).ok_or_else(|| {
            let all: Vec<&str> = all.iter().map(|&fault| name_of(fault)).collect();
            Failure::input(anyhow::anyhow!(
                "--faults: there is no `{name}`; choose from {}",
                all.join(", ")
            ))
        })
    };
    names.iter().map(fault).collect()
}

/// A bar on standard error, if that is a terminal.
fn progress_bar(faults: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {pos}/{len} faults  {elapsed}");
    ProgressBar::new(faults as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
