//! Many callers in parallel, among 10,000 assets. A figure is the time of a run divided by the number of its
//! calls, so it decreases if callers do not wait for one another.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::try_join_all;
use pangolin_benches::call::Call;
use pangolin_benches::rows::{self, TENANT};
use pangolin_benches::runner::{self, Stage};
use pangolin_benches::scene::Scene;
use pangolin_benches::subject::{Subject, asked_for};
use pangolin_store::{ConflictReason, MetadataSwap, StoreError};

const SIZE: u64 = 10_000;

fn concurrent(criterion: &mut Criterion) {
    for name in asked_for().expect("BENCH_STORES names stores") {
        let stage = Stage::new(name, SIZE).expect("there are threads");
        for callers in [1, 8, 32] {
            many(criterion, &stage, "reads", callers, read);
            many(criterion, &stage, "mixed", callers, read_or_write);
        }
        many(criterion, &stage, "one_swap", 32, swap_the_same);
    }
}

/// Measures calls that several tasks make in parallel.
fn many<'s, F>(
    criterion: &mut Criterion,
    stage: &'s Stage,
    what: &str,
    callers: u64,
    call: impl Fn(&'s Subject, &'s Scene, u64) -> F + Copy + Sync + Send,
) where
    F: Future<Output = Result<()>> + Send,
{
    let mut group = criterion.benchmark_group("concurrent");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    let id = BenchmarkId::new(format!("{what}_{callers}"), stage.name);
    group.bench_function(id, |bencher| {
        let (subject, scene) = stage.filled();
        let left = AtomicU64::new(0);
        bencher.iter_custom(|times| {
            left.store(times, Ordering::Relaxed);
            let caller = |_| {
                let left = &left;
                async move {
                    let take = |left: u64| left.checked_sub(1);
                    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                        call(subject, scene, stage.turn()).await?;
                    }
                    anyhow::Ok(())
                }
            };
            took(stage, callers, caller)
        });
    });
}

/// How long all callers take together, on threads that run nothing else.
fn took<F>(stage: &Stage, callers: u64, caller: impl Fn(u64) -> F + Send) -> Duration
where
    F: Future<Output = Result<()>> + Send,
{
    let futures: Vec<F> = (0..callers).map(caller).collect();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        // One thread per core, each with its share of the callers.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut shares: Vec<Vec<F>> = (0..cores).map(|_| Vec::new()).collect();
        for (index, future) in futures.into_iter().enumerate() {
            shares[index % cores].push(future);
        }
        for share in shares.into_iter().filter(|share| !share.is_empty()) {
            let runtime = stage.runtime.handle().clone();
            scope.spawn(move || {
                runtime.block_on(try_join_all(share)).expect("what is measured works");
            });
        }
    });
    begun.elapsed()
}

async fn read(subject: &Subject, scene: &Scene, turn: u64) -> Result<()> {
    Call::AssetByName.make(&*subject.store, scene, turn).await.map(drop)
}

/// Nine reads to one write.
async fn read_or_write(subject: &Subject, scene: &Scene, turn: u64) -> Result<()> {
    let call = if turn.is_multiple_of(10) { Call::LogAuditEvent } else { Call::AssetByName };
    call.make(&*subject.store, scene, turn).await.map(drop)
}

/// A compare-and-swap of a location that all callers swap, repeated until it succeeds.
async fn swap_the_same(subject: &Subject, scene: &Scene, turn: u64) -> Result<()> {
    let place = rows::place(&rows::asset_name(0, scene.size));
    loop {
        let asset = subject.store.get_asset(TENANT, &place).await?;
        let expected = asset.and_then(|asset| asset.metadata_location);
        let swap = MetadataSwap { expected, new: rows::text(&format!("swap {turn}")) };
        match subject.store.commit_metadata(TENANT, &place, &swap).await {
            Err(StoreError::Conflict { reason: ConflictReason::Stale, .. }) => {}
            swapped => return Ok(swapped.map(drop)?),
        }
    }
}

criterion_group! { name = benches; config = runner::criterion(); targets = concurrent }
criterion_main!(benches);
