//! The speed of the harness.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pangolin_parity::campaign::{self, Plan};
use pangolin_parity::selftest::{self, Selftest};
use pangolin_parity::{backend, fault};

/// The speed of a campaign of the model and a store.
pub struct Pace {
    /// The number of cases that ran in parallel.
    pub jobs: usize,
    /// Generated calls per second, each with the calls that read back after it.
    pub operations_a_second: f64,
    /// The mean time of a call of the store, including the calls that read back.
    pub call: Duration,
    /// The mean time of emptying the store.
    pub emptying: Duration,
    /// The share of the time spent neither in the model nor in the store.
    pub harness_share: f64,
}

/// Runs cases of the model and a store, tuned for tests.
///
/// # Errors
/// Why the store is unavailable.
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

/// The cost of shrinking a fault's divergence to its shortest trace.
pub struct Shrinking {
    /// The number of calls until the divergence appears.
    pub operations: u64,
    /// How long shrinking takes.
    pub took: Duration,
    /// The steps of the shortest trace.
    pub steps: usize,
}

/// The fault that is planted to produce a divergence to shrink.
pub const FAULT: &str = "asset-kind-collapsed";

/// Searches for [`FAULT`], planted in a store, and runs the same cases without it: the difference in time is
/// spent on shrinking.
///
/// # Errors
/// Why the store is unavailable.
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
