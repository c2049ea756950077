//! The report of a torture run as JUnit XML: a test suite a store, in it a test case a promise. One more suite has the
//! saved histories that are no longer seen.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::TortureReport;
use super::shown_breach::ShownBreach;
use crate::campaign::matrix::Status;
use crate::report::junit::not_run;
use crate::torture::{Promise, StoreTally};

pub(super) fn render(report: &TortureReport) -> String {
    let mut document = quick_junit::Report::new("parity torture");
    document.set_time(report.results.elapsed);
    for store in &report.results.stores {
        let cases = Promise::ALL.map(|promise| {
            let mut case = TestCase::new(promise.title(), status(report, store, promise));
            let histories = store.evidence(promise).histories;
            case.set_assertions(usize::try_from(histories).unwrap_or(usize::MAX));
            case
        });
        document.add_test_suite(suite(&store.description.name, cases));
    }
    for absent in &report.unavailable {
        let case = |promise: Promise| TestCase::new(promise.title(), not_run(&absent.reason));
        document.add_test_suite(suite(&absent.name, Promise::ALL.map(case)));
    }
    if !report.results.unseen.is_empty() {
        let sentences = report.results.unseen.iter().zip(report.unseen());
        let cases = sentences.map(|(name, sentence)| {
            let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failure.set_message(sentence);
            TestCase::new(name.as_str(), failure)
        });
        document.add_test_suite(suite("saved histories", cases));
    }
    document.to_string().expect("XML that is written to memory cannot fail")
}

fn suite(name: &str, cases: impl IntoIterator<Item = TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_test_cases(cases.into_iter().map(|mut case| {
        case.set_classname(format!("parity.torture.{name}"));
        case
    }));
    suite
}

fn status(report: &TortureReport, store: &StoreTally, promise: Promise) -> TestCaseStatus {
    let signatures = report.results.breaches_of(store, promise).map(|breach| &breach.signature);
    let signatures: Vec<_> = signatures.collect();
    let gaps = ShownBreach::all(report);
    let gaps: Vec<_> = gaps.filter(|gap| signatures.contains(&&gap.breach.signature)).collect();
    if !gaps.is_empty() {
        return failure(&gaps);
    }
    match report.results.status(store, promise) {
        Status::Parity => TestCaseStatus::success(),
        Status::NotRun => not_run("no calls overlapped, or a history was undecided"),
        Status::Missing | Status::Outdated | Status::Divergent => {
            not_run("what was found is tolerated by the ledger")
        }
    }
}

fn failure(gaps: &[ShownBreach<'_>]) -> TestCaseStatus {
    let signatures: Vec<String> = gaps.iter().map(|gap| gap.breach.signature.to_string()).collect();
    let described = gaps.iter().map(|gap| {
        format!(
            "{}\n{}\n\n{}\n{}",
            gap.breach.signature,
            gap.summary(),
            gap.to_text(),
            gap.breach.history
        )
    });
    let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
    failure.set_type(Status::Divergent.mark());
    failure.set_message(signatures.join("; "));
    failure.set_description(described.collect::<Vec<_>>().join("\n"));
    failure
}
