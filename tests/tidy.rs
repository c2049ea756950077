//! House rules, as tests: what a reader may rely on anywhere in this repository.
//!
//! Each rule is a function from the repository's files to the faults that it finds. It is run on the
//! repository, where it must find none, and on a sample that breaks it, where it must find one.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Text files by their path from the root of the repository.
type Files = BTreeMap<String, String>;

const MAX_LINES: usize = 400;

/// Longer files, and why they are.
const LONG: &[(&str, &str)] = &[];

/// Words that stop a reader, and what to write.
const BANNED: &[(&str, &str)] = &[
    ("came to", "result, outcome"),
    ("comes to", "result, outcome"),
    ("anew", "again"),
    ("be had", "be available"),
    ("lest", "so that not"),
    ("amid", "within"),
    ("gone on with", "resumed"),
    ("whoever", "the reader, the caller"),
    ("bear in mind", "remember"),
    ("stands already", "is already running"),
];

/// The rooms of the harness in the order of its pipeline: each imports only from those before it.
const ROOMS: &[&str] = &[
    "contract", "trace", "generate", "server", "nemesis", "fault", "backend", "compare", "shrink",
    "campaign", "selftest", "torture", "report",
];

fn repository() -> Files {
    let mut files = Files::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut files);
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            let is_ours = !name.starts_with('.') || [".ci", ".github"].contains(&&*name);
            if is_ours && !["target", "corpus", "artifacts"].contains(&&*name) {
                collect(&entry.path(), &format!("{path}/"), files);
            }
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.insert(path, text);
        }
    }
}

/// The names of the files in a folder, without their ending.
fn names<'a>(files: &'a Files, folder: &str) -> BTreeSet<&'a str> {
    let names = files.keys().filter_map(|path| path.strip_prefix(folder)?.strip_suffix(".rs"));
    names.filter(|name| !name.contains('/') && *name != "mod").collect()
}

fn rust<'a>(files: &'a Files, folder: &str) -> impl Iterator<Item = (&'a String, &'a String)> {
    files.iter().filter(move |(path, _)| path.starts_with(folder) && path.ends_with(".rs"))
}

fn long_files(files: &Files) -> Vec<String> {
    let faults = rust(files, "").filter_map(|(path, text)| {
        let lines = text.lines().count();
        let is_excused = LONG.iter().any(|(long, _)| long == path);
        (lines > MAX_LINES && !is_excused).then(|| format!("{path}: {lines} lines"))
    });
    faults.collect()
}

/// Every feature area is in the contract, the model, the four stores, the harness and the contract tests.
fn gaps_of_the_grid(files: &Files) -> Vec<String> {
    const GRID: &[&str] = &[
        "src/model/",
        "src/memory/",
        "src/sqlite/",
        "src/postgres/",
        "src/mongo/",
        "harness/src/contract/areas/",
        "harness/tests/contract/",
    ];
    let mut faults = Vec::new();
    for folder in GRID {
        let present = names(files, folder);
        let absent = names(files, "src/store/").into_iter().filter(|area| !present.contains(area));
        faults.extend(absent.map(|area| format!("{folder}{area}.rs is missing")));
    }
    faults
}

/// ARCHITECTURE names each file of the harness, and no other.
fn unknown_files(files: &Files) -> Vec<String> {
    let text = &files["ARCHITECTURE.md"];
    let start = text.find("## `harness/src/`").unwrap_or_default();
    let end = text.find("## `benches/`").unwrap_or(text.len());
    let named: BTreeSet<&str> =
        code(&text[start..end]).filter(|name| name.ends_with(".rs")).collect();
    let in_table =
        |name: &str| name.contains('/') || ["lib.rs", "main.rs", "selftest.rs"].contains(&name);
    let there: BTreeSet<&str> = rust(files, "harness/src/")
        .filter_map(|(path, _)| path.strip_prefix("harness/src/"))
        .collect();
    let unnamed = there.iter().filter(|path| !named.contains(*path));
    let absent = named
        .iter()
        .filter(|name| in_table(name) && !there.contains(*name) && !files.contains_key(**name));
    let unnamed = unnamed.map(|path| format!("{path} is not in ARCHITECTURE.md"));
    unnamed
        .chain(absent.map(|name| format!("ARCHITECTURE.md names {name}, which is not there")))
        .collect()
}

/// What stands between backquotes.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Imports of the harness go one way.
fn imports_that_run_back(files: &Files) -> Vec<String> {
    let place = |room: &str| ROOMS.iter().position(|other| *other == room);
    let mut faults = Vec::new();
    for (path, text) in rust(files, "harness/src/") {
        let room = path["harness/src/".len()..].split(['/', '.']).next().unwrap_or_default();
        let Some(mine) = place(room) else { continue };
        // Tests may look further.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        if text.contains("crate::{") {
            faults.push(format!("{path} imports from several rooms at once; write one line each"));
        }
        for used in text.split("crate::").skip(1) {
            let used =
                used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if place(used).is_some_and(|theirs| theirs > mine) {
                faults.push(format!("{path} uses {used}, which comes after {room}"));
            }
        }
    }
    faults
}

/// The errors that the op table declares are those that each method's rustdoc lists.
fn errors_that_differ(files: &Files) -> Vec<String> {
    let declared = declared_errors(&files["harness/src/contract/table.rs"]);
    let mut documented = BTreeMap::new();
    for (_, text) in rust(files, "src/store/") {
        documented.extend(documented_errors(text));
    }
    let methods: BTreeSet<&String> = declared.keys().chain(documented.keys()).collect();
    let differs = |method: &&&String| declared.get(**method) != documented.get(**method);
    let fault = |method: &String| {
        let [table, rustdoc] = [declared.get(method), documented.get(method)];
        format!("{method}: the table declares {table:?}, the rustdoc {rustdoc:?}")
    };
    methods.iter().filter(differs).map(|method| fault(method)).collect()
}

fn declared_errors(table: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for row in table.split(" = ").skip(1) {
        let Some((method, rest)) = row.split_once('(') else { continue };
        let Some((_, outcomes)) = rest.split_once("-> ").and_then(|(_, rest)| rest.split_once('{'))
        else {
            continue;
        };
        let outcomes = outcomes.split('}').next().unwrap_or_default();
        let mut errors = BTreeSet::new();
        for (key, kind) in
            [("missing[", "NotFound"), ("taken[", "AlreadyExists"), ("conflict[", "Conflict")]
        {
            let of = outcomes.split_once(key).and_then(|(_, rest)| rest.split_once(']'));
            let of = of.into_iter().flat_map(|(of, _)| of.split_whitespace());
            errors.extend(of.map(|of| format!("{kind}({of})")));
        }
        if outcomes.contains(", invalid") {
            errors.insert("Invalid".to_owned());
        }
        all.insert(method.trim().to_owned(), errors);
    }
    all
}

fn documented_errors(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    let mut docs = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("///") {
            docs += doc;
            docs.push('\n');
        } else if let Some(signature) = line.strip_prefix("async fn ") {
            let method = signature.split('(').next().unwrap_or_default();
            let section = docs.split("# Errors").nth(1).unwrap_or_default();
            let kinds = ["NotFound(", "AlreadyExists(", "Conflict("];
            let is_error =
                |code: &&str| *code == "Invalid" || kinds.iter().any(|kind| code.starts_with(kind));
            all.insert(
                method.to_owned(),
                code(section).filter(is_error).map(str::to_owned).collect(),
            );
            docs.clear();
        } else {
            docs.clear();
        }
    }
    all
}

fn concatenated_sql(files: &Files) -> Vec<String> {
    let of_stores = rust(files, "src/")
        .filter(|(path, _)| path.contains("sqlite") || path.contains("postgres"));
    let has = of_stores.filter(|(_, text)| text.contains("concat!("));
    has.map(|(path, _)| format!("{path}: concat!; write formatcp! and named constants")).collect()
}

fn paths_of_a_machine(files: &Files) -> Vec<String> {
    // Put together here, so that this file does not hold them.
    let homes = ["work", "root", "home", "Users"].map(|home| format!("/{home}/"));
    let mut faults = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            let starts = |home: &String| {
                line.match_indices(home.as_str()).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|c| !(c.is_alphanumeric() || "./_-}$".contains(c)))
                })
            };
            if homes.iter().any(starts) {
                faults.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    faults
}

fn banned_words(files: &Files) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in files {
        let is_prose =
            [".rs", ".md", ".yml", ".toml", ".sql", ".html"].iter().any(|end| path.ends_with(end));
        let is_script = path.starts_with("scripts/") || path.starts_with(".ci/");
        // A migration that was released never changes.
        let is_frozen = path.starts_with("migrations/") || path == "tests/tidy.rs";
        if !(is_prose || is_script) || is_frozen {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            let words: String =
                line.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
            let words = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
            let found = BANNED.iter().find(|(banned, _)| words.contains(&format!(" {banned} ")));
            if let Some((banned, instead)) = found {
                faults.push(format!("{path}:{}: \"{banned}\"; write: {instead}", number + 1));
            }
        }
    }
    faults
}

/// Checks that a rule finds nothing in the repository, and something once a file is broken.
fn holds(rule: fn(&Files) -> Vec<String>, path: &str, broken: impl FnOnce(&str) -> String) {
    let mut files = repository();
    let faults = rule(&files);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let text = broken(files.get(path).map_or("", String::as_str));
    files.insert(path.to_owned(), text);
    assert!(!rule(&files).is_empty(), "the rule does not see that {path} is broken");
}

#[test]
fn no_file_is_too_long() {
    holds(long_files, "src/new.rs", |_| "\n".repeat(MAX_LINES + 1));
}

#[test]
fn every_feature_area_has_its_file_everywhere() {
    holds(gaps_of_the_grid, "src/store/new.rs", str::to_owned);
}

#[test]
fn every_file_of_the_harness_is_in_the_architecture() {
    holds(unknown_files, "harness/src/compare/new.rs", str::to_owned);
    holds(unknown_files, "ARCHITECTURE.md", |text| {
        text.replace("compare/lockstep.rs", "compare/gone.rs")
    });
}

#[test]
fn imports_of_the_harness_go_one_way() {
    holds(imports_that_run_back, "harness/src/trace/step.rs", |text| {
        format!("use crate::campaign::Plan;\n{text}")
    });
    holds(imports_that_run_back, "harness/src/trace/step.rs", |text| {
        format!("use crate::{{campaign::Plan, contract}};\n{text}")
    });
}

#[test]
fn the_errors_of_a_method_are_those_of_its_row_in_the_table() {
    holds(errors_that_differ, "src/store/tags.rs", |text| text.replace("`NotFound(Commit)`", ""));
    holds(errors_that_differ, "harness/src/contract/table.rs", |text| {
        text.replacen("conflict[InUse]", "", 1)
    });
}

#[test]
fn no_sql_is_concatenated() {
    holds(concatenated_sql, "src/sqlite/tags.rs", |text| {
        format!("{text}\nconcat!(\"SELECT \", \"1\");")
    });
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    holds(paths_of_a_machine, "README.md", |text| format!("{text}\nSee /{}/me/notes.", "home"));
}

#[test]
fn no_word_stops_a_reader() {
    holds(banned_words, "README.md", |text| format!("{text}\nIt is written anew."));
}
