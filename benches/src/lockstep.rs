//! How fast the harness is.

use std::time::{Duration, Instant};

use anyhow::Result;
use pangolin_parity::backend;
use pangolin_parity::campaign::{self, Plan};

/// How a campaign of the model and a store went.
pub struct Pace {
    /// How many cases ran at once.
    pub jobs: usize,
    /// Generated calls a second, each with what is read back after it.
    pub operations_a_second: f64,
    /// The mean time of a call of the store, those that read back included.
    pub call: Duration,
    /// The mean time of emptying the store.
    pub emptying: Duration,
    /// The share of the time that is neither the model's nor the store's.
    pub harness_share: f64,
}

/// Runs cases of the model and a store, tuned for tests.
///
/// # Errors
/// Why the store cannot be had.
pub async fn measure(store: &str, jobs: usize, cases: u64) -> Result<Pace> {
    let backends = [backend::named("memory").await?, backend::named(store).await?];
    let plan = Plan { jobs, ..Plan::new(1, cases) };
    let begun = Instant::now();
    let results = campaign::run(&backends, &plan, &mut |_| {}).await?;
    let took = begun.elapsed().as_secs_f64();
    let timings = results.stores.iter().map(|run| &run.timing);
    let in_stores: f64 = timings
        .flat_map(|timing| [&timing.calls, &timing.emptying, &timing.restarts])
        .map(|waits| waits.total.as_secs_f64())
        .sum();
    let timing = &results.stores[1].timing;
    let mean =
        |waits: &pangolin_parity::timing::Waits| Duration::from_secs_f64(waits.mean_micros() / 1e6);
    Ok(Pace {
        jobs,
        operations_a_second: results.operations as f64 / took,
        call: mean(&timing.calls),
        emptying: mean(&timing.emptying),
        harness_share: (1.0 - in_stores / (took * jobs as f64)).max(0.0),
    })
}

/// What it takes to shrink what one fault shows, to the shortest trace of each signature.
pub struct Shrinking {
    /// How many signatures there were.
    pub signatures: usize,
    /// The mean time to shrink one.
    pub each: Duration,
    /// How many steps the longest of the shortest traces has.
    pub steps: usize,
}

/// What is planted to have something to shrink.
pub const FAULT: &str = "asset-kind-collapsed";

/// Runs the same cases on a store with [`FAULT`] and without: what the first takes longer is shrinking.
///
/// # Errors
/// Why the store cannot be had.
pub async fn shrinking(store: &str, cases: u64) -> Result<Shrinking> {
    let plan = Plan::new(1, cases);
    let memory = backend::named("memory").await?;
    let run = async |name: &str| {
        let backends = [memory.clone(), backend::named(name).await?];
        let begun = Instant::now();
        let results = campaign::run(&backends, &plan, &mut |_| {}).await?;
        anyhow::Ok((begun.elapsed(), results))
    };
    let (without, _) = run(store).await?;
    let (with, results) = run(&format!("{store}+{FAULT}")).await?;
    let signatures = results.divergences.len();
    let steps = results.divergences.iter().map(|found| found.trace.steps.len()).max();
    Ok(Shrinking {
        signatures,
        each: with.saturating_sub(without) / u32::try_from(signatures.max(1))?,
        steps: steps.unwrap_or_default(),
    })
}
