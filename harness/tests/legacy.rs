//! The table of the first audit, reproduced from executed calls.

#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use pangolin_parity::backend::{self, AnyBackend, MemoryBackend};
use pangolin_parity::campaign::matrix;
use pangolin_parity::campaign::matrix::ROWS;
use pangolin_parity::campaign::{self, Plan, Results};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// The table as the audit printed it, written by hand.
const AUDIT: &str = "\
| Feature | Memory | Postgres | Mongo | SQLite |
| :--- | :---: | :---: | :---: | :---: |
| **Core Catalog (Tenants, Warehouses, Catalogs, Assets)** | ✅ | ✅ | ✅ | ✅ |
| **User Management** | ✅ | ✅ | ✅ | ✅ |
| **Role Management** | ✅ | ✅ | ✅ | ✅ |
| **Service Users** | ✅ | ❌ MISSING | ❌ MISSING | ❌ MISSING |
| **System Settings** | ✅ | ❌ MISSING | ✅ | ✅ |
| **Audit Logs (Schema)** | ✅ | ⚠️ OUTDATED | ✅ | ✅ |
| **Token Management** | ✅ | ✅ | ✅ | ✅ |
| **Merge Operations (Conflicts, etc.)** | ✅ | ❌ MISSING | ❌ MISSING | ❌ MISSING |
| **Business Metadata** | ✅ | ✅ | ✅ | ✅ |";

/// The title and the cells of every row.
fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim);
    let row = |line| {
        let mut cells = cells(line);
        (cells.next().unwrap().trim_matches('*'), cells.collect())
    };
    AUDIT.lines().filter(|line| line.starts_with("| **")).map(row).collect()
}

/// The columns of the audit that are under test: the number and the backend of each.
fn columns() -> Vec<(usize, String)> {
    let all = [(0, "memory"), (1, "postgres"), (2, "mongo"), (3, "sqlite")];
    let under_test = backend::under_test();
    let legacy = |name: &str| if name == "memory" { name.into() } else { format!("legacy-{name}") };
    all.into_iter()
        .filter(|(_, name)| under_test.iter().any(|other| other == name))
        .map(|(column, name)| (column, legacy(name)))
        .collect()
}

fn audit(names: &[(usize, String)]) -> Results {
    let named = |(_, name): &(usize, String)| RUNTIME.block_on(backend::named(name)).unwrap();
    let backends: Vec<AnyBackend> = names.iter().map(named).collect();
    let plan = Plan { jobs: 2, ..Plan::new(1, 90) };
    RUNTIME.block_on(campaign::run(&backends, &plan, &mut |_| {})).unwrap()
}

#[test]
fn the_stores_of_the_audit_have_its_table_cell_by_cell() {
    let columns = columns();
    let results = audit(&columns);
    let marks = |row| {
        let index = ROWS.iter().position(|known| known.title == row).unwrap();
        let mark = |at| matrix::row_status(&results, at, &ROWS[index]).mark();
        (0..columns.len()).map(mark).collect::<Vec<_>>()
    };
    for (title, cells) in rows() {
        let expected: Vec<&str> = columns.iter().map(|(column, _)| cells[*column]).collect();
        assert_eq!(marks(title), expected, "{title}: {columns:?}");
    }
    for row in &ROWS[rows().len()..] {
        assert!(marks(row.title).iter().all(|mark| *mark == "✅"), "{}", row.title);
    }
}

#[test]
fn the_rows_of_the_audit_come_first_and_in_its_order() {
    let titles: Vec<&str> = rows().into_iter().map(|(title, _)| title).collect();
    let first: Vec<&str> = ROWS.iter().take(titles.len()).map(|row| row.title).collect();
    assert_eq!(first, titles);
    assert_eq!(titles.len(), 9);
}

#[test]
fn each_gap_of_a_legacy_store_has_its_shortest_trace() {
    let memory = AnyBackend::new(MemoryBackend);
    let legacy = RUNTIME.block_on(backend::named("legacy-sqlite")).unwrap();
    let plan = Plan { jobs: 2, ..Plan::new(1, 200) };
    let results = RUNTIME.block_on(campaign::run(&[memory, legacy], &plan, &mut |_| {})).unwrap();
    assert!(!results.divergences.is_empty());
    for divergence in &results.divergences {
        // A method that is missing fails at its first call.
        assert_eq!(divergence.trace.steps.len(), 1, "{}", divergence.signature);
    }
}
