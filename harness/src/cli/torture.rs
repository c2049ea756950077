//! `parity torture`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use pangolin_parity::campaign::ledger::{Day, Ledger};
use pangolin_parity::campaign::shard::Shard;
use pangolin_parity::compare::signature::Signature;
use pangolin_parity::contract::feature::Feature;
use pangolin_parity::report::torture::TortureReport;
use pangolin_parity::torture::{self, Breach, Event, Nemesis, Plan};
use pangolin_parity::trace::regressions;
use strum::IntoEnumIterator;

use super::campaign_args::OutputArgs;
use super::{Failure, StoreArgs, signals};

/// How long it runs when neither --cases nor --time is given.
const DEFAULT_TIME: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(super) struct Torture {
    /// Stores to torture: memory, sqlite, postgres, mongo, NAME+FAULT for a store with a planted fault
    /// [default: the available ones of these four]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    backends: Vec<String>,

    /// Run N cases on each store: several clients with a few calls each, from one drawn state
    #[arg(long, value_name = "N")]
    cases: Option<u64>,

    /// Run cases for this long, for instance 90s or 10m [default: 60s, without --cases]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,

    /// Derive all choices from this seed; when calls meet is not a choice [default: from the clock]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// What the stores go through, each as far as it can: `none`, the names that --help lists, or `all`
    /// [default: what needs no server of its own and does not take long]
    ///
    /// give-up, cut-before, cut-after, refuse, outage, delay, silent-before, silent-after, end-sessions, few-connections, timeouts,
    /// kill-client, held-lock, full-disk, kill-server, freeze-server, step-down, kill-primary, freeze-primary,
    /// no-majority
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    nemesis: Vec<String>,

    /// How many clients a case has: N, or N-M
    #[arg(long, value_name = "N", default_value = "3-6", value_parser = parse_clients)]
    clients: RangeInclusive<usize>,

    /// How many stores are open on each database; the clients share them
    #[arg(long, value_name = "N", default_value = "2")]
    stores: NonZeroUsize,

    /// Take scenes about these feature areas only, for instance branches,merges
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_delimiter = ',',
        value_name = "FEATURES"
    )]
    features: Vec<Feature>,

    /// Run one of N disjoint shares of the seed's cases, for instance 1/4
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE, hide_default_value = true)]
    shard: Shard,

    /// Report a hang when a call takes longer
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "30s")]
    call_limit: Duration,

    /// Look this long for a smaller history of each breach
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "10s")]
    shrink_time: Duration,

    /// Leave a store alone once it has broken a promise
    #[arg(long)]
    stop_at_first: bool,

    /// Judge the histories in this folder first, if it exists, and run their cases again; new ones are saved there
    #[arg(long, value_name = "FOLDER", default_value = "proptest-regressions")]
    regressions: PathBuf,

    #[command(flatten)]
    output: OutputArgs,
}

fn parse_clients(text: &str) -> Result<RangeInclusive<usize>, String> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    match (least.parse(), most.parse()) {
        (Ok(least), Ok(most)) if (2..=64).contains(&least) && (least..=64).contains(&most) => {
            Ok(least..=most)
        }
        _ => Err("write N or N-M, from 2 to 64".to_owned()),
    }
}

impl Torture {
    /// Tortures the stores and returns whether they kept their promises.
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let cancelled = signals::cancellation().map_err(Failure::unavailable)?;
        let nemeses = self.nemeses()?;
        let first = regressions::read_histories(&self.regressions).map_err(Failure::input)?;
        let ledger = self.output.ledger()?;
        let stores = StoreArgs { backends: self.backends.clone(), reference: None };
        let (backends, unavailable) = stores.open_at_least(1).await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let plan = Plan {
            seed: self.seed.unwrap_or_else(|| u64::from(now.subsec_nanos()) ^ now.as_secs()),
            cases: self.cases,
            time: self.time.or_else(|| self.cases.is_none().then_some(DEFAULT_TIME)),
            clients: self.clients.clone(),
            stores: self.stores.get(),
            features: self.features.iter().copied().collect(),
            nemeses,
            shard: self.shard,
            call_limit: self.call_limit,
            shrink_time: self.shrink_time,
            first,
            program: std::env::current_exe().ok(),
            cancelled,
            stop_at_first: self.stop_at_first,
        };
        let mut watcher = Watcher::new(&self.regressions, &ledger);
        let results = torture::run(&backends, &plan, &mut |event| watcher.hear(event))
            .await
            .map_err(|error| Failure::unavailable(anyhow::Error::from(error)))?;
        watcher.bar.finish_and_clear();
        let mut report = TortureReport::new(results, unavailable, &ledger, &Day::today());
        report.saved = watcher.saved;
        self.output.report_torture(report)
    }

    fn nemeses(&self) -> Result<BTreeSet<Nemesis>, Failure> {
        if self.nemesis.is_empty() {
            return Ok(Nemesis::iter().filter(|nemesis| nemesis.is_quick()).collect());
        }
        let mut all = BTreeSet::new();
        for name in &self.nemesis {
            if name == "all" {
                all.extend(Nemesis::iter());
                continue;
            }
            all.insert(name.parse().map_err(|_| {
                let names: Vec<&str> = Nemesis::iter().map(Into::into).collect();
                Failure::input(anyhow::anyhow!(
                    "--nemesis: there is no `{name}`; choose from all, {}",
                    names.join(", ")
                ))
            })?);
        }
        Ok(all)
    }
}

/// Shows progress on a terminal, and saves what is found.
struct Watcher<'a> {
    bar: ProgressBar,
    folder: &'a PathBuf,
    ledger: &'a Ledger,
    saved: BTreeMap<Signature, PathBuf>,
}

impl<'a> Watcher<'a> {
    fn new(folder: &'a PathBuf, ledger: &'a Ledger) -> Self {
        let style = ProgressStyle::with_template("{spinner} {elapsed}  {pos} histories  {msg}");
        let bar = ProgressBar::new_spinner()
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, folder, ledger, saved: BTreeMap::new() }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Progress(histories) => self.bar.inc(histories),
            Event::Found(breach) => self.save(&breach),
        }
    }

    /// Saves the history of a breach; one that cannot be saved is in the report all the same.
    fn save(&mut self, breach: &Breach) {
        let Breach { signature, case, .. } = breach;
        if self.ledger.tolerates(signature, &Day::today()) {
            return;
        }
        let stem = signature.file_stem();
        let (title, is_proof) = (signature.to_string(), !breach.stuck.is_empty());
        match regressions::save_history(self.folder, &stem, &title, case, is_proof) {
            Ok(path) => {
                self.bar.println(format!("found {signature}, saved as {}", path.display()));
                self.saved.insert(signature.clone(), path);
            }
            Err(error) => {
                self.bar.suspend(|| {
                    eprintln!("parity: warning: cannot save the history of {signature}: {error}");
                });
            }
        }
        self.bar.set_message(format!("{} breaches", self.saved.len()));
    }
}
