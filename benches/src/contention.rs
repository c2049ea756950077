//! Writes of more and more callers of one store.

pub mod section;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pangolin_store::{AssetRef, BranchKind, BranchRef, CatalogStore, MetadataSwap, NewBranch};
use tokio::task::JoinSet;

use crate::rows::{self, CATALOG, TENANT, WRITTEN};
use crate::scene::Scene;
use crate::subject::Subject;

/// The numbers of callers, in ascending order.
pub const CALLERS: [u64; 5] = [1, 4, 16, 64, 200];
/// The number of branches over which callers are spread.
pub const BRANCHES: u64 = 16;
/// How long a caller waits for an answer before the call counts as failed: longer than a store tries, because a
/// call that is given up may leave its transaction to the next ones.
const PATIENCE: Duration = Duration::from_secs(180);
/// The number of assets on each branch, which the calls leave alone.
const SIZE: u64 = 1_000;

/// Where callers write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// All on `main`.
    OneBranch,
    /// Each on one of [`BRANCHES`] branches.
    ManyBranches,
}

/// Both, in the order of the tables.
pub const SPREADS: [Spread; 2] = [Spread::OneBranch, Spread::ManyBranches];

/// What a number of callers got from a store.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Where they wrote.
    pub spread: Spread,
    /// How many they were.
    pub callers: u64,
    /// The calls that succeeded within the time of the measurement, per second.
    pub calls_a_second: f64,
    /// The median wait for an answer or an error.
    pub median: Duration,
    /// The wait that 99 of 100 calls do not exceed.
    pub p99: Duration,
    /// The number of calls that failed.
    pub failures: usize,
    /// The error of one of them.
    pub failure: Option<String>,
}

/// Measures a store with each number of [`CALLERS`] on each of [`SPREADS`], for that long each.
///
/// # Errors
/// Why the store is unavailable or cannot be filled. A call that fails while it is measured is counted.
pub async fn measure(store: &str, time: Duration) -> Result<Vec<Point>> {
    let mut points = Vec::new();
    for spread in SPREADS {
        // A server for each: transactions that the most callers left behind would slow the next ones down.
        let subject = Subject::open(store).await?;
        let scene = Arc::new(fill(&*subject.store).await?);
        for callers in CALLERS {
            let tally = crowd(&subject.store, &scene, spread, callers, time).await?;
            points.push(tally.point(spread, callers, time));
        }
    }
    Ok(points)
}

async fn fill(store: &dyn CatalogStore) -> Result<Scene> {
    let scene = Scene::fill(store, SIZE).await?;
    for number in 0..BRANCHES {
        let branch = NewBranch {
            name: rows::name(&lane(number)),
            kind: BranchKind::Ingest,
            parent: rows::name("main"),
            namespaces: None,
        };
        store.create_branch(TENANT, &rows::name(CATALOG), &branch).await?;
    }
    Ok(scene)
}

fn lane(number: u64) -> String {
    format!("lane_{:02}", number % BRANCHES)
}

/// All callers at the same time.
async fn crowd(
    store: &Arc<dyn CatalogStore>,
    scene: &Arc<Scene>,
    spread: Spread,
    callers: u64,
    time: Duration,
) -> Result<Tally> {
    let mut tasks = JoinSet::new();
    let until = Instant::now() + time;
    for number in 0..callers {
        let on = match spread {
            Spread::OneBranch => rows::on("main"),
            Spread::ManyBranches => rows::on(&lane(number)),
        };
        tasks.spawn(caller(Arc::clone(store), Arc::clone(scene), on, until));
    }
    let mut all = Tally::new(until);
    while let Some(tally) = tasks.join_next().await {
        all.add(tally.context("a caller panicked")?);
    }
    Ok(all)
}

/// Creates an asset, swaps its metadata location and deletes it, over and over: no two callers write the same
/// asset, and the store does not fill.
async fn caller(
    store: Arc<dyn CatalogStore>,
    scene: Arc<Scene>,
    on: BranchRef,
    until: Instant,
) -> Tally {
    let mut tally = Tally::new(until);
    while Instant::now() < until {
        let number = scene.fresh();
        let asset = rows::asset(number, WRITTEN, &format!("arrival_{number:09}"));
        let at = AssetRef {
            catalog: on.catalog.clone(),
            branch: on.branch.clone(),
            namespace: asset.namespace.clone(),
            name: asset.name.clone(),
        };
        let swap =
            MetadataSwap { expected: asset.metadata_location.clone(), new: rows::text("v1") };
        // An asset whose call failed is left: whether it is there is unknown.
        let _ = tally.call(store.create_asset(TENANT, &on, &asset)).await
            && tally.call(store.commit_metadata(TENANT, &at, &swap)).await
            && tally.call(store.delete_asset(TENANT, &at)).await;
    }
    tally
}

/// The answers to callers.
struct Tally {
    until: Instant,
    succeeded_in_time: u64,
    waits: Vec<Duration>,
    failures: usize,
    failure: Option<String>,
}

impl Tally {
    fn new(until: Instant) -> Self {
        Self { until, succeeded_in_time: 0, waits: Vec::new(), failures: 0, failure: None }
    }

    /// Makes a call, unless the time is over, and returns whether it succeeded.
    async fn call<T>(&mut self, call: impl Future<Output = pangolin_store::Result<T>>) -> bool {
        // Callers of a store that never waits would not take turns.
        tokio::task::yield_now().await;
        let begun = Instant::now();
        if begun >= self.until {
            return false;
        }
        let error = match tokio::time::timeout(PATIENCE, call).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(format!("{:#}", anyhow::Error::from(error))),
            Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        let ended = Instant::now();
        self.waits.push(ended - begun);
        if let Some(error) = error {
            self.failures += 1;
            self.failure.get_or_insert(error);
            return false;
        }
        self.succeeded_in_time += u64::from(ended <= self.until);
        true
    }

    fn add(&mut self, other: Self) {
        self.succeeded_in_time += other.succeeded_in_time;
        self.waits.extend(other.waits);
        self.failures += other.failures;
        self.failure = self.failure.take().or(other.failure);
    }

    fn point(mut self, spread: Spread, callers: u64, time: Duration) -> Point {
        self.waits.sort_unstable();
        Point {
            spread,
            callers,
            calls_a_second: self.succeeded_in_time as f64 / time.as_secs_f64(),
            median: percentile(&self.waits, 50),
            p99: percentile(&self.waits, 99),
            failures: self.failures,
            failure: self.failure,
        }
    }
}

/// The shortest of the ascending waits that so many of 100 do not exceed; zero without waits.
fn percentile(ascending: &[Duration], of_100: usize) -> Duration {
    let rank = (ascending.len() * of_100).div_ceil(100);
    ascending.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use pangolin_store::{Entity, StoreError};

    fn millis(waits: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        waits.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_percentile_is_a_wait_that_so_many_do_not_exceed() {
        let hundred = millis(1..=100);
        assert_eq!(percentile(&hundred, 50), Duration::from_millis(50));
        assert_eq!(percentile(&hundred, 99), Duration::from_millis(99));
        assert_eq!(percentile(&millis([1, 2, 900]), 50), Duration::from_millis(2));
        assert_eq!(percentile(&millis([1, 2, 900]), 99), Duration::from_millis(900));
        assert_eq!(percentile(&millis([7]), 50), Duration::from_millis(7));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }

    #[tokio::test]
    async fn failures_are_waited_for_and_are_no_throughput() {
        let mut tally = Tally::new(Instant::now() + Duration::from_secs(3_600));
        assert!(tally.call(async { Ok(()) }).await);
        let taken = async { Err::<(), _>(StoreError::already_exists(Entity::Asset, "lake")) };
        assert!(!tally.call(taken).await);
        let mut all = Tally::new(tally.until);
        all.add(tally);
        let point = all.point(Spread::OneBranch, 4, Duration::from_millis(500));
        assert_eq!((point.calls_a_second, point.failures), (2.0, 1));
        assert!(point.failure.unwrap().contains("lake"));
        assert!(point.p99 > Duration::ZERO);
    }

    #[tokio::test]
    async fn no_call_is_made_when_the_time_is_over() {
        let mut tally = Tally::new(Instant::now());
        let mut is_made = false;
        let call = async {
            is_made = true;
            Ok(())
        };
        assert!(!tally.call(call).await);
        assert!(!is_made && tally.waits.is_empty() && tally.failures == 0);
    }

    #[tokio::test]
    async fn every_point_of_a_store_is_measured_and_no_caller_fails_in_memory() {
        let points = measure("memory", Duration::from_millis(20)).await.unwrap();
        let measured: Vec<_> = points.iter().map(|point| (point.spread, point.callers)).collect();
        let expected = SPREADS.map(|spread| CALLERS.map(|callers| (spread, callers)));
        assert_eq!(measured, expected.concat());
        for point in points {
            assert_eq!((point.failures, point.failure), (0, None));
            assert!(point.calls_a_second > 0.0 && point.median <= point.p99);
        }
    }
}
