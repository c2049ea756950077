//! The same calls at several sizes of a store, except at the size that `calls` measures. With `BENCH_MILLION`
//! set, the calls on assets are also measured among a million assets, if the store can be filled in minutes.

use std::env;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pangolin_benches::call::CALLS;
use pangolin_benches::runner::{self, Stage};
use pangolin_benches::subject::asked_for;

const SIZES: [u64; 2] = [1_000, 10_000];
const MILLION: u64 = 1_000_000;

fn growth(criterion: &mut Criterion) {
    for name in asked_for().expect("BENCH_STORES names stores") {
        let takes_a_million = matches!(name, "sqlite" | "postgres");
        let million =
            (env::var_os("BENCH_MILLION").is_some() && takes_a_million).then_some(MILLION);
        for size in SIZES.into_iter().chain(million) {
            let stage = Stage::new(name, size).expect("there are threads");
            let calls = CALLS.into_iter().filter(|call| call.grows());
            for call in calls.filter(|call| size < MILLION || call.is_of_assets()) {
                let group = format!("growth_{}", call.name());
                stage.measure(criterion, &group, BenchmarkId::new(name, size), call);
            }
        }
    }
}

criterion_group! { name = benches; config = runner::criterion(); targets = growth }
criterion_main!(benches);
