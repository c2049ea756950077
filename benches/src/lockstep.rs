//! How fast the harness is.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pangolin_parity::campaign::{self, Plan};
use pangolin_parity::selftest::{self, Selftest};
use pangolin_parity::{backend, fault};

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
    let mean = |waits: &pangolin_parity::compare::timing::Waits| {
        Duration::from_secs_f64(waits.mean_micros() / 1e6)
    };
    Ok(Pace {
        jobs,
        operations_a_second: results.operations as f64 / took,
        call: mean(&timing.calls),
        emptying: mean(&timing.emptying),
        harness_share: (1.0 - in_stores / (took * jobs as f64)).max(0.0),
    })
}

/// What it takes to shrink what a fault shows to its shortest trace.
pub struct Shrinking {
    /// Calls until it shows.
    pub operations: u64,
    /// How long shrinking takes.
    pub took: Duration,
    /// The steps of the shortest trace.
    pub steps: usize,
}

/// What is planted to have something to shrink.
pub const FAULT: &str = "asset-kind-collapsed";

/// Looks for [`FAULT`], planted in a store, and runs the same cases without: what the first takes longer is
/// shrinking.
///
/// # Errors
/// Why the store cannot be had.
pub async fn shrinking(store: &str, cases: u64) -> Result<Shrinking> {
    let selftest = Selftest {
        backend: backend::named(store).await?,
        faults: fault::named(FAULT).into_iter().collect(),
        seed: 1,
        cases: Some(cases),
        time: None,
        jobs: 1,
        call_limit: Duration::from_secs(10),
    };
    let outcome = selftest::run(&selftest, &mut |_| {}).await?;
    let trial = outcome.trials.first().context("the fault is one of the catalogue")?;
    let backends = [backend::named("memory").await?, selftest.backend];
    let begun = Instant::now();
    campaign::run(&backends, &Plan::new(1, trial.cases), &mut |_| {}).await?;
    Ok(Shrinking {
        operations: trial.operations,
        took: trial.elapsed.saturating_sub(begun.elapsed()),
        steps: trial.steps(),
    })
}
