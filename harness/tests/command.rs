//! The command: its output and its exit status.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn parity(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parity")).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn trace_file(folder: &TempDir, lines: &str) -> String {
    let path = folder.path().join("trace.jsonl");
    fs::write(&path, lines).unwrap();
    path.to_str().unwrap().to_owned()
}

const TWO_TENANTS: &str = r#"# edited by hand
{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"a","properties":{}}}}
{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"b","properties":{}}}}
{"delete_role":{"tenant":"00000000-0000-0000-0000-000000000001","role":"00000000-0000-0000-0000-000000000002"}}
"#;

#[test]
fn an_audit_prints_the_matrix_and_exits_with_0_at_parity() {
    let output = parity(&["audit", "--backends", "memory,sqlite", "--cases", "100", "--seed", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed = stdout(&output);
    assert_eq!(printed.matches('✅').count(), 22, "{printed}");
    assert!(printed.contains("Merge Operations (Conflicts, etc.)"), "{printed}");
    assert_eq!(stderr(&output), "", "only the result when there is no terminal");
}

#[test]
fn verbose_shows_the_events_of_the_stores_beside_the_result() {
    let arguments = ["audit", "--backends", "memory,sqlite", "--cases", "1", "-v"];
    let output = parity(&arguments);
    let (printed, events) = (stdout(&output), stderr(&output));
    assert!(events.contains("store opened"), "{events}");
    assert!(events.contains("migration step applied"), "{events}");
    assert!(!printed.contains("store opened"), "{printed}");
}

/// As [`parity`], where no server is available.
fn without_servers(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parity"));
    command.env("PARITY_SERVERS", "url");
    command.env_remove("PARITY_POSTGRES_URL").env_remove("PARITY_MONGO_URL");
    command.args(arguments).output().unwrap()
}

#[test]
fn unavailable_stores_are_not_run_and_the_others_are() {
    let output = without_servers(&["audit", "--cases", "16", "--format", "markdown"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed = stdout(&output);
    assert!(printed.contains("| Feature | memory | sqlite | postgres | mongo |"), "{printed}");
    assert!(printed.contains("| — not run | — not run |"), "{printed}");
    assert!(printed.contains("by URL, PARITY_MONGO_URL is not set"), "{printed}");
}

#[test]
fn a_store_that_is_asked_for_and_unavailable_exits_with_3() {
    let output = without_servers(&["audit", "--backends", "memory,postgres", "--cases", "1"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("postgres cannot run"), "{}", stderr(&output));
}

#[test]
fn bad_usage_exits_with_2_and_says_what_would_be_right() {
    for (arguments, said) in [
        (vec!["audit", "--backends", "memory,oracle"], "there is no `oracle`"),
        (vec!["audit", "--backends", "memory,memory"], "`memory` is listed twice"),
        (vec!["audit", "--backends", "memory"], "add another one"),
        (vec!["audit", "--reference", "nobody"], "`nobody` is not among"),
        (vec!["audit", "--features", "merge"], "service_users"),
        (vec!["audit", "--time", "soon"], "--time"),
        (vec!["replay", "no-such-file.jsonl"], "no-such-file.jsonl"),
        (vec!["replay"], "FILE"),
    ] {
        let output = parity(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn gaps_exit_with_1_and_are_shown_with_their_trace() {
    let faulty = "memory+role-error-swallowed";
    let backends = format!("memory,{faulty}");
    let output = parity(&["audit", "--backends", &backends, "--cases", "60", "--seed", "1"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let printed = stdout(&output);
    assert!(printed.contains("⚠️ DIVERGENT"), "{printed}");
    assert!(printed.contains("{\"delete_role\""), "{printed}");
}

#[test]
fn a_trace_edited_by_hand_replays() {
    let folder = TempDir::new().unwrap();
    let path = trace_file(&folder, TWO_TENANTS);
    let output = parity(&["replay", "--backends", "memory,sqlite", &path]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("3 steps, memory, sqlite at parity"), "{}", stdout(&output));
}

#[test]
fn a_trace_that_diverges_prints_its_diff_and_exits_with_1() {
    let folder = TempDir::new().unwrap();
    let path = trace_file(&folder, TWO_TENANTS);
    let output = parity(&["replay", "--backends", "memory,memory+role-error-swallowed", &path]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let printed = stdout(&output);
    assert!(printed.contains("differs in delete_role after 2 of 3 steps"), "{printed}");
    assert!(printed.contains("-  \"error\": \"not_found.role\""), "{printed}");
    assert!(printed.contains("+  \"ok\": null"), "{printed}");
}

#[test]
fn a_broken_line_is_refused_with_its_number_and_the_reason() {
    let folder = TempDir::new().unwrap();
    let path = trace_file(&folder, &TWO_TENANTS.replace(r#""name":"b""#, r#""name":"""#));
    let output = parity(&["replay", &path]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("line 3: create_tenant.tenant.name"), "{said}");
    assert!(said.contains("takes 1 to 255 bytes"), "{said}");
}

#[test]
fn a_report_can_go_to_a_file_and_any_store_can_be_the_reference() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("report.json");
    let output = parity(&[
        "audit",
        "--backends",
        "memory,sqlite",
        "--reference",
        "sqlite",
        "--cases",
        "20",
        "--format",
        "json",
        "--output",
        path.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let report: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(report["reference"], "sqlite");
    assert_eq!(report["backends"][1]["name"], "memory");
}

#[test]
fn one_seed_gives_one_report_and_the_report_has_its_documented_shape() {
    let report = || {
        let output = parity(&[
            "audit",
            "--backends",
            "memory,sqlite",
            "--cases",
            "100",
            "--seed",
            "1",
            "--format",
            "json",
        ]);
        let mut report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert!(report["totals"]["seconds"].take().is_number());
        assert_eq!(report["totals"]["waits"].take().as_array().map(Vec::len), Some(2));
        report["state"]["elapsed"].take();
        for store in report["state"]["stores"].as_array_mut().unwrap() {
            assert!(store["timing"].take().is_object());
        }
        report
    };
    let report_once = report();
    assert_eq!(report_once, report());
    assert_eq!(report_once["schema"], 1);
    assert_eq!(report_once["seed"], "1");
    let features = report_once["features"].as_array().unwrap();
    let service_users =
        features.iter().find(|feature| feature["feature"] == "service_users").unwrap();
    let cell = &service_users["cells"][1];
    assert_eq!(cell["backend"], "sqlite");
    assert_eq!(cell["status"], "parity");
    let create = &cell["methods"][0];
    assert_eq!(create["method"], "create_service_user");
    assert!(create["outcomes"]["ok"].as_u64().unwrap() > 0);
    assert!(create["outcomes"]["already_exists"].as_u64().unwrap() > 0);
}

/// A report of a store with a gap, in that format.
fn report_of_a_gap(format: &str) -> String {
    let backends = "memory,memory+role-error-swallowed";
    let arguments = ["--backends", backends, "--cases", "60", "--seed", "1", "--format", format];
    let output = parity(&[&["audit"], &arguments[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn junit_has_a_test_case_for_each_feature_and_store_and_fails_those_that_differ() {
    let report = quick_junit::Report::deserialize_from_str(&report_of_a_gap("junit")).unwrap();
    let failures = |suite: &quick_junit::TestSuite| (suite.tests, suite.failures);
    assert_eq!(report.test_suites.iter().map(failures).collect::<Vec<_>>(), [(20, 0), (20, 1)]);
    let failed = report.test_suites[1].test_cases.iter().find(|case| &*case.name == "roles");
    let failed = format!("{:?}", failed.unwrap().status);
    assert!(failed.contains("delete_role") && failed.contains("not_found.role"), "{failed}");
}

#[test]
fn the_page_contains_the_matrix_each_cell_and_each_trace_and_loads_nothing_else() {
    let page = report_of_a_gap("html");
    assert_eq!(page.matches("<dialog id=").count(), 22);
    assert!(page.contains("⚠️ DIVERGENT"));
    assert!(page.contains("{&#34;delete_role&#34;:"), "the trace is there, escaped");
    for outside in ["http://", "https://", " src=", "<link", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}
