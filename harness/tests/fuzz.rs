//! Campaigns without end: sharded, stopped, resumed and merged.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pangolin_parity::backend;
use serde_json::Value;
use tempfile::TempDir;

const CLEAN: &str = "memory,sqlite";
const FAULTY: &str = "memory,memory+role-error-swallowed";
const GAP: &str = "memory+role-error-swallowed/roles/delete_role/divergent/not_found.role->ok";

/// A folder to run the command in.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parity"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the command, which must exit with that status, and reads the JSON report that it prints.
    fn report(&self, status: i32, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The report of a campaign with its own folder for traces: saved traces run first, and count.
    fn fuzz(&self, status: i32, arguments: &[&str]) -> Value {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let folder = format!("traces-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.report(status, &[&["fuzz", "--regressions", &folder], arguments].concat())
    }

    /// The same, with the report saved in a file.
    fn keep(&self, name: &str, status: i32, arguments: &[&str]) -> Value {
        let report = self.fuzz(status, arguments);
        fs::write(self.path(name), report.to_string()).unwrap();
        report
    }

    fn traces(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("proptest-regressions")) else {
            return Vec::new();
        };
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

/// The report without the times that were measured.
fn timeless(mut report: Value) -> Value {
    report["totals"]["seconds"].take();
    report["totals"]["waits"].take();
    report["state"]["elapsed"].take();
    for store in report["state"]["stores"].as_array_mut().unwrap() {
        store["timing"].take();
    }
    report
}

fn number(report: &Value, total: &str) -> u64 {
    report["totals"][total].as_u64().unwrap()
}

fn signatures(report: &Value) -> Vec<&str> {
    let divergences = report["divergences"].as_array().unwrap().iter();
    divergences.map(|divergence| divergence["signature"].as_str().unwrap()).collect()
}

#[test]
fn jobs_do_not_change_what_is_generated_learned_and_reported() {
    let place = Place::new();
    let run = |jobs| {
        let arguments = ["--backends", FAULTY, "--seed", "1", "--cases", "160", "--jobs", jobs];
        timeless(place.fuzz(1, &arguments))
    };
    let report = run("1");
    assert_eq!(report, run("3"));
    let growth = report["totals"]["growth"].as_array().unwrap();
    let behaviours: Vec<u64> =
        growth.iter().map(|point| point["behaviours"].as_u64().unwrap()).collect();
    assert!(behaviours.len() > 3 && behaviours.is_sorted(), "{growth:?}");
    assert_eq!(behaviours.last(), Some(&number(&report, "behaviours")));
}

#[test]
fn a_resumed_run_has_the_same_result_as_one_that_was_never_stopped() {
    let place = Place::new();
    let until = |cases| ["--backends", FAULTY, "--seed", "1", "--cases", cases];
    let whole = timeless(place.fuzz(1, &until("160")));
    // In the middle of a round, and again at the end of one.
    place.keep("part.json", 1, &until("50"));
    for cases in ["64", "160"] {
        let resume = ["fuzz", "--resume", "part.json", "--cases", cases];
        let output = ["--format", "json", "--output", "part.json"];
        let output = place.run(&[&resume[..], &output].concat());
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    }
    assert_eq!(timeless(read(&place.path("part.json"))), whole);
}

#[test]
fn merged_shards_hold_everything_of_each() {
    let place = Place::new();
    let shard = |number: u32| {
        let (name, shard) = (format!("{number}.json"), format!("{number}/3"));
        let arguments = ["--backends", FAULTY, "--seed", "1", "--cases", "250", "--shard", &shard];
        place.keep(&name, 1, &arguments)
    };
    let shards = [shard(1), shard(2), shard(3)];
    let cases: Vec<u64> = shards.iter().map(|shard| number(shard, "cases")).collect();
    assert_eq!(cases, [84, 83, 83]);
    let merge = |files: &[&str]| timeless(place.report(1, &[&["report", "merge"], files].concat()));
    let whole = merge(&["1.json", "2.json", "3.json"]);
    assert_eq!(whole, merge(&["3.json", "1.json", "2.json"]), "in any order");
    for total in ["cases", "operations", "restarts"] {
        let sum: u64 = shards.iter().map(|shard| number(shard, total)).sum();
        assert_eq!(number(&whole, total), sum, "{total}");
    }
    let most = shards.iter().map(|shard| number(shard, "behaviours")).max().unwrap();
    let sum: u64 = shards.iter().map(|shard| number(shard, "behaviours")).sum();
    let together = number(&whole, "behaviours");
    assert!(most < together && together < sum, "{most} < {together} < {sum}");
    let count = |report: &Value| -> u64 {
        let divergences = report["divergences"].as_array().unwrap().iter();
        divergences.map(|divergence| divergence["count"].as_u64().unwrap()).sum()
    };
    assert_eq!(count(&whole), shards.iter().map(count).sum::<u64>());
    for shard in &shards {
        let all = signatures(&whole);
        assert!(signatures(shard).iter().all(|signature| all.contains(signature)));
        for divergence in shard["divergences"].as_array().unwrap() {
            let merged = whole["divergences"].as_array().unwrap().iter();
            let merged =
                merged.clone().find(|merged| merged["signature"] == divergence["signature"]);
            let steps = |divergence: &Value| divergence["trace"].as_array().unwrap().len();
            assert!(steps(merged.unwrap()) <= steps(divergence), "the shortest trace is kept");
        }
    }
}

#[test]
fn a_report_merged_alone_is_the_same_in_any_format() {
    let place = Place::new();
    let arguments = ["--backends", FAULTY, "--seed", "1", "--cases", "60"];
    let report = place.keep("a.json", 1, &arguments);
    assert_eq!(place.report(1, &["report", "merge", "a.json"]), report);
    for (format, shown) in
        [("html", "<dialog"), ("markdown", "⚠️ DIVERGENT"), ("junit", "<failure")]
    {
        let output = place.run(&["report", "merge", "a.json", "--format", format]);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(shown) && said(&output).contains("delete_role"), "{format}");
    }
}

#[test]
fn reports_that_do_not_fit_are_refused_with_the_reason() {
    let place = Place::new();
    let keep = |name: &str, arguments: &[&str]| {
        place.keep(name, 0, &[&["--cases", "8"], arguments].concat());
    };
    keep("a.json", &["--backends", CLEAN, "--seed", "1", "--shard", "1/2"]);
    keep("b.json", &["--backends", CLEAN, "--seed", "1", "--shard", "2/2"]);
    keep("seed.json", &["--backends", CLEAN, "--seed", "2", "--shard", "2/2"]);
    keep("stores.json", &["--backends", "sqlite,memory", "--seed", "1", "--shard", "2/2"]);
    keep("third.json", &["--backends", CLEAN, "--seed", "1", "--shard", "2/3"]);
    let features = ["--backends", CLEAN, "--seed", "1", "--shard", "2/2", "--features", "tenants"];
    keep("features.json", &features);
    let both = ["report", "merge", "a.json", "b.json", "--format", "json", "--output", "both.json"];
    assert_eq!(place.run(&both).status.code(), Some(0));
    fs::write(place.path("no.json"), "{\"schema\":1}").unwrap();
    for (arguments, reason) in [
        (vec!["report", "merge", "a.json", "seed.json"], "seed.json: its seed is 2, not 1"),
        (vec!["report", "merge", "a.json", "stores.json"], "stores.json: its stores are sqlite"),
        (vec!["report", "merge", "a.json", "features.json"], "features.json: it drew"),
        (vec!["report", "merge", "a.json", "a.json"], "a.json: its shard 1/2 does not go with 1/2"),
        (vec!["report", "merge", "a.json", "third.json"], "third.json: its shard 2/3"),
        (vec!["report", "merge", "no.json"], "--format json"),
        (vec!["report", "merge", "nothing.json"], "nothing.json: No such file"),
        (vec!["fuzz", "--resume", "both.json"], "several shards, 1/2 and 2/2"),
        (vec!["fuzz", "--resume", "a.json", "--seed", "1"], "cannot be used with"),
        (vec!["fuzz", "--backends", CLEAN, "--shard", "3/2"], "`3/2` is no shard"),
    ] {
        let output = place.run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(reason), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn each_new_trace_is_saved_once_and_replays() {
    let place = Place::new();
    let fuzz = ["fuzz", "--backends", FAULTY, "--cases", "160", "--seed"];
    let report = place.report(1, &[&fuzz[..], &["1"]].concat());
    assert!(!signatures(&report).is_empty());
    let traces = place.traces();
    assert_eq!(traces.len(), signatures(&report).len(), "{traces:?}");
    assert!(traces.iter().all(|name| name.contains("delete_role-divergent")), "{traces:?}");
    // The saved traces show the same divergences again, and are not saved again.
    let again = place.report(1, &[&fuzz[..], &["2"]].concat());
    assert_eq!(signatures(&again), signatures(&report));
    assert_eq!(place.traces(), traces);
    let replay = ["replay", "--backends", FAULTY, "proptest-regressions"];
    assert_eq!(place.run(&replay).status.code(), Some(1));
}

#[test]
fn what_the_ledger_tolerates_is_not_saved_and_does_not_stop_a_campaign() {
    let place = Place::new();
    let entry = |signature: &str| {
        format!(r#"{{"signature":"{signature}","reason":"why","expires":"9999-12-31"}}"#)
    };
    let other = GAP.replace("not_found.role", "not_found.tenant");
    let ledger = format!("[{},{}]", entry(GAP), entry(&other));
    fs::write(place.path("parity-ledger.json"), ledger).unwrap();
    let fuzz = ["fuzz", "--backends", FAULTY, "--cases", "160", "--seed", "1", "--stop-at-first"];
    let report = place.report(0, &fuzz);
    assert_eq!(number(&report, "cases"), 160);
    assert_eq!(signatures(&report), [GAP, &other]);
    assert_eq!(place.traces(), [""; 0]);
}

#[test]
fn it_stops_at_the_first_gap_with_any_number_of_jobs() {
    let run = |jobs| {
        let place = Place::new();
        let fuzz = ["fuzz", "--backends", FAULTY, "--seed", "1", "--stop-at-first", "--jobs", jobs];
        let report = timeless(place.report(1, &fuzz));
        assert_eq!(place.traces().len(), 1);
        report
    };
    let report = run("1");
    assert_eq!(signatures(&report).len(), 1);
    assert_eq!(report, run("3"));
}

/// Waits until the condition is true.
fn wait_until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(120), "it takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A campaign without end that has saved its report once.
fn without_end(place: &Place, backends: &str) -> (Child, PathBuf) {
    let saved = place.path("saved.json");
    let arguments =
        ["fuzz", "--backends", backends, "--save", "saved.json", "--save-every", "10ms"];
    let mut command = place.command(&arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| saved.exists());
    (child, saved)
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn ctrl_c_and_sigterm_end_it_with_its_report() {
    // The last campaign also has databases on a server to drop.
    let last = backend::under_test().pop().unwrap();
    let on_a_server = format!("memory+audit-oldest-first,{last}");
    for (signal, backends, status) in [
        (Signal::SIGINT, CLEAN, 0),
        (Signal::SIGTERM, FAULTY, 1),
        (Signal::SIGINT, &on_a_server, 1),
    ] {
        let place = Place::new();
        let (child, saved) = without_end(&place, backends);
        if status == 1 {
            wait_until(|| !place.traces().is_empty());
        }
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{signal}: {}", said(&output));
        assert!(said(&output).contains("cases, "), "{}", said(&output));
        let cases = number(&read(&saved), "cases");
        assert!(said(&output).contains(&format!("{cases} cases, ")), "the last report is saved");
    }
}

#[test]
fn a_killed_run_resumes_from_its_saved_report() {
    let place = Place::new();
    let (mut child, saved) = without_end(&place, CLEAN);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = read(&saved);
    let cases = (number(&before, "cases") + 16).to_string();
    let output = place.run(&["fuzz", "--resume", "saved.json", "--cases", &cases]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let after = read(&saved);
    assert_eq!(number(&after, "cases"), number(&before, "cases") + 16);
    assert_eq!(after["seed"], before["seed"]);
    assert!(number(&after, "behaviours") > number(&before, "behaviours"));
}

#[test]
fn it_stops_when_its_time_is_up() {
    let place = Place::new();
    let started = Instant::now();
    let report = place.report(0, &["fuzz", "--backends", CLEAN, "--time", "1s"]);
    assert!(number(&report, "cases") > 0);
    assert!(started.elapsed() < Duration::from_secs(20));
}
