//! `parity report`.

use std::path::PathBuf;

use pangolin_parity::backend::Unavailable;
use pangolin_parity::campaign::ledger::Day;
use pangolin_parity::campaign::shard::Shard;
use pangolin_parity::campaign::{Misfit, Results};
use pangolin_parity::report;
use pangolin_parity::report::torture::{self, TortureReport};
use pangolin_parity::torture::TortureResults;

use super::Failure;
use super::campaign_args::OutputArgs;

#[derive(clap::Subcommand)]
pub(super) enum Report {
    /// Merge the JSON reports of a campaign's shards; a single report is written in another format
    Merge(Merge),
}

#[derive(clap::Args)]
pub(super) struct Merge {
    /// Reports written with --format json
    #[arg(required = true, value_name = "FILE")]
    reports: Vec<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,
}

impl Report {
    /// Merges the reports and returns whether the stores are at parity, or kept their promises.
    pub(super) fn run(self) -> Result<bool, Failure> {
        let Self::Merge(Merge { reports, output }) = self;
        let ledger = output.ledger()?;
        if reports.iter().any(|path| torture::is_report(path)) {
            let read = |path: &PathBuf| torture::read(path).map_err(Failure::input);
            let shards = |results: &TortureResults| results.shards.clone();
            let (results, absent) = merged(&reports, read, shards, TortureResults::merge)?;
            return output.report_torture(TortureReport::new(
                results,
                absent,
                &ledger,
                &Day::today(),
            ));
        }
        let read = |path: &PathBuf| report::read(path).map_err(Failure::input);
        let shards = |results: &Results| results.shards.clone();
        let (results, unavailable) = merged(&reports, read, shards, Results::merge)?;
        output.report(results, unavailable, &ledger)
    }
}

/// The merged reports, in the order of their shards, and the stores that were unavailable for one.
fn merged<R>(
    paths: &[PathBuf],
    read: impl Fn(&PathBuf) -> Result<(R, Vec<Unavailable>), Failure>,
    shards: impl Fn(&R) -> Vec<Shard>,
    merge: impl Fn(R, R) -> Result<R, Misfit>,
) -> Result<(R, Vec<Unavailable>), Failure> {
    let mut absent: Vec<Unavailable> = Vec::new();
    let mut reports = Vec::new();
    for path in paths {
        let (results, unavailable) = read(path)?;
        reports.push((path, results));
        let names: Vec<String> = absent.iter().map(|absent| absent.name.clone()).collect();
        absent.extend(unavailable.into_iter().filter(|absent| !names.contains(&absent.name)));
    }
    reports.sort_by_key(|(_, results)| shards(results));
    let mut whole: Option<R> = None;
    for (path, results) in reports {
        whole = Some(match whole {
            None => results,
            Some(whole) => merge(whole, results).map_err(|misfit| {
                Failure::input(anyhow::anyhow!("{}: {misfit}", path.display()))
            })?,
        });
    }
    let results = whole.ok_or_else(|| Failure::input(anyhow::anyhow!("there is no report")))?;
    Ok((results, absent))
}
