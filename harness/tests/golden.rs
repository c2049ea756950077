//! What people and machines read: every format of a report, and the help, word for word.
//!
//! The files in golden/ are what is expected; CONTRIBUTING.md says how to write them again. The campaign
//! behind the reports runs one trace and draws nothing, so that they change with the formats alone.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::time::Duration;

use pangolin_parity::backend::{self, AnyBackend, MemoryBackend, Unavailable};
use pangolin_parity::campaign::ledger::{Day, Entry, Judgement};
use pangolin_parity::campaign::{self, Divergence, Plan, Results};
use pangolin_parity::compare::timing::{Timing, Waits};
use pangolin_parity::fault;
use pangolin_parity::report::{Format, Report};
use pangolin_parity::selftest::{Control, SelftestResults, Trial};
use pangolin_parity::trace::Trace;
use serde_json::Value;

/// The fault that the campaign shows.
const FAULT: &str = "empty-read-as-none";
/// The feature that it breaks; long formats show it alone.
const FEATURE: &str = "settings";

/// Calls of all methods of the feature, with every sort of outcome.
const TRACE: &str = r#"
{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"acme","properties":{}}}}
{"get_settings":{"tenant":"00000000-0000-0000-0000-000000000001"}}
{"update_settings":{"tenant":"00000000-0000-0000-0000-000000000001","update":{"smtp_host":"","smtp_port":25}}}
{"get_settings":{"tenant":"00000000-0000-0000-0000-000000000001"}}
{"update_settings":{"tenant":"00000000-0000-0000-0000-000000000002","update":{"smtp_port":25}}}
{"get_settings":{"tenant":"00000000-0000-0000-0000-000000000002"}}
"#;

/// Compares a text with the golden file of that name.
fn assert_golden(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The campaign, with what a clock has measured and the version of this package replaced.
async fn campaign() -> Results {
    let faulty = backend::named(&format!("memory+{FAULT}")).await.unwrap();
    let backends = [AnyBackend::new(MemoryBackend), faulty];
    let plan = Plan { first: vec![Trace::parse(TRACE).unwrap()], ..Plan::new(7, 0) };
    let mut results = campaign::run(&backends, &plan, &mut |_| {}).await.unwrap();
    results.elapsed = Duration::from_millis(1500);
    for store in &mut results.stores {
        store.description.version = "1.2.3".to_owned();
        let waits = |micros| Waits { count: 10, total: Duration::from_micros(micros) };
        store.timing = Timing { calls: waits(20), emptying: waits(50), restarts: waits(0) };
    }
    results
}

async fn render(format: Format) -> String {
    let tolerated = Entry {
        signature: "memory/settings/get_settings/divergent/smtp_port".to_owned(),
        reason: "mended next week".to_owned(),
        expires: Day::try_from("2027-01-31".to_owned()).unwrap(),
    };
    let report = Report {
        results: campaign().await,
        unavailable: vec![Unavailable {
            name: "postgres".to_owned(),
            reason: "no server".to_owned(),
        }],
        judgement: Judgement {
            tolerated: vec![tolerated],
            faults: vec!["x has expired".to_owned()],
        },
    };
    report.render(format)
}

/// A text without the elements of a tag, each of which begins on a line of its own, except those to show.
fn elide(text: &str, tag: &str, is_shown: impl Fn(&str) -> bool) -> String {
    let (opening, closing) = (format!("<{tag}"), format!("</{tag}>"));
    let mut lines = text.split_inclusive('\n');
    let mut rest = String::new();
    while let Some(line) = lines.next() {
        let is_element = line.trim_start().starts_with(&opening);
        let mut block = line.to_owned();
        if !line.trim_end().ends_with("/>") {
            while is_element && !block.contains(&closing) {
                block += lines.next().expect("an element is closed");
            }
        }
        if !is_element || is_shown(&block) {
            rest += &block;
        }
    }
    rest
}

#[tokio::test]
async fn a_report_for_a_terminal() {
    assert_golden("report-terminal", &render(Format::Terminal).await);
}

#[tokio::test]
async fn a_report_in_markdown() {
    assert_golden("report-markdown", &render(Format::Markdown).await);
}

/// Without `state`, which is for the harness alone, and with one feature.
#[tokio::test]
async fn a_report_in_json() {
    let mut report: Value = serde_json::from_str(&render(Format::Json).await).unwrap();
    report["state"].take();
    let features = report["features"].as_array_mut().unwrap();
    features.retain(|row| row["feature"] == FEATURE);
    assert_golden("report-json", &format!("{report:#}\n"));
}

#[tokio::test]
async fn a_report_in_junit_xml() {
    let report = render(Format::Junit).await;
    let name = format!("name=\"{FEATURE}\"");
    assert_golden("report-junit", &elide(&report, "testcase", |case| case.contains(&name)));
}

#[tokio::test]
async fn a_report_as_a_page() {
    let page = elide(&render(Format::Html).await, "style", |_| false);
    let heading = format!("<h3>{FEATURE}</h3>");
    assert_golden("report-html", &elide(&page, "dialog", |dialog| dialog.contains(&heading)));
}

/// Three faults, of which one was found, one was not, and one was blamed on another feature.
async fn selftest() -> SelftestResults {
    let divergences = campaign().await.divergences;
    let trial = |name, divergences: &[Divergence]| Trial {
        fault: fault::named(name).unwrap(),
        divergences: divergences.to_vec(),
        cases: 1,
        operations: 6,
        elapsed: Duration::from_millis(250),
    };
    SelftestResults {
        backend: "memory".into(),
        seed: 7,
        control: Control { divergences: divergences[..1].to_vec(), operations: 6 },
        trials: vec![
            trial(FAULT, &divergences),
            trial("tenant-error-swallowed", &[]),
            trial("role-error-swallowed", &divergences[..1]),
        ],
        elapsed: Duration::from_millis(1500),
    }
}

#[tokio::test]
async fn a_report_of_a_self_test_for_a_terminal() {
    assert_golden("selftest-terminal", &selftest().await.to_terminal());
}

#[tokio::test]
async fn a_report_of_a_self_test_in_json() {
    assert_golden("selftest-json", &selftest().await.to_json());
}

#[test]
fn the_help_of_the_command_and_of_each_subcommand() {
    let subcommands = [
        "audit",
        "check",
        "fuzz",
        "replay",
        "report",
        "report merge",
        "selftest",
        "servers",
        "torture",
    ];
    let subcommands = subcommands.map(|subcommand| format!("{subcommand} --help"));
    let mut text = String::new();
    for arguments in [&["--help".to_owned()][..], &subcommands].concat() {
        let mut parity = Command::new(env!("CARGO_BIN_EXE_parity"));
        let output = parity.args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success());
        let help = String::from_utf8(output.stdout).unwrap();
        text += &format!("$ parity {arguments}\n\n{help}\n");
    }
    assert_golden("help", &text);
}
