//! The self-test finds every planted fault, and reports each one that it does not find.

#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use pangolin_parity::backend::{AnyBackend, MemoryBackend};
use pangolin_parity::contract::class::Class;
use pangolin_parity::contract::feature::Feature;
use pangolin_parity::contract::op::Op;
use pangolin_parity::contract::reply::Reply;
use pangolin_parity::fault::{CANARY, FAULTS, Fault, WriteLog};
use pangolin_parity::selftest::{self, Selftest, SelftestResults};
use pangolin_store::{CatalogStore, Result};
use serde_json::Value;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn run(faults: &[&'static dyn Fault], cases: u64, jobs: usize) -> SelftestResults {
    let selftest = Selftest {
        backend: AnyBackend::new(MemoryBackend),
        faults: faults.to_vec(),
        seed: 1,
        cases: Some(cases),
        time: None,
        jobs,
        call_limit: Duration::from_millis(100),
    };
    RUNTIME.block_on(selftest::run(&selftest, &mut |_| {})).unwrap()
}

/// A harness that misses this fault is broken, and its other results mean nothing.
#[test]
fn the_canary_is_found() {
    let outcome = run(&[CANARY], 60, 1);
    assert!(outcome.is_right(), "{}", outcome.to_terminal());
}

#[test]
fn every_fault_is_found_classified_correctly_and_shown_in_few_steps() {
    let outcome = run(FAULTS, 400, 2);
    assert!(outcome.is_right(), "{}", outcome.to_terminal());
    let mut steps: Vec<usize> = outcome.trials.iter().map(selftest::Trial::steps).collect();
    steps.sort_unstable();
    assert!(*steps.last().unwrap() <= 8, "{}", outcome.to_terminal());
    assert!(steps[steps.len() / 2] <= 4, "{}", outcome.to_terminal());
}

/// A fault that no call shows.
struct Harmless;

#[async_trait]
impl Fault for Harmless {
    fn name(&self) -> &'static str {
        "harmless"
    }

    fn feature(&self) -> Feature {
        Feature::Tags
    }

    fn class(&self) -> Class {
        Class::Divergent
    }

    fn does(&self) -> &'static str {
        "does what it should"
    }

    async fn call(&self, op: Op, inner: &dyn CatalogStore, _: &WriteLog) -> Result<Reply> {
        op.apply(inner).await
    }
}

/// A fault whose class is not what it says.
struct Mislabelled;

#[async_trait]
impl Fault for Mislabelled {
    fn name(&self) -> &'static str {
        "mislabelled"
    }

    fn feature(&self) -> Feature {
        Feature::Roles
    }

    fn class(&self) -> Class {
        Class::Outdated
    }

    fn does(&self) -> &'static str {
        "has an old schema, allegedly"
    }

    async fn call(&self, op: Op, inner: &dyn CatalogStore, writes: &WriteLog) -> Result<Reply> {
        CANARY.call(op, inner, writes).await
    }
}

#[test]
fn a_fault_that_is_not_found_is_listed_by_name() {
    let outcome = run(&[&Harmless], 2, 1);
    assert!(!outcome.is_right());
    let printed = outcome.to_terminal();
    assert!(printed.contains("■ harmless was not found: the store does what it should"));
    assert!(printed.contains("0 of 1 faults found"), "{printed}");
    let json: Value = serde_json::from_str(&outcome.to_json()).unwrap();
    assert_eq!(json["faults"][0]["found"], false);
    assert_eq!(json["faults"][0]["class"], Value::Null);
}

#[test]
fn a_wrongly_classified_fault_is_listed_with_what_was_shown() {
    let outcome = run(&[&Mislabelled], 60, 1);
    assert!(!outcome.is_right());
    let printed = outcome.to_terminal();
    assert!(printed.contains("■ mislabelled was classed or blamed wrong"), "{printed}");
    assert!(printed.contains("/roles/delete_role/divergent/not_found.role->ok"), "{printed}");
}

fn parity(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parity")).arg("selftest").args(arguments).output().unwrap()
}

#[test]
fn the_command_writes_the_shape_that_machines_rely_on_and_exits_with_0() {
    let name = CANARY.name();
    let output = parity(&["--faults", name, "--cases", "40", "--format", "json"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], 1);
    let fault = &report["faults"][0];
    assert_eq!(fault["fault"], name);
    assert_eq!(fault["feature"], "roles");
    assert_eq!(fault["expected"], "divergent");
    assert_eq!(fault["found"], true);
    assert_eq!(fault["class"], "divergent");
    for count in ["cases", "operations", "steps"] {
        assert!(fault[count].as_u64().unwrap() > 0, "{count}");
    }
    assert!(fault["seconds"].is_number());
    assert_eq!(report["control"]["divergences"], 0);
    assert!(report["control"]["operations"].as_u64().unwrap() > 1_000);
}

#[test]
fn a_fault_that_is_not_found_makes_the_command_exit_with_1() {
    let output = parity(&["--faults", "history-fails-on-merges", "--cases", "0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("was not found"));
}

#[test]
fn an_unknown_fault_or_store_is_bad_usage() {
    for arguments in [["--faults", "nonesuch"], ["--backend", "nonesuch"]] {
        let output = parity(&arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("there is no `nonesuch`; choose from"), "{said}");
    }
}
