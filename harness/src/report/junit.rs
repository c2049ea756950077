//! The report as JUnit XML: a test suite a store, in it a test case a feature.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use crate::campaign::evidence;
use crate::campaign::matrix::{self, Status};
use crate::campaign::{Divergence, Results};
use crate::contract::feature::Feature;
use strum::IntoEnumIterator;

pub(super) fn render(report: &Report) -> String {
    let results = &report.results;
    let mut document = quick_junit::Report::new("parity");
    document.set_time(results.elapsed);
    for (index, store) in results.stores.iter().enumerate() {
        let mut suite = TestSuite::new(&*store.description.name);
        suite.add_test_cases(Feature::iter().map(|feature| {
            let mut case = TestCase::new(feature.to_string(), status(results, index, feature));
            case.set_classname(format!("parity.{}", store.description.name));
            case.set_assertions(
                usize::try_from(evidence::of(results, index, feature).calls).unwrap_or(usize::MAX),
            );
            case
        }));
        document.add_test_suite(suite);
    }
    for unavailable in &report.unavailable {
        let mut suite = TestSuite::new(&*unavailable.name);
        suite.add_test_cases(Feature::iter().map(|feature| {
            let mut case = TestCase::new(feature.to_string(), not_run(&unavailable.reason));
            case.set_classname(format!("parity.{}", unavailable.name));
            case
        }));
        document.add_test_suite(suite);
    }
    document.to_string().expect("XML that is written to memory cannot fail")
}

fn status(results: &Results, index: usize, feature: Feature) -> TestCaseStatus {
    let name = &results.stores[index].description.name;
    match matrix::feature_status(results, index, feature) {
        Status::Parity => TestCaseStatus::success(),
        Status::NotRun => not_run("not all of its methods were called with every sort of outcome"),
        status @ (Status::Missing | Status::Outdated | Status::Divergent) => {
            let divergences: Vec<_> = matrix::divergences_of(results, name, feature).collect();
            let signatures: Vec<String> =
                divergences.iter().map(|divergence| divergence.signature.to_string()).collect();
            let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failure.set_type(status.mark());
            failure.set_message(signatures.join("; "));
            failure
                .set_description(divergences.into_iter().map(gap).collect::<Vec<_>>().join("\n"));
            failure
        }
    }
}

/// What was not run has neither passed nor failed.
pub(super) fn not_run(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(reason);
    status
}

fn gap(divergence: &Divergence) -> String {
    let Divergence { signature, trace, difference, .. } = divergence;
    format!("{signature}\n\n{}\n{}", trace.to_lines(), difference.to_text())
}
