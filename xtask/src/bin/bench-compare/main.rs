//! Runs the benchmarks of two builds in turn and says how much slower the new one is;
//! `scripts/bench-compare` makes the builds.

mod comparison;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use pangolin_benches::results::Results;

use comparison::{Ratio, Verdict};

/// Short measurements: many rounds tell more than long ones.
const BRIEFLY: [&str; 6] = [
    "--bench",
    "--warm-up-time=0.2",
    "--measurement-time=0.5",
    "--sample-size=10",
    "--nresamples=1000",
    "--quiet",
];

/// The stores' benchmarks without their floors, which are the same in both builds.
const STORES: &str = "/(memory|sqlite|postgres|mongo)(/[0-9]+)?$";

/// Compare the benchmarks of two builds, run in turn
///
/// Ends with 1 when a benchmark is slower: when its ratio's whole confidence interval (95 %) is above what is
/// allowed.
#[derive(Parser)]
struct BenchCompare {
    /// A folder with the old build's benchmarks
    #[arg(long, value_name = "FOLDER")]
    old: PathBuf,

    /// A folder with the new build's benchmarks
    #[arg(long, value_name = "FOLDER")]
    new: PathBuf,

    /// A folder for what is measured
    #[arg(long, value_name = "FOLDER")]
    scratch: PathBuf,

    /// Run each benchmark of both builds this many times
    #[arg(long, value_name = "N", default_value = "6", value_parser = clap::value_parser!(u32).range(2..))]
    rounds: u32,

    /// The highest ratio, new by old, that is not too slow
    #[arg(long, value_name = "RATIO", default_value = "1.10")]
    allowed: f64,

    /// The benchmark executables to run
    #[arg(value_name = "BENCH", default_value = "calls")]
    benches: Vec<String>,

    /// Arguments for criterion: usually a regular expression of names
    #[arg(last = true, value_name = "CRITERION", default_value = STORES)]
    criterion: Vec<OsString>,
}

/// Median times of one run, in nanoseconds, by benchmark.
type Medians = BTreeMap<String, f64>;

fn main() -> ExitCode {
    match BenchCompare::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench-compare: {error:#}");
            ExitCode::from(2)
        }
    }
}

impl BenchCompare {
    fn run(self) -> Result<ExitCode> {
        let mut rounds = Vec::new();
        for round in 0..self.rounds {
            eprintln!("round {} of {}", round + 1, self.rounds);
            // Each build is first in half of the rounds, so that the effects of the first run on the second
            // (warm caches, a hot processor) fall on both builds alike.
            let pair = if round % 2 == 0 {
                let old = self.measure(&self.old)?;
                (old, self.measure(&self.new)?)
            } else {
                let new = self.measure(&self.new)?;
                (self.measure(&self.old)?, new)
            };
            rounds.push(pair);
        }
        self.report(&rounds)
    }

    /// Runs all benchmarks of a build once.
    fn measure(&self, build: &Path) -> Result<Medians> {
        let mut medians = Medians::new();
        for bench in &self.benches {
            let executable = build.join(bench);
            ensure!(executable.exists(), "{} has no benchmark `{bench}`", build.display());
            medians.extend(self.run_one(&executable)?);
        }
        Ok(medians)
    }

    fn run_one(&self, executable: &Path) -> Result<Medians> {
        // Emptied, so that no result of an earlier run is read.
        if self.scratch.exists() {
            fs::remove_dir_all(&self.scratch)?;
        }
        fs::create_dir_all(&self.scratch)?;
        let output = Command::new(executable)
            .args(BRIEFLY)
            .args(&self.criterion)
            .env("CARGO_TARGET_DIR", &self.scratch)
            .env_remove("CRITERION_HOME")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} does not run", executable.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{} fails ({}): {said}", executable.display(), output.status);
        }
        let measured = self.scratch.join("criterion");
        if !measured.exists() {
            return Ok(Medians::new());
        }
        Ok(Results::read(&measured)?.all().collect())
    }

    fn report(&self, rounds: &[(Medians, Medians)]) -> Result<ExitCode> {
        let names: BTreeSet<&String> =
            rounds.iter().flat_map(|(old, new)| old.keys().chain(new.keys())).collect();
        ensure!(!names.is_empty(), "no benchmark was run: does the filter match any?");
        let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
        println!("{:width$}  {:>10}  {:>10}  ratio, and with 95 %", "", "old", "new");
        let mut slower = 0;
        for name in names {
            let times = |(old, new): &(Medians, Medians)| Some((*old.get(name)?, *new.get(name)?));
            let times: Vec<(f64, f64)> = rounds.iter().filter_map(times).collect();
            let Some(ratio) = Ratio::of(&times) else {
                let only = if rounds[0].0.contains_key(name) { "old" } else { "new" };
                println!("{name:width$}  not compared: only the {only} build has it");
                continue;
            };
            let verdict = ratio.verdict(self.allowed);
            slower += u32::from(verdict == Verdict::Slower);
            println!(
                "{name:width$}  {:>10}  {:>10}  {:.3}  {:.3} to {:.3}  {}",
                time(median(times.iter().map(|(old, _)| *old))),
                time(median(times.iter().map(|(_, new)| *new))),
                ratio.estimate,
                ratio.low,
                ratio.high,
                words(verdict),
            );
        }
        let beyond = format!("slower by more than {:.0} %", (self.allowed - 1.0) * 100.0);
        println!("{slower} {beyond}, in {} rounds", rounds.len());
        Ok(if slower == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Slower => "SLOWER",
        Verdict::Unclear => "perhaps slower: more rounds would tell",
        Verdict::Fine => "",
        Verdict::Faster => "faster",
    }
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A time in nanoseconds, for people.
fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}
