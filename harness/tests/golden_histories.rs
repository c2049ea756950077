//! What people and machines read of concurrent histories: every format of a torture report, and that of a check,
//! word for word.
//!
//! The files in golden/ are what is expected; CONTRIBUTING.md says how to write them again. The histories are written
//! by hand, so that the reports change with the formats alone.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use pangolin_parity::backend::{Description, Server, Unavailable};
use pangolin_parity::campaign::ledger::{Day, Entry, Judgement, Ledger};
use pangolin_parity::campaign::shard::Shard;
use pangolin_parity::compare::linearize::{BUDGET, Verdict, judge};
use pangolin_parity::compare::signature::Signature;
use pangolin_parity::contract::method::Method;
use pangolin_parity::report::check::{self, CheckedHistory};
use pangolin_parity::report::torture::TortureReport;
use pangolin_parity::report::{Decision, Format, torture};
use pangolin_parity::torture::{Breach, Cut, Nemesis, StoreTally, Tally, TortureResults};
use pangolin_parity::trace::history::History;
use serde_json::{Value, json};

/// Two clients create a tenant of one name, and both are told that they did.
const TWO_OF_ONE_NAME: &str = r#"
{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"acme","properties":{}}}}
{"client":1,"begin":1,"end":4,"call":{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000002","name":"b<script>","properties":{"k":"v"}}}},"result":{"ok":null}}
{"client":2,"begin":2,"end":6,"call":{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000003","name":"b<script>","properties":{}}}},"result":{"ok":null}}
{"client":3,"begin":3,"end":5,"call":{"get_tenant":{"tenant":"00000000-0000-0000-0000-000000000001"}},"result":{"ok":{"id":"00000000-0000-0000-0000-000000000001","name":"acme","properties":{}}}}
{"client":3,"begin":7,"end":8,"call":{"list_tenants":{"page":{"limit":4294967295}}},"result":{"ok":[{"id":"00000000-0000-0000-0000-000000000001","name":"acme","properties":{}},{"id":"00000000-0000-0000-0000-000000000002","name":"b<script>","properties":{"k":"v"}},{"id":"00000000-0000-0000-0000-000000000003","name":"b<script>","properties":{}}]}}
"#;

/// A call whose line was cut took effect, and what was acknowledged after it is gone. The fingerprint is that of the
/// password.
const LOST_AFTER_A_CUT: &str = r#"
{"create_tenant":{"tenant":{"id":"00000000-0000-0000-0000-000000000001","name":"acme","properties":{}}}}
{"client":1,"begin":1,"call":{"update_settings":{"tenant":"00000000-0000-0000-0000-000000000001","update":{"smtp_host":"one","smtp_password":"hush"}}}}
{"client":2,"begin":2,"end":5,"call":{"update_settings":{"tenant":"00000000-0000-0000-0000-000000000001","update":{"smtp_port":25}}},"result":{"ok":{"allow_public_signup":false,"default_retention_days":30,"default_warehouse_bucket":null,"smtp_host":"one","smtp_password":"secret:dc8331bc","smtp_port":25,"smtp_user":null}}}
{"nemesis":"cut after message 2","begin":3,"end":4}
{"client":3,"begin":6,"end":7,"call":{"delete_tenant":{"tenant":"00000000-0000-0000-0000-000000000002"}},"result":{"error":"not_found.tenant"}}
{"client":0,"begin":8,"end":9,"call":{"get_settings":{"tenant":"00000000-0000-0000-0000-000000000001"}},"result":{"ok":{"allow_public_signup":false,"default_retention_days":30,"default_warehouse_bucket":null,"smtp_host":null,"smtp_password":null,"smtp_port":null,"smtp_user":null}}}
"#;

fn assert_golden(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn store(name: &str, nemeses: &[(Nemesis, Tally)], cuts: Vec<Cut>) -> StoreTally {
    let (version, server) = ("1.2.3".to_owned(), Server::Local);
    StoreTally {
        description: Description { name: name.into(), version, server },
        nemeses: nemeses.iter().copied().collect(),
        cuts,
        elapsed: Duration::from_secs(30),
    }
}

fn breach(signature: &str, nemesis: Nemesis, count: u64, history: &str) -> Breach {
    let history = History::parse(history).unwrap();
    let Verdict::NotLinearizable(witness) = judge(&history, BUDGET) else {
        panic!("it is no breach: {history:?}")
    };
    Breach {
        signature: signature.parse().unwrap(),
        count,
        first: 12,
        nemesis,
        says: "no order of the calls explains all results".to_owned(),
        history: history.to_lines(),
        case: String::new(),
        order: witness.order,
        stuck: witness.stuck.into_iter().map(|stuck| (stuck.call, stuck.expected)).collect(),
    }
}

fn tally(histories: u64, strikes: u64) -> Tally {
    Tally {
        histories,
        calls: histories * 9,
        unknown: strikes,
        pairs: histories * 27,
        overlapping: histories * 9,
        undecided: 0,
        strikes,
    }
}

fn results() -> TortureResults {
    let cut = |method, message, nemesis, times| Cut { method, message, nemesis, times };
    let cuts = vec![
        cut(Method::CreateTenant, 1, Nemesis::CutBefore, 3),
        cut(Method::CreateTenant, 2, Nemesis::CutAfter, 4),
        cut(Method::CreateTenant, 2, Nemesis::CutBefore, 5),
        cut(Method::UpdateSettings, 40, Nemesis::CutAfter, 2),
    ];
    let struck = [
        (Nemesis::None, tally(100, 0)),
        (Nemesis::CutBefore, tally(40, 38)),
        (Nemesis::CutAfter, Tally { undecided: 1, ..tally(60, 55) }),
    ];
    TortureResults {
        seed: 7,
        shards: vec![Shard::WHOLE],
        stores: vec![
            store("memory", &[(Nemesis::None, tally(200, 0))], Vec::new()),
            store(
                "sqlite",
                &[(Nemesis::None, Tally { overlapping: 0, ..tally(5, 0) })],
                Vec::new(),
            ),
            store("postgres", &struck, cuts),
        ],
        breaches: vec![
            breach(
                "memory/tenants/create_tenant/not_linearizable/none/ok",
                Nemesis::None,
                3,
                TWO_OF_ONE_NAME,
            ),
            breach(
                "postgres/settings/update_settings/not_atomic/cut-after/ok",
                Nemesis::CutAfter,
                1,
                LOST_AFTER_A_CUT,
            ),
        ],
        unseen: vec!["sqlite-commit-not_linearizable-0badcafe.jsonl".to_owned()],
        saved: 4,
        elapsed: Duration::from_millis(30_500),
    }
}

fn report() -> TortureReport {
    let tolerated = Entry {
        signature: "memory/settings/get_settings/not_linearizable/none/ok".to_owned(),
        reason: "mended next week".to_owned(),
        expires: Day::try_from("2027-01-31".to_owned()).unwrap(),
    };
    let saved: Signature =
        "postgres/settings/update_settings/not_atomic/cut-after/ok".parse().unwrap();
    TortureReport {
        results: results(),
        unavailable: vec![Unavailable { name: "mongo".to_owned(), reason: "no server".to_owned() }],
        judgement: Judgement { tolerated: vec![tolerated], faults: Vec::new() },
        saved: BTreeMap::from([(saved, "proptest-regressions/postgres.jsonl".into())]),
    }
}

#[test]
fn a_report_for_a_terminal() {
    assert_golden("torture-terminal", &report().render(Format::Terminal));
}

#[test]
fn a_report_in_markdown() {
    assert_golden("torture-markdown", &report().render(Format::Markdown));
}

/// Without `state`, which is for the harness alone.
#[test]
fn a_report_in_json() {
    let mut report: Value = serde_json::from_str(&report().render(Format::Json)).unwrap();
    report["state"].take();
    assert_golden("torture-json", &format!("{report:#}\n"));
}

#[test]
fn a_report_in_junit_xml() {
    assert_golden("torture-junit", &report().render(Format::Junit));
}

#[test]
fn a_report_as_a_page() {
    let page = report().render(Format::Html);
    assert!(!page.contains("<script"), "a name is no element");
    let (mut rest, mut is_style) = (String::new(), false);
    for line in page.split_inclusive('\n') {
        is_style |= line.starts_with("<style>");
        if !is_style {
            rest += line;
        }
        is_style &= !line.starts_with("</style>");
    }
    assert_golden("torture-html", &rest);
}

#[test]
fn a_report_in_json_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    std::fs::write(&path, report().render(Format::Json)).unwrap();
    assert!(torture::is_report(&path));
    let (results, unavailable) = torture::read(&path).unwrap();
    let again = TortureReport { results, unavailable, ..report() };
    assert_eq!(again.render(Format::Json), report().render(Format::Json));
}

#[test]
fn no_format_shows_a_secret_that_a_lane_would() {
    for format in [Format::Terminal, Format::Junit, Format::Html, Format::Markdown] {
        let text = report().render(format);
        // The history itself is input, which has to be complete to be judged again.
        let history = History::parse(LOST_AFTER_A_CUT).unwrap().to_lines();
        let quoted =
            [history.clone(), history.replace('"', "&quot;"), history.replace('"', "&#34;")];
        let rest = quoted.iter().fold(text, |text, history| text.replace(history, ""));
        assert!(!rest.contains("hush"), "{rest}");
    }
}

#[test]
fn the_report_of_a_check() {
    let not = History::parse(TWO_OF_ONE_NAME).unwrap();
    let mut fine = not.clone();
    fine.calls.truncate(1);
    let verdicts = [judge(&not, BUDGET), judge(&fine, BUDGET), Verdict::Undecided];
    let checked = [
        CheckedHistory { name: "not.jsonl", history: &not, verdict: &verdicts[0] },
        CheckedHistory { name: "fine.jsonl", history: &fine, verdict: &verdicts[1] },
        CheckedHistory { name: "long.jsonl", history: &not, verdict: &verdicts[2] },
    ];
    let text: String = checked.iter().map(CheckedHistory::to_terminal).collect();
    assert_golden("check-terminal", &text);
    assert_golden("check-json", &check::to_json(&checked));
    assert_eq!(check::decision(&checked), Decision::Broken);
    assert_eq!(check::decision(&checked[1..]), Decision::Unproven);
    assert_eq!(check::decision(&checked[1..2]), Decision::Kept);
    assert_eq!(check::decision(&[]), Decision::Unproven);
}

/// A report on these stores, with nothing else.
fn plain(stores: Vec<StoreTally>) -> TortureReport {
    let results = TortureResults { stores, breaches: Vec::new(), unseen: Vec::new(), ..results() };
    let judgement = Judgement::default();
    TortureReport { results, unavailable: Vec::new(), judgement, saved: BTreeMap::new() }
}

#[test]
fn promises_are_kept_only_where_calls_overlapped_were_struck_and_all_was_decided() {
    let none = |tally| store("memory", &[(Nemesis::None, tally)], Vec::new());
    let good = || none(tally(10, 0));
    let says = |stores: Vec<StoreTally>, decision: Decision, sentence: &str| {
        let report = plain(stores);
        assert_eq!(report.decision(), decision, "{sentence}");
        for format in [Format::Terminal, Format::Markdown, Format::Json, Format::Html] {
            let text = report.render(format);
            assert!(text.contains(sentence), "{sentence} is not in {text}");
        }
    };
    says(vec![good()], Decision::Kept, "memory");
    says(vec![], Decision::Unproven, "NOTHING WAS COMPARED: no store ran");
    let idle = store("sqlite", &[], Vec::new());
    says(vec![good(), idle], Decision::Unproven, "NOTHING WAS COMPARED on sqlite");
    let apart = none(Tally { overlapping: 0, ..tally(10, 0) });
    says(vec![apart], Decision::Unproven, "NOTHING WAS COMPARED on memory: in none of its 10");
    let spared = store("postgres", &[(Nemesis::CutAfter, tally(10, 0))], Vec::new());
    says(vec![spared], Decision::Unproven, "NOTHING STRUCK postgres: 10 histories");
    let hard = none(Tally { undecided: 2, ..tally(10, 0) });
    says(vec![hard], Decision::Unproven, "UNDECIDED on memory: 2 of 10 histories");

    let mut report = plain(vec![good()]);
    report.results.unseen = vec!["a.jsonl".to_owned()];
    assert_eq!(report.decision(), Decision::Broken);
    assert!(report.render(Format::Junit).contains("<failure message=\"NO LONGER SEEN"));
}

#[test]
fn what_the_ledger_tolerates_is_no_gap() {
    let mut report = plain(results().stores[..1].to_vec());
    report.results.breaches = results().breaches[..1].to_vec();
    assert_eq!(report.decision(), Decision::Broken);
    let signature = report.results.breaches[0].signature.to_string();
    let expires = Day::try_from("9999-12-31".to_owned()).unwrap();
    report.judgement.tolerated = vec![Entry { signature, reason: "why".to_owned(), expires }];
    assert_eq!(report.decision(), Decision::Kept);
    assert!(report.render(Format::Junit).contains("tolerated by the ledger"));
    assert!(!report.render(Format::Terminal).contains('■'));
}

#[test]
fn a_ledger_tolerates_breaches_and_none_is_stale_because_chance_did_not_find_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.json");
    let entry = |signature: &str, expires: &str| json!({ "signature": signature, "reason": "why", "expires": expires });
    let [found, lost] = ["none/ok", "none/empty"]
        .map(|path| format!("memory/tenants/create_tenant/not_linearizable/{path}"));
    let judged = |entries: Value| {
        std::fs::write(&path, entries.to_string()).unwrap();
        let (ledger, today) = (Ledger::read(&path).unwrap(), Day::today());
        TortureReport::new(results(), Vec::new(), &ledger, &today).judgement
    };
    let judgement = judged(json!([entry(&found, "9999-12-31"), entry(&lost, "9999-12-31")]));
    assert_eq!(judgement.tolerated.len(), 1);
    assert!(judgement.tolerates(&results().breaches[0].signature));
    assert!(judgement.faults.is_empty(), "{judgement:?}");
    let judgement = judged(json!([entry(&found, "2026-01-01")]));
    assert!(judgement.faults[0].contains("has expired"), "{judgement:?}");
}

#[test]
fn shards_of_one_run_add_up_and_others_do_not_merge() {
    let shard = |shard: &str| TortureResults { shards: vec![shard.parse().unwrap()], ..results() };
    let mut other = shard("2/2");
    other.breaches[0].first = 3;
    other.breaches.pop();
    let merged = shard("1/2").merge(other).unwrap();
    assert_eq!(merged.shards.len(), 2);
    assert_eq!(merged.stores[2].total().histories, 400);
    assert_eq!(merged.stores[2].cuts.iter().map(|cut| cut.times).sum::<u64>(), 28);
    assert_eq!(merged.stores[2].cuts.len(), 4);
    let seen: Vec<_> = merged.breaches.iter().map(|breach| (breach.count, breach.first)).collect();
    assert_eq!(seen, [(6, 3), (1, 12)]);
    assert_eq!((merged.unseen.len(), merged.saved), (1, 4));

    let refusal = |other: TortureResults| shard("1/2").merge(other).unwrap_err().to_string();
    assert!(refusal(shard("1/2")).contains("its shard 1/2 does not go with 1/2"));
    assert!(refusal(shard("2/3")).contains("its shard 2/3"));
    assert!(refusal(TortureResults { seed: 8, ..shard("2/2") }).contains("its seed is 8"));
    let fewer = TortureResults { stores: Vec::new(), ..shard("2/2") };
    assert!(refusal(fewer).contains("its stores are"));
}
