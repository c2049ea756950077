//! Runs benchmarks: short ones, one after the other, the store and its floor alternately.

use std::future::Future;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use criterion::{BenchmarkId, Criterion, SamplingMode};
use tokio::runtime::Runtime;

use crate::call::Call;
use crate::floor::by_hand_too;
use crate::scene::Scene;
use crate::subject::Subject;

/// Settings with which a whole run takes a quarter of an hour, most of it spent on filling stores.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .without_plots()
        .output_directory(&results_folder())
        .configure_from_args()
}

/// The folder of criterion's results.
pub fn results_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let usual = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target");
    target.unwrap_or_else(usual).join("criterion")
}

/// A store that is opened and filled when a benchmark first needs it, because most runs need few stores.
pub struct Stage {
    /// The runtime of the calls.
    pub runtime: Runtime,
    /// The store's name.
    pub name: &'static str,
    size: u64,
    filled: OnceLock<(Subject, Scene)>,
    turns: AtomicU64,
}

impl Stage {
    /// A store with that many assets.
    ///
    /// # Errors
    /// The operating system's reason why it cannot start threads.
    pub fn new(name: &'static str, size: u64) -> Result<Self> {
        let (filled, turns) = (OnceLock::new(), AtomicU64::new(0));
        Ok(Self { runtime: Runtime::new()?, name, size, filled, turns })
    }

    /// The store and its content.
    pub fn filled(&self) -> &(Subject, Scene) {
        self.filled.get_or_init(|| {
            let begun = Instant::now();
            let filled = self.runtime.block_on(async {
                let subject = Subject::open(self.name).await?;
                let scene = Scene::fill(&*subject.store, self.size).await?;
                if let Some(floor) = &subject.floor {
                    floor.settle().await?;
                }
                anyhow::Ok((subject, scene))
            });
            let (subject, scene) =
                filled.expect("a store that is measured is available and can be filled");
            let seconds = begun.elapsed().as_secs_f64();
            eprintln!(
                "{}: {}; {} assets in {seconds:.1} s",
                self.name, subject.settings, self.size
            );
            let folder = results_folder().join("settings");
            let noted = std::fs::create_dir_all(&folder)
                .and_then(|()| std::fs::write(folder.join(self.name), &subject.settings));
            noted.expect("criterion's folder can be written to");
            (subject, scene)
        })
    }

    /// A new number on each call.
    pub fn turn(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    /// Measures a call on the store and on its floor and, if the floor leaves work out, by hand.
    pub fn compare(&self, criterion: &mut Criterion, call: Call) {
        self.measure(criterion, call.group(), BenchmarkId::new(call.name(), self.name), call);
        if self.name == "memory" {
            return;
        }
        let id = |what: &str| BenchmarkId::new(call.name(), format!("{}-{what}", self.name));
        let floor = || {
            let (subject, scene) = self.filled();
            (&**subject.floor.as_ref().expect("all but memory have a floor"), scene)
        };
        let mut group = criterion.benchmark_group(call.group());
        group.bench_function(id("floor"), |bencher| {
            let (floor, scene) = floor();
            bencher.to_async(&self.runtime).iter(|| async {
                floor.make(call, scene, self.turn()).await.expect("the driver answers")
            });
        });
        if !by_hand_too(self.name).contains(&call) {
            return;
        }
        group.bench_function(id("by-hand"), |bencher| {
            let (floor, scene) = floor();
            bencher.to_async(&self.runtime).iter(|| async {
                floor.by_hand(call, scene, self.turn()).await.expect("the driver answers")
            });
        });
    }

    /// Measures a call on the store only.
    pub fn measure(&self, criterion: &mut Criterion, group: &str, id: BenchmarkId, call: Call) {
        criterion.benchmark_group(group).bench_function(id, |bencher| {
            let (subject, scene) = self.filled();
            bencher.to_async(&self.runtime).iter(|| async {
                call.make(&*subject.store, scene, self.turn()).await.expect("the store answers")
            });
        });
    }

    /// Measures an operation that needs preparation each time, which is not counted. `run` returns the time
    /// of the operation.
    pub fn measure_prepared<'s, F>(
        &'s self,
        criterion: &mut Criterion,
        id: BenchmarkId,
        run: impl Fn(&'s Subject, &'s Scene, u64) -> F,
    ) where
        F: Future<Output = Result<Duration>>,
    {
        let mut group = criterion.benchmark_group("bulk");
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.bench_function(id, |bencher| {
            let (subject, scene) = self.filled();
            bencher.to_async(&self.runtime).iter_custom(|times| {
                let turns: Vec<u64> = (0..times).map(|_| self.turn()).collect();
                let run = &run;
                async move {
                    let mut took = Duration::ZERO;
                    for turn in turns {
                        took += run(subject, scene, turn).await.expect("what is measured works");
                    }
                    took
                }
            });
        });
    }
}
