//! The arguments that the commands which run a campaign share.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pangolin_parity::backend::Unavailable;
use pangolin_parity::campaign::ledger::{Day, Ledger};
use pangolin_parity::campaign::{Plan, Results};
use pangolin_parity::contract::feature::Feature;
use pangolin_parity::generate::Scope;
use pangolin_parity::report::decision::Decision;
use pangolin_parity::report::torture::TortureReport;
use pangolin_parity::report::{Format, Report};
use pangolin_parity::trace::regressions;

use super::{Failure, StoreArgs, write};

/// What to generate, and on which stores to run it.
#[derive(clap::Args)]
pub(super) struct CampaignArgs {
    #[command(flatten)]
    pub(super) stores: StoreArgs,

    /// Run N cases, each a trace of 50 to 100 calls on emptied stores
    #[arg(long, value_name = "N")]
    pub(super) cases: Option<u64>,

    /// Run cases for this long, for instance 90s or 10m
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(super) time: Option<Duration>,

    /// Derive all choices from this seed; the same seed and --cases give the same report [default: from
    /// the clock]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Run N cases in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Generate calls of these feature areas only, for instance service_users,merges
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_delimiter = ',',
        value_name = "FEATURES"
    )]
    features: Vec<Feature>,

    /// Run the traces in this folder first, if it exists; fuzz saves new traces there
    #[arg(long, value_name = "FOLDER", default_value = "proptest-regressions")]
    pub(super) regressions: PathBuf,

    /// Report a hang when a call takes longer
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "10s")]
    call_limit: Duration,
}

/// How to write the report, and which divergences to tolerate.
#[derive(clap::Args)]
pub(super) struct OutputArgs {
    /// Format of the report
    #[arg(long, value_enum, default_value = "terminal")]
    pub(super) format: Format,

    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Tolerate the divergences listed in this file, if it exists
    #[arg(long, value_name = "FILE", default_value = "parity-ledger.json")]
    ledger: PathBuf,
}

impl CampaignArgs {
    /// The plan of the campaign; the saved traces run first.
    pub(super) fn plan(&self) -> Result<Plan, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = self.seed.unwrap_or_else(|| u64::from(now.subsec_nanos()) ^ now.as_secs());
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let saved = regressions::read_all(&self.regressions).map_err(Failure::input)?;
        let features: BTreeSet<Feature> = self.features.iter().copied().collect();
        Ok(Plan {
            cases: self.cases,
            time: self.time,
            jobs: self.jobs.map_or(cores, NonZeroUsize::get),
            scope: Scope { features, ..Scope::default() },
            call_limit: self.call_limit,
            first: saved.into_iter().map(|(_, trace)| trace).collect(),
            ..Plan::new(seed, 0)
        })
    }
}

impl OutputArgs {
    pub(super) fn ledger(&self) -> Result<Ledger, Failure> {
        Ledger::read(&self.ledger).map_err(Failure::input)
    }

    /// Writes the report on `results` and returns whether the stores are at parity.
    pub(super) fn report(
        &self,
        results: Results,
        unavailable: Vec<Unavailable>,
        ledger: &Ledger,
    ) -> Result<bool, Failure> {
        let judgement = ledger.judge(&results, &Day::today());
        let report = Report { results, unavailable, judgement };
        write(&report.render(self.format), self.output.as_deref())?;
        Ok(report.is_parity())
    }

    /// Writes the report on a torture run and returns whether the stores kept their promises.
    pub(super) fn report_torture(&self, report: TortureReport) -> Result<bool, Failure> {
        write(&report.render(self.format), self.output.as_deref())?;
        match report.decision() {
            Decision::Kept => Ok(true),
            Decision::Broken => Ok(false),
            Decision::Unproven => Err(Failure::unavailable(anyhow::anyhow!(
                "nothing was proven; the report says why"
            ))),
        }
    }
}
