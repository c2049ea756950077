//! The harness finds what it must: every planted fault, and nothing where none is planted.

#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;
use std::time::Duration;

use pangolin_parity::backend::{self, AnyBackend, MemoryBackend};
use pangolin_parity::campaign::{self, Plan, Results};
use pangolin_parity::fault::{self, FAULTS};
use pangolin_parity::feature::Feature;
use pangolin_parity::matrix::{self, Status};
use pangolin_parity::op::Method;
use strum::IntoEnumIterator;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn named(name: &str) -> AnyBackend {
    RUNTIME.block_on(backend::named(name)).unwrap()
}

/// Runs the model against the model with a fault.
fn against(fault: &str, cases: u64) -> Results {
    let faulty = named(&format!("memory+{fault}"));
    let mut plan = Plan::new(1, cases);
    plan.call_limit = Duration::from_millis(100);
    let backends = [AnyBackend::new(MemoryBackend), faulty];
    RUNTIME.block_on(campaign::run(&backends, &plan, &mut |_| {})).unwrap()
}

/// The fault is found; all that is found is classed right, blames the right feature, and is shown in
/// at most six steps.
fn is_found_classed_and_shrunk(name: &str) {
    let fault = fault::named(name).unwrap();
    let results = against(name, 160);
    assert!(!results.divergences.is_empty(), "{name} was not found");
    for divergence in &results.divergences {
        let (signature, trace) = (&divergence.signature, &divergence.trace);
        assert_eq!(signature.class, fault.class(), "{signature}{trace:?}");
        assert_eq!(signature.feature, fault.feature(), "{signature}{trace:?}");
        assert!(trace.steps.len() <= 6, "{signature}{trace:?}");
    }
}

macro_rules! found {
    ($($test:ident $name:literal)+) => {
        $(
            #[test]
            fn $test() {
                is_found_classed_and_shrunk($name);
            }
        )+

        #[test]
        fn every_fault_has_its_test() {
            let tested = [$($name),+];
            let planted: Vec<&str> = FAULTS.iter().map(|fault| fault.name()).collect();
            assert_eq!(tested[..], planted[..]);
        }
    };
}

found! {
    service_users_that_are_not_supported_are_found "service-users-missing"
    merges_that_are_not_supported_are_found "merges-missing"
    a_settings_table_that_is_not_there_is_found "settings-table-missing"
    audit_columns_that_are_not_there_are_found "audit-columns-missing"
    a_field_that_is_lost_is_found "service-user-description-lost"
    a_dropped_tenant_filter_is_found "audit-tenant-dropped"
    a_skipped_compare_and_swap_is_found "compare-and-swap-skipped"
    a_wrong_order_is_found "audit-oldest-first"
    a_swallowed_error_is_found "role-error-swallowed"
    an_enum_collapsed_to_its_default_is_found "asset-kind-collapsed"
    a_wildcard_search_is_found "search-wildcards"
    a_delete_that_destroys_before_it_checks_is_found "namespace-destroyed-before-checked"
    a_revocation_that_revokes_nothing_is_found "revocation-elsewhere"
    what_a_restart_loses_is_found "tokens-lost-at-restart"
    a_panic_is_found "panics-on-long-names"
    a_hang_is_found "hangs-on-cleanup"
}

#[test]
fn a_clean_pair_shows_nothing_and_reaches_everything() {
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
fn a_reference_that_all_others_disagree_with_is_the_outlier() {
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
