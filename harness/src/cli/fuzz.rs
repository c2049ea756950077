//! `parity fuzz`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pangolin_parity::backend::Unavailable;
use pangolin_parity::campaign::ledger::{Day, Ledger};
use pangolin_parity::campaign::shard::Shard;
use pangolin_parity::campaign::{self, Divergence, Event, Results};
use pangolin_parity::report::{self, Format, Report};
use pangolin_parity::trace::regressions::Folder;

use tokio_util::sync::CancellationToken;

use super::campaign_args::{CampaignArgs, OutputArgs};
use super::progress::Progress;
use super::{Failure, StoreArgs, signals};

#[derive(clap::Args)]
pub(super) struct Fuzz {
    #[command(flatten)]
    campaign: CampaignArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Run one of N disjoint shares of the seed's cases, for instance 1/4; --cases counts the cases of all
    /// shares
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE, hide_default_value = true)]
    shard: Shard,

    /// Stop at the first divergence that the ledger does not tolerate
    #[arg(long)]
    stop_at_first: bool,

    /// Resume from a JSON report: with its stores, seed, features and shard, at its next case
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["backends", "reference", "seed", "features", "shard"]
    )]
    resume: Option<PathBuf>,

    /// Save the JSON report in this file while running, to --resume from [default: the --output, if that
    /// is JSON, or the resumed file]
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// How often to save it
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "30s")]
    save_every: Duration,
}

impl Fuzz {
    /// Runs the campaign and returns whether the stores are at parity.
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let resumed = match &self.resume {
            Some(path) => Some(report::read(path).map_err(Failure::input)?),
            None => None,
        };
        let cancelled = signals::cancellation().map_err(Failure::unavailable)?;
        let (backends, mut unavailable) = match &resumed {
            Some((results, _)) => StoreArgs::of(results).open().await?,
            None => self.campaign.stores.open().await?,
        };
        let mut plan = self.campaign.plan()?;
        plan.shard = self.shard;
        plan.cancelled = cancelled;
        if let Some((results, absent)) = resumed {
            let stores: Vec<_> = backends.iter().map(|backend| backend.describe()).collect();
            results.can_be_resumed_on(&stores).map_err(Failure::input)?;
            (plan.resumed, unavailable) = (Some(results), absent);
        }
        let ledger = self.output.ledger()?;
        let mut watcher = Watcher {
            progress: Progress::new(plan.cases),
            ledger: &ledger,
            traces: Folder::open(&self.campaign.regressions).map_err(Failure::input)?,
            cancelled: plan.cancelled.clone(),
            stop_at_first: self.stop_at_first,
            save_to: self.save_path(),
            save_every: self.save_every,
            saved: Instant::now(),
            unavailable: &unavailable,
            failure: None,
        };
        let results = campaign::run(&backends, &plan, &mut |event| watcher.hear(event))
            .await
            .map_err(|error| Failure::unavailable(anyhow::Error::from(error)))?;
        watcher.end(&results)?;
        self.output.report(results, unavailable, &ledger)
    }

    /// Where the report is saved while the campaign runs.
    fn save_path(&self) -> Option<&Path> {
        let output = self.output.output.as_ref().filter(|_| self.output.format == Format::Json);
        self.save.as_ref().or(output).or(self.resume.as_ref()).map(PathBuf::as_path)
    }
}

/// Handles the events of a running campaign: shows progress, saves traces and the report.
struct Watcher<'a> {
    progress: Progress,
    ledger: &'a Ledger,
    traces: Folder,
    cancelled: CancellationToken,
    stop_at_first: bool,
    save_to: Option<&'a Path>,
    save_every: Duration,
    saved: Instant,
    unavailable: &'a [Unavailable],
    /// The first failure; it ends the campaign.
    failure: Option<Failure>,
}

impl Watcher<'_> {
    fn hear(&mut self, event: Event<'_>) {
        let heard = match event {
            Event::Progress(results) => self.progressed(results),
            Event::Found(divergence) => self.found(divergence),
        };
        if let Err(failure) = heard {
            self.cancelled.cancel();
            self.failure.get_or_insert(failure);
        }
    }

    fn progressed(&mut self, results: &Results) -> Result<(), Failure> {
        self.progress.show(results);
        if self.saved.elapsed() < self.save_every {
            return Ok(());
        }
        self.save(results)
    }

    fn found(&mut self, divergence: &Divergence) -> Result<(), Failure> {
        let Divergence { signature, trace, .. } = divergence;
        if self.ledger.tolerates(signature, &Day::today()) {
            return Ok(());
        }
        if self.stop_at_first {
            self.cancelled.cancel();
        }
        let saved = self
            .traces
            .save_once(&signature.file_stem(), &signature.to_string(), trace)
            .map_err(|error| {
                Failure::input(anyhow::anyhow!("cannot save the trace of {signature}: {error}"))
            })?;
        self.progress.say(&match saved {
            Some(path) => format!("found {signature}, saved as {}", path.display()),
            None => format!("found {signature}, already saved"),
        });
        Ok(())
    }

    /// Writes the report that another run can resume from, whole or not at all.
    fn save(&mut self, results: &Results) -> Result<(), Failure> {
        let Some(path) = self.save_to else { return Ok(()) };
        let report = Report {
            judgement: self.ledger.judge(results, &Day::today()),
            results: results.clone(),
            unavailable: self.unavailable.to_vec(),
        };
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        std::fs::write(&beside, report.render(Format::Json))
            .and_then(|()| std::fs::rename(&beside, path))
            .map_err(|error| {
                Failure::input(anyhow::anyhow!("cannot save {}: {error}", path.display()))
            })?;
        self.saved = Instant::now();
        Ok(())
    }

    fn end(mut self, results: &Results) -> Result<(), Failure> {
        let saved = self.save(results);
        self.progress.finish();
        self.failure.map_or(saved, Err)
    }
}
