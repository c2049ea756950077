//! Single calls among 100,000 assets and as many audit events, each next to its floor.

use criterion::{Criterion, criterion_group, criterion_main};
use pangolin_benches::call::CALLS;
use pangolin_benches::runner::{self, Stage};
use pangolin_benches::scene::COMPARED_AT;
use pangolin_benches::subject::asked_for;

fn calls(criterion: &mut Criterion) {
    for name in asked_for().expect("BENCH_STORES names stores") {
        let stage = Stage::new(name, COMPARED_AT).expect("there are threads");
        for call in CALLS {
            stage.compare(criterion, call);
        }
    }
}

criterion_group! { name = benches; config = runner::criterion(); targets = calls }
criterion_main!(benches);
