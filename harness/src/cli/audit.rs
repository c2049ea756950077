//! `parity audit`.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use pangolin_parity::campaign::{self, Event, Plan};
use pangolin_parity::feature::Feature;
use pangolin_parity::generate::Scope;
use pangolin_parity::ledger::{Day, Ledger};
use pangolin_parity::regressions;
use pangolin_parity::report::{Format, Report};

use super::{Failure, Stores, write};

/// What is run when no budget is given.
const DEFAULT_CASES: u64 = 500;
const DEFAULT_TIME: Duration = Duration::from_secs(25);

#[derive(clap::Args)]
pub(super) struct Audit {
    #[command(flatten)]
    stores: Stores,

    /// Draw so many cases, each a trace of 50 to 100 calls on emptied stores
    #[arg(long, value_name = "N")]
    cases: Option<u64>,

    /// Draw cases for so long, for instance 90s or 10m
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,

    /// What all choices derive from; the same seed and --cases give the same report [default: the time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Run so many cases at once [default: one a core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Draw calls of these feature areas only, for instance service_users,merges
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_delimiter = ',',
        value_name = "FEATURES"
    )]
    features: Vec<Feature>,

    /// How to write the report
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,

    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Run the traces in this folder first, if it is there
    #[arg(long, value_name = "FOLDER", default_value = "proptest-regressions")]
    regressions: PathBuf,

    /// Tolerate the divergences in this file, if it is there
    #[arg(long, value_name = "FILE", default_value = "parity-ledger.json")]
    ledger: PathBuf,

    /// Call it a hang when a call takes longer
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "10s")]
    call_limit: Duration,
}

impl Audit {
    /// Runs it; whether the stores are at parity.
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let (backends, unavailable) = self.stores.open().await?;
        let plan = self.plan()?;
        let ledger = Ledger::read(&self.ledger).map_err(Failure::input)?;
        let progress = progress_bar(&plan);
        let mut listener = |event: Event<'_>| match event {
            Event::Progress { cases, operations } => {
                progress.set_position(cases);
                progress.set_message(format!("{operations} operations"));
            }
            Event::Found(divergence) => {
                progress.println(format!("found {}", divergence.signature));
            }
        };
        let results = campaign::run(&backends, &plan, &mut listener)
            .await
            .map_err(|error| Failure::unavailable(anyhow::Error::from(error)))?;
        progress.finish_and_clear();
        let judgement = ledger.judge(&results, &Day::today());
        let report = Report { results, unavailable, judgement };
        write(&report.render(self.format), self.output.as_deref())?;
        Ok(report.is_parity())
    }

    fn plan(&self) -> Result<Plan, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let saved = regressions::read_all(&self.regressions).map_err(Failure::input)?;
        let by_default = self.cases.is_none() && self.time.is_none();
        Ok(Plan {
            seed: self.seed.unwrap_or_else(|| u64::from(now.subsec_nanos()) ^ now.as_secs()),
            cases: if by_default { Some(DEFAULT_CASES) } else { self.cases },
            time: if by_default { Some(DEFAULT_TIME) } else { self.time },
            jobs: self.jobs.map_or(cores, NonZeroUsize::get),
            scope: Scope {
                features: self.features.iter().copied().collect(),
                without: BTreeSet::new(),
            },
            call_limit: self.call_limit,
            first: saved.into_iter().map(|(_, trace)| trace).collect(),
            stop_at: None,
        })
    }
}

/// A bar on standard error, if that is a terminal.
fn progress_bar(plan: &Plan) -> ProgressBar {
    let bar = plan.cases.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let style = ProgressStyle::with_template("{spinner} {pos}/{len} cases  {msg}  {elapsed}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
