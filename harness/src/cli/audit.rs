//! `parity audit`.

use std::time::Duration;

use pangolin_parity::campaign::{self, Event};

use super::Failure;
use super::campaign_args::{CampaignArgs, OutputArgs};
use super::progress::Progress;

/// The budget when none is given.
const DEFAULT_CASES: u64 = 500;
const DEFAULT_TIME: Duration = Duration::from_secs(25);

#[derive(clap::Args)]
pub(super) struct Audit {
    #[command(flatten)]
    campaign: CampaignArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl Audit {
    /// Runs the audit and returns whether the stores are at parity.
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let (backends, unavailable) = self.campaign.stores.open().await?;
        let mut plan = self.campaign.plan()?;
        if plan.cases.is_none() && plan.time.is_none() {
            (plan.cases, plan.time) = (Some(DEFAULT_CASES), Some(DEFAULT_TIME));
        }
        let ledger = self.output.ledger()?;
        let mut progress = Progress::new(plan.cases);
        let mut listener = |event: Event<'_>| match event {
            Event::Progress(results) => progress.show(results),
            Event::Found(divergence) => progress.say(&format!("found {}", divergence.signature)),
        };
        let results = campaign::run(&backends, &plan, &mut listener)
            .await
            .map_err(|error| Failure::unavailable(anyhow::Error::from(error)))?;
        progress.finish();
        self.output.report(results, unavailable, &ledger)
    }
}
