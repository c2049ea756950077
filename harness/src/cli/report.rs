//! `parity report`.

use std::path::PathBuf;

use pangolin_parity::backend::Unavailable;
use pangolin_parity::campaign::Results;
use pangolin_parity::report;

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
    /// Merges the reports and returns whether the stores are at parity.
    pub(super) fn run(self) -> Result<bool, Failure> {
        let Self::Merge(Merge { reports, output }) = self;
        let ledger = output.ledger()?;
        let (results, unavailable) = merged(&reports)?;
        output.report(results, unavailable, &ledger)
    }
}

/// The merged reports, in the order of their shards.
fn merged(paths: &[PathBuf]) -> Result<(Results, Vec<Unavailable>), Failure> {
    let mut absent: Vec<Unavailable> = Vec::new();
    let mut reports = Vec::new();
    for path in paths {
        let (results, unavailable) = report::read(path).map_err(Failure::input)?;
        reports.push((path, results));
        let names: Vec<String> = absent.iter().map(|absent| absent.name.clone()).collect();
        absent.extend(unavailable.into_iter().filter(|absent| !names.contains(&absent.name)));
    }
    reports.sort_by(|(_, one), (_, other)| one.shards.cmp(&other.shards));
    let mut whole: Option<Results> = None;
    for (path, results) in reports {
        whole = Some(match whole {
            None => results,
            Some(whole) => whole.merge(results).map_err(|misfit| {
                Failure::input(anyhow::anyhow!("{}: {misfit}", path.display()))
            })?,
        });
    }
    let results = whole.ok_or_else(|| Failure::input(anyhow::anyhow!("there is no report")))?;
    Ok((results, absent))
}
