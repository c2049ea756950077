//! Distils the corpus of the fuzz targets from a campaign's cases.
//!
//! Of many cases it keeps the few that show the most pairs of consecutive calls and outcomes, as the bytes
//! from which the fuzzer generates them again. For the parser it keeps each method's first call. Run it in
//! the repository's root after changes to the methods or to the generator:
//!
//! ```text
//! cargo run --release -p xtask --bin distil-corpus
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use anyhow::Context;
use pangolin_parity::backend::{AnyBackend, MemoryBackend};
use pangolin_parity::compare::lockstep::{Lockstep, Watch};
use pangolin_parity::contract::call_kind::CallKind;
use pangolin_parity::contract::feature::Feature;
use pangolin_parity::contract::method::Method;
use pangolin_parity::contract::op::Op;
use pangolin_parity::generate::entropy::{self, Recorded};
use pangolin_parity::generate::{self, Scope};
use pangolin_parity::trace::Trace;

/// The number of cases to choose from.
const CASES: u64 = 2_000;
/// The number of cases to keep.
const KEPT: usize = 48;

/// A candidate.
struct Case {
    bytes: Vec<u8>,
    /// Its pairs of consecutive calls.
    shows: BTreeSet<[CallKind; 2]>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let corpus = Path::new("fuzz/corpus");
    anyhow::ensure!(Path::new("fuzz/Cargo.toml").exists(), "run it from the repository's root");
    let mut model =
        Lockstep::open(&[AnyBackend::new(MemoryBackend)], Duration::from_secs(10)).await?;
    let mut cases = Vec::new();
    let mut calls: BTreeMap<Method, Op> = BTreeMap::new();
    for number in 0..CASES {
        let mut choices = Recorded::new(entropy::of_case(1, number));
        let trace = generate::case(&mut choices, &Scope::default());
        model.run(&trace, &Watch::default()).await?;
        let shows = model.take_path().windows(2).map(|pair| [pair[0], pair[1]]).collect();
        cases.push(Case { bytes: choices.into_bytes(), shows });
        for op in trace.steps.iter().filter_map(|step| step.as_call()) {
            calls.entry(op.method()).or_insert_with(|| op.clone());
        }
    }
    let stores = fresh(&corpus.join("stores"))?;
    for (number, bytes) in chosen(cases).into_iter().enumerate() {
        fs::write(stores.join(format!("seed-{number:02}")), bytes)?;
    }
    let traces = fresh(&corpus.join("trace"))?;
    for (feature, trace) in by_feature(calls) {
        fs::write(traces.join(format!("seed-{feature}")), trace.to_lines())?;
    }
    Ok(())
}

/// The cases that together show the most: each one in turn adds more than any that is left.
fn chosen(mut cases: Vec<Case>) -> Vec<Vec<u8>> {
    let mut shown = BTreeSet::new();
    let mut chosen = Vec::new();
    while chosen.len() < KEPT {
        let gain = |case: &Case| case.shows.difference(&shown).count();
        let Some(best) = (0..cases.len()).max_by_key(|&index| gain(&cases[index])) else { break };
        let best = cases.swap_remove(best);
        shown.extend(best.shows);
        chosen.push(best.bytes);
    }
    chosen
}

/// One trace per feature, with a call of each of its methods.
fn by_feature(calls: BTreeMap<Method, Op>) -> BTreeMap<Feature, Trace> {
    let mut traces: BTreeMap<Feature, Trace> = BTreeMap::new();
    for (method, call) in calls {
        traces.entry(method.feature()).or_default().steps.push(call.into());
    }
    traces
}

/// A folder without its earlier seeds.
fn fresh(folder: &Path) -> anyhow::Result<PathBuf> {
    let context = || format!("{}", folder.display());
    fs::create_dir_all(folder).with_context(context)?;
    let seeds = fs::read_dir(folder).with_context(context)?.collect::<io::Result<Vec<_>>>()?;
    for seed in seeds {
        if seed.file_name().to_string_lossy().starts_with("seed-") {
            fs::remove_file(seed.path()).with_context(context)?;
        }
    }
    Ok(folder.to_owned())
}
