//! What a campaign reports on stores with and without planted faults.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use pangolin_parity::backend::{self, AnyBackend, MemoryBackend};
use pangolin_parity::campaign::matrix::{self, Status};
use pangolin_parity::campaign::{self, Plan, Results};
use pangolin_parity::contract::feature::Feature;
use pangolin_parity::contract::method::Method;
use pangolin_parity::fault::FAULTS;
use strum::IntoEnumIterator;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn named(name: &str) -> AnyBackend {
    RUNTIME.block_on(backend::named(name)).unwrap()
}

/// Compares the model with a model that has a fault.
fn against(fault: &str, cases: u64) -> Results {
    let faulty = named(&format!("memory+{fault}"));
    let mut plan = Plan::new(1, cases);
    plan.call_limit = Duration::from_millis(100);
    let backends = [AnyBackend::new(MemoryBackend), faulty];
    RUNTIME.block_on(campaign::run(&backends, &plan, &mut |_| {})).unwrap()
}

#[test]
fn a_clean_pair_shows_no_divergence_and_reaches_everything() {
    let backends = [AnyBackend::new(MemoryBackend), AnyBackend::new(MemoryBackend)];
    let results =
        RUNTIME.block_on(campaign::run(&backends, &Plan::new(1, 500), &mut |_| {})).unwrap();
    assert!(results.divergences.is_empty(), "{:?}", results.divergences);
    for store in &results.stores {
        for method in Method::iter() {
            let unreached = store.coverage.unreached(method);
            assert!(unreached.is_empty(), "{} {method}: {unreached:?}", store.description.name);
        }
    }
}

#[test]
fn every_method_of_a_missing_feature_is_named() {
    let results = against("service-users-missing", 160);
    let mut named: Vec<Method> =
        results.divergences.iter().map(|divergence| divergence.signature.method).collect();
    named.sort();
    assert_eq!(named, Feature::ServiceUsers.methods().collect::<Vec<_>>());
}

#[test]
fn one_gap_does_not_hide_the_other_features() {
    let results = against("service-users-missing", 160);
    for feature in Feature::iter().filter(|feature| *feature != Feature::ServiceUsers) {
        assert_eq!(matrix::feature_status(&results, 1, feature), Status::Parity, "{feature}");
    }
    assert_eq!(matrix::feature_status(&results, 1, Feature::ServiceUsers), Status::Missing);
}

#[test]
fn a_reference_that_differs_from_all_others_is_the_outlier() {
    let faulty = named("memory+audit-oldest-first");
    let backends = [faulty, AnyBackend::new(MemoryBackend), named("sqlite")];
    let results =
        RUNTIME.block_on(campaign::run(&backends, &Plan::new(1, 60), &mut |_| {})).unwrap();
    assert!(!results.divergences.is_empty());
    for divergence in &results.divergences {
        assert_eq!(&*divergence.signature.backend, "memory+audit-oldest-first");
    }
}

#[test]
fn jobs_and_repetition_do_not_change_what_is_found() {
    let found = |jobs| {
        let faulty = named("memory+asset-kind-collapsed");
        let plan = Plan { jobs, ..Plan::new(7, 100) };
        let backends = [AnyBackend::new(MemoryBackend), faulty];
        let results = RUNTIME.block_on(campaign::run(&backends, &plan, &mut |_| {})).unwrap();
        let divergences: Vec<_> = results
            .divergences
            .into_iter()
            .map(|divergence| (divergence.signature, divergence.count, divergence.trace))
            .collect();
        let coverage: Vec<_> = results.stores.into_iter().map(|store| store.coverage).collect();
        (results.operations, divergences, coverage)
    };
    assert_eq!(found(1), found(1));
    assert_eq!(found(1), found(3));
}

#[test]
fn fault_names_are_unique() {
    let names: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.name()).collect();
    assert_eq!(names.len(), FAULTS.len());
}
