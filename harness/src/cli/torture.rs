//! `parity torture`.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pangolin_parity::torture::{self, Event, Nemesis, Plan};

use super::{Failure, StoreArgs, signals};

#[derive(clap::Args)]
pub(super) struct Torture {
    #[command(flatten)]
    stores: StoreArgs,

    /// Run N cases on each store
    #[arg(long, value_name = "N")]
    cases: Option<u64>,

    /// Run cases for this long, for instance 90s or 10m
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,

    /// Derive all choices from this seed [default: from the clock]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// What the stores go through meanwhile
    #[arg(long, value_delimiter = ',', value_name = "NAMES", default_value = "none")]
    nemesis: Vec<String>,

    /// How many clients a case has, N or N-M
    #[arg(long, value_name = "N", default_value = "3-6")]
    clients: String,

    /// How many stores are open on each database
    #[arg(long = "stores", value_name = "N", default_value = "1")]
    stores_open: NonZeroUsize,
}

impl Torture {
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let cancelled = signals::cancellation().map_err(Failure::unavailable)?;
        let (backends, _) = self.stores.open().await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = self.seed.unwrap_or_else(|| u64::from(now.subsec_nanos()) ^ now.as_secs());
        let nemeses: BTreeSet<Nemesis> =
            self.nemesis.iter().filter_map(|name| name.parse().ok()).collect();
        let plan = Plan {
            cases: self.cases,
            time: self.time,
            stores: self.stores_open.get(),
            nemeses,
            program: std::env::current_exe().ok(),
            cancelled,
            call_limit: Duration::from_secs(8),
            ..Plan::new(seed, 0)
        };
        let results = torture::run(&backends, &plan, &mut |event| {
            if let Event::Found(breach) = event {
                eprintln!(
                    "found {} {}\n{}{:?}\n{:#?}",
                    breach.signature, breach.says, breach.history, breach.order, breach.stuck
                );
            }
        })
        .await
        .map_err(Failure::unavailable)?;
        for store in &results.stores {
            let total = store.total();
            println!(
                "{} {:?} overlap {:.2} in {:?}: {:.0} histories a minute",
                store.description.name,
                total,
                total.overlap(),
                store.elapsed,
                total.histories as f64 * 60.0 / store.elapsed.as_secs_f64()
            );
        }
        for breach in &results.breaches {
            println!("{} ×{}", breach.signature, breach.count);
        }
        Ok(results.breaches.is_empty())
    }
}
