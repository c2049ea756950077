//! Torture finds what only clients together can see, and finds nothing where nothing is wrong.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::Duration;

use pangolin_parity::backend;
use pangolin_parity::campaign::ledger::{Day, Ledger};
use pangolin_parity::compare::linearize::{BUDGET, Verdict, judge};
use pangolin_parity::fault;
use pangolin_parity::report::Format;
use pangolin_parity::report::decision::Decision;
use pangolin_parity::report::torture::TortureReport;
use pangolin_parity::torture::selftest::{ConcurrentSelftest, selftest};
use pangolin_parity::torture::{self, Nemesis, Plan, TortureResults};
use pangolin_parity::trace::history::History;
use pangolin_parity::trace::regressions::{self, SavedHistory};
use serde_json::Value;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

fn plan(cases: u64, nemeses: &[Nemesis]) -> Plan {
    Plan {
        nemeses: nemeses.iter().copied().collect(),
        stores: 2,
        shrink_time: Duration::from_secs(2),
        program: Some(PathBuf::from(env!("CARGO_BIN_EXE_parity"))),
        ..Plan::new(1, cases)
    }
}

fn run(store: &str, plan: &Plan) -> TortureResults {
    RUNTIME.block_on(async {
        let backend = backend::named(store).await.unwrap();
        torture::run(&[backend], plan, &mut |_| {}).await.unwrap()
    })
}

/// Runs a plan on a store, which must keep its promises: with calls that overlapped, and all of them decided.
fn keeps_its_promises(store: &str, plan: &Plan) {
    let results = run(store, plan);
    let total = results.stores[0].total();
    assert!(total.overlapping > 0 && total.undecided == 0, "{total:?}");
    let report = TortureReport::new(results, Vec::new(), &Ledger::default(), &Day::today());
    assert_eq!(report.decision(), Decision::Kept, "{}", report.render(Format::Terminal));
}

fn is_under_test(store: &str) -> bool {
    backend::under_test().iter().any(|name| name == store)
}

#[test]
fn memory_is_linearizable() {
    keeps_its_promises("memory", &plan(150, &[Nemesis::None]));
}

#[test]
fn sqlite_is_linearizable_through_two_stores_on_one_file() {
    keeps_its_promises("sqlite", &plan(120, &[Nemesis::None]));
}

#[test]
fn calls_on_sqlite_are_whole_when_they_are_given_up_and_its_file_is_locked() {
    keeps_its_promises("sqlite", &plan(40, &[Nemesis::GiveUp, Nemesis::HeldLock]));
}

#[test]
fn calls_on_sqlite_are_whole_when_their_process_is_killed_or_its_disk_is_full() {
    keeps_its_promises("sqlite", &plan(40, &[Nemesis::KillClient, Nemesis::FullDisk]));
}

#[test]
fn faults_of_each_kind_are_found_on_memory_and_sqlite() {
    let names = [
        "swap-checked-before-written",
        "both-creates-succeed",
        "refused-and-done-later",
        "stale-for-own-commit",
        "stale-asset-cache",
        "acknowledged-before-written",
        "catalog-deleted-in-parts",
        "listing-read-row-by-row",
        "lock-kept",
        "update-half-written",
    ];
    for store in ["memory", "sqlite"] {
        let selftest_of = async |backend| {
            let faults = names.map(|name| fault::concurrent(name).unwrap()).to_vec();
            let plan =
                ConcurrentSelftest { backend, faults, seed: 1, cases: 800, control: 20, jobs: 2 };
            selftest(&plan, &mut |_| {}).await.unwrap()
        };
        let found =
            RUNTIME.block_on(async { selftest_of(backend::named(store).await.unwrap()).await });
        assert!(found.trials.iter().all(|trial| trial.found.is_some()), "{}", found.to_terminal());
        assert!(found.found_without.is_empty(), "{}", found.to_terminal());
    }
}

#[test]
fn what_is_found_is_judged_the_same_offline_and_names_few_calls() {
    let plan = Plan { stop_at_first: true, ..plan(400, &[Nemesis::None]) };
    let results = run("memory+both-deletes-succeed", &plan);
    let breach = &results.breaches[0];
    let history = History::parse(&breach.history).unwrap();
    assert!(matches!(judge(&history, BUDGET), Verdict::NotLinearizable(_)), "{history:?}");
    assert_eq!(History::parse(&history.to_lines()).unwrap(), history);
    assert!(history.calls.len() <= 4, "{history:?}");
}

#[test]
fn a_run_without_a_history_proves_nothing() {
    let results = run("memory", &plan(0, &[Nemesis::None]));
    let report = TortureReport::new(results, Vec::new(), &Ledger::default(), &Day::today());
    assert_eq!(report.decision(), Decision::Unproven);
}

#[test]
fn every_saved_history_is_one_that_no_order_explains() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../proptest-regressions");
    let saved = regressions::read_histories(&folder).unwrap();
    let proofs: Vec<_> = saved.iter().filter(|saved| saved.is_proof).collect();
    assert!(!proofs.is_empty());
    for SavedHistory { name, history, .. } in proofs {
        let verdict = judge(history, BUDGET);
        assert!(matches!(verdict, Verdict::NotLinearizable(_)), "{name}: {verdict:?}");
    }
}

#[test]
fn every_nemesis_suits_some_store() {
    use strum::IntoEnumIterator;
    let stores = ["sqlite", "postgres", "mongo"];
    let suited: BTreeSet<Nemesis> = Nemesis::iter()
        .filter(|nemesis| stores.iter().any(|store| nemesis.suits_store(store)))
        .collect();
    assert_eq!(suited, Nemesis::iter().collect());
}

fn parity(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parity")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_command_saves_what_it_finds_and_check_and_the_next_run_judge_it() {
    let folder = tempfile::tempdir().unwrap();
    let regressions = folder.path().to_str().unwrap();
    let arguments = |store: &'static str| {
        ["torture", "--backends", store, "--seed", "1", "--nemesis", "none", "--regressions"]
    };
    let found = parity(
        &[
            &arguments("memory+swap-checked-before-written")[..],
            &[regressions, "--cases", "300", "--stop-at-first", "--shrink-time", "1s"],
        ]
        .concat(),
    );
    assert_eq!(found.status.code(), Some(1), "{}", text(&found.stderr));
    let printed = text(&found.stdout);
    assert!(printed.contains("parity check"), "{printed}");
    let saved: Vec<PathBuf> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(saved[0].extension().is_some_and(|ending| ending == "history"), "{saved:?}");

    let checked = parity(&["check", saved[0].to_str().unwrap(), "--format", "json"]);
    assert_eq!(checked.status.code(), Some(1), "{}", text(&checked.stderr));
    let report: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(report["decision"], "broken");

    let again = parity(
        &[&arguments("memory")[..], &[regressions, "--cases", "60", "--format", "json"]].concat(),
    );
    assert_eq!(again.status.code(), Some(0), "{}{}", text(&again.stdout), text(&again.stderr));
}

#[test]
fn what_the_command_cannot_do_is_said() {
    let refused = |arguments: &[&str], status: i32, says: &str| {
        let output = parity(arguments);
        assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
    };
    refused(&["torture", "--nemesis", "ghosts"], 2, "there is no `ghosts`; choose from all, none");
    refused(&["torture", "--clients", "1"], 2, "from 2 to 64");
    refused(&["torture", "--backends", "memory", "--cases", "0"], 3, "nothing was proven");
    let folder = tempfile::tempdir().unwrap();
    refused(&["check", folder.path().to_str().unwrap()], 2, "no history was judged");
    let history = folder.path().join("a.history");
    let path = history.to_str().unwrap();
    fs::write(&history, "{\"client\":1,\"begin\":3,\"end\":2,\"call\":{},\"result\":{}}\n")
        .unwrap();
    refused(&["check", path], 2, "line 1");
    let get = r#"{"get_tenant":{"tenant":"00000000-0000-0000-0000-000000000001"}}"#;
    let line = format!(r#"{{"client":1,"begin":0,"end":1,"call":{get},"result":{{"ok":null}}}}"#);
    fs::write(&history, line).unwrap();
    assert_eq!(parity(&["check", path]).status.code(), Some(0));
    refused(&["check", path, "--budget", "0"], 3, "undecided");
}

#[test]
fn postgres_is_linearizable_through_two_stores() {
    if is_under_test("postgres") {
        keeps_its_promises("postgres", &plan(60, &[Nemesis::None]));
    }
}

#[test]
fn calls_on_postgres_are_whole_when_lines_sessions_and_processes_end() {
    if is_under_test("postgres") {
        let nemeses = [
            Nemesis::GiveUp,
            Nemesis::CutBefore,
            Nemesis::CutAfter,
            Nemesis::EndSessions,
            Nemesis::KillClient,
        ];
        keeps_its_promises("postgres", &plan(40, &nemeses));
    }
}

#[test]
fn mongo_is_linearizable_through_two_stores() {
    if is_under_test("mongo") {
        keeps_its_promises("mongo", &plan(30, &[Nemesis::None]));
    }
}

#[test]
fn calls_on_mongo_are_whole_when_lines_are_cut() {
    if is_under_test("mongo") {
        keeps_its_promises("mongo", &plan(25, &[Nemesis::CutBefore, Nemesis::CutAfter]));
    }
}
