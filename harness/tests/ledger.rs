//! Divergences can be tolerated, each by its own entry and until a date.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

/// The two divergences of the store.
const SIGNATURE: &str =
    "memory+role-error-swallowed/roles/delete_role/divergent/not_found.role->ok";
const OTHER: &str = "memory+role-error-swallowed/roles/delete_role/divergent/not_found.tenant->ok";

fn entry(signature: &str, reason: &str, expires: &str) -> String {
    format!(r#"{{"signature":"{signature}","reason":"{reason}","expires":"{expires}"}}"#)
}

/// Audits a store that swallows one error, with that ledger.
fn audit(ledger: &str) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.json");
    fs::write(&path, ledger).unwrap();
    let backends = "memory,memory+role-error-swallowed";
    let arguments = ["audit", "--backends", backends, "--cases", "160", "--seed", "1", "--ledger"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_parity"));
    let Output { status, stdout, stderr } = command.args(arguments).arg(path).output().unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).unwrap())
}

/// Entries for both divergences, and more entries.
fn both_and(more: &[String]) -> String {
    let both = [SIGNATURE, OTHER].map(|signature| entry(signature, "why", "9999-12-31"));
    format!("[{}]", [&both[..], more].concat().join(","))
}

#[test]
fn a_divergence_that_is_tolerated_is_named_and_no_gap() {
    let (status, said) = audit(&both_and(&[]));
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("⚠️ DIVERGENT"), "{said}");
    for signature in [SIGNATURE, OTHER] {
        let tolerated = format!("Tolerated through 9999-12-31: {signature} (why).");
        assert!(said.contains(&tolerated), "{said}");
    }
    assert!(!said.contains('■'), "{said}");
}

#[test]
fn a_divergence_that_is_not_in_the_ledger_is_a_gap_beside_one_that_is() {
    let (status, said) = audit(&format!("[{}]", entry(SIGNATURE, "why", "9999-12-31")));
    assert_eq!(status, Some(1), "{said}");
    assert_eq!(said.matches('■').count(), 1, "{said}");
    assert!(said.contains(&format!("■ {OTHER}")), "{said}");
}

#[test]
fn an_entry_that_is_expired_stale_too_wide_or_without_a_reason_is_a_gap() {
    let of_another_method = SIGNATURE.replace("delete_role", "update_role");
    for (signature, reason, expires, fault) in [
        (SIGNATURE, "why", "9999-12-31", "is listed twice"),
        (&*of_another_method, "why", "9999-12-31", "is no longer found"),
        (&*of_another_method, "why", "2026-01-01", "has expired"),
        (&*of_another_method, " ", "9999-12-31", "has no reason"),
        ("memory+role-error-swallowed/roles", "why", "9999-12-31", "is too wide"),
        (&*format!("{SIGNATURE}*"), "why", "9999-12-31", "is too wide"),
    ] {
        let (status, said) = audit(&both_and(&[entry(signature, reason, expires)]));
        assert_eq!(status, Some(1), "{signature}: {said}");
        assert!(said.contains(&format!("In the ledger, {signature} {fault}")), "{said}");
    }
}

#[test]
fn an_entry_about_a_store_that_did_not_run_is_ignored() {
    let elsewhere = SIGNATURE.replace("memory+", "oracle+");
    let (status, said) = audit(&both_and(&[entry(&elsewhere, "why", "9999-12-31")]));
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn an_entry_about_concurrent_histories_is_not_stale_after_an_audit() {
    let scope = SIGNATURE.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    for end in ["not_linearizable/none/ok", "panic/cut-after", "hang/none"] {
        let (status, said) =
            audit(&both_and(&[entry(&format!("{scope}/{end}"), "why", "9999-12-31")]));
        assert_eq!(status, Some(0), "{end}: {said}");
    }
    let panic = entry(&format!("{scope}/panic/panic"), "why", "9999-12-31");
    let (status, said) = audit(&both_and(&[panic]));
    assert_eq!(status, Some(1), "{said}");
}

#[test]
fn a_broken_ledger_is_bad_input() {
    let (status, said) = audit(&both_and(&[entry(SIGNATURE, "why", "2027-02-31")]));
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("`2027-02-31` is no day; write it like 2027-01-31"), "{said}");
    let (status, said) = audit("{");
    assert_eq!(status, Some(2), "{said}");
}
