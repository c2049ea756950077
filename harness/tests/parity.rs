//! The stores are at parity, on saved traces and on new ones.
//!
//! `PARITY_BACKENDS` chooses the stores (a list of names, the reference first; all by default),
//! `PARITY_CASES` the number of new traces (256 by default), `PARITY_SEED` the seed (random by default).

#![allow(clippy::unwrap_used)]

use std::env;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use pangolin_parity::backend::{self, AnyBackend};
use pangolin_parity::compare::finding::Finding;
use pangolin_parity::compare::lockstep::{Lockstep, Watch};
use pangolin_parity::generate::Scope;
use pangolin_parity::shrink::strategy::traces;
use pangolin_parity::trace::Trace;
use pangolin_parity::trace::regressions;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn backends() -> Vec<AnyBackend> {
    let had = |name: &String| RUNTIME.block_on(backend::named(name));
    let backend = |name: &String| had(name).unwrap_or_else(|error| panic!("{error}"));
    backend::under_test().iter().map(backend).collect()
}

fn lockstep() -> Lockstep {
    let backends = backends();
    let opened = Lockstep::open(&backends, Duration::from_secs(10));
    RUNTIME.block_on(opened).unwrap()
}

fn run(lockstep: &mut Lockstep, trace: &Trace) -> Vec<Finding> {
    let watch = Watch { observe: true, ..Watch::default() };
    RUNTIME.block_on(lockstep.run(trace, &watch)).unwrap()
}

fn saved() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../proptest-regressions")
}

#[test]
fn saved_traces_show_no_divergence() {
    let saved = regressions::read_all(&saved()).unwrap();
    assert!(!saved.is_empty(), "there are no saved traces in their folder");
    let mut lockstep = lockstep();
    for (path, trace) in saved {
        let findings = run(&mut lockstep, &trace);
        assert!(findings.is_empty(), "{}: {findings:#?}", path.display());
    }
}

#[test]
fn new_traces_show_no_divergence() {
    let mut lockstep = lockstep();
    let seed = env::var("PARITY_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
    let cases = env::var("PARITY_CASES").map_or(256, |cases| cases.parse().unwrap());
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::to_le_bytes(seed));
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let lockstep = std::cell::RefCell::new(&mut lockstep);
    let failed = TestRunner::new_with_rng(config, rng).run(&traces(Scope::default()), |trace| {
        match run(&mut lockstep.borrow_mut(), &trace).first() {
            None => Ok(()),
            Some(finding) => Err(TestCaseError::fail(finding.difference.to_text())),
        }
    });
    if let Err(TestError::Fail(difference, trace)) = failed {
        let finding = run(&mut lockstep.borrow_mut(), &trace).remove(0);
        let trace = finding.trace(&trace);
        let signature = finding.signature_on(&trace);
        let path =
            regressions::save(&saved(), &signature.file_stem(), &signature.to_string(), &trace)
                .unwrap();
        panic!("{signature}, seed {seed}, saved as {}:\n{trace:?}\n{difference}", path.display());
    }
    failed.unwrap();
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    now.as_nanos() as u64
}
