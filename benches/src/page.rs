//! `docs/performance.md`, from what was measured.

use std::fmt::Write;

use crate::call::CALLS;
use crate::lockstep::{FAULT, Pace, Shrinking};
use crate::results::Results;
use crate::scene::COMPARED_AT;
use crate::subject::NAMES;

/// All that the page shows.
pub struct Page<'a> {
    /// What criterion measured.
    pub results: &'a Results,
    /// What it was measured on.
    pub machine: String,
    /// How fast campaigns are, by store.
    pub paces: Vec<(&'static str, Vec<Pace>)>,
    /// What shrinking costs, by store.
    pub shrinking: Vec<(&'static str, Shrinking)>,
    /// Round trips of each call, in the order of [`CALLS`], by store.
    pub trips: Vec<(&'static str, Vec<u64>)>,
    /// The plots that were drawn, by store: files beside the page.
    pub plots: Vec<(&'static str, String)>,
}

/// The most that a call may take, as a multiple of its floor.
fn bar(group: &str, name: &str) -> Option<f64> {
    match (group, name) {
        ("point_reads", _) => Some(1.25),
        ("single_writes", _) => Some(1.35),
        ("listings", "first_page" | "deep_page" | "audit_page") => Some(1.5),
        ("bulk", "create_branch" | "merge") => Some(2.0),
        _ => None,
    }
}

/// How much longer a deep page may take than the first one.
const DEEP: f64 = 1.2;
/// How long a search may take that finds one asset of 100,000, in nanoseconds.
const RARE: f64 = 10e6;
/// How much longer a point read may take among 100,000 rows than among 1,000.
const GROWTH: f64 = 1.3;

/// The page.
pub fn render(page: &Page<'_>) -> String {
    let mut text = String::from(HEAD);
    let _ = writeln!(text, "{}\n", page.machine);
    for (store, settings) in &page.results.settings {
        let _ = writeln!(text, "- {store}: {settings}");
    }
    text += "\n## Beside the bare driver\n\n";
    text += "Each cell: the median of a call, and how many times as long that is as its floor, in the same\n\
             run on the same database. ✅ and ❌ say whether it is within its bar.\n\n";
    for group in ["point_reads", "single_writes", "listings", "search", "bulk"] {
        text += &compared(page.results, group);
    }
    text += &deep_pages(page.results);
    text += &rare_hits(page.results);
    text += &missed(page);
    text += &concurrent(page.results);
    text += &growth(page);
    text += &round_trips(page);
    text += &paces(page);
    text
}

const HEAD: &str = "\
# Performance

Written by a command, from what it and criterion have measured; nothing here is typed by hand:

```sh
cargo bench -p pangolin-benches
cargo run --release -p pangolin-benches
```

A *floor* is the bare driver (rusqlite, sqlx, mongodb) that does the same row work on the same rows, by one
prepared statement, one command by an index or one transaction, and checks nothing that the contract asks for.
Figures are of one machine in one run: compare their ratios.

";

fn compared(results: &Results, group: &str) -> String {
    let stores: Vec<&str> =
        NAMES.into_iter().filter(|store| results.settings.contains_key(*store)).collect();
    let mut text = format!("| {} | bar | {} |\n", group.replace('_', " "), stores.join(" | "));
    let _ = writeln!(text, "| :--- | ---: |{}", " ---: |".repeat(stores.len()));
    // In the order of the calls, and those that are none of them as they come.
    let mut names: Vec<&str> = CALLS.iter().map(|call| call.name()).collect();
    names.retain(|name| results.names(group).contains(name));
    names.extend(
        results
            .names(group)
            .into_iter()
            .filter(|name| !CALLS.iter().any(|call| call.name() == *name)),
    );
    for name in names {
        let cells = stores.iter().map(|store| cell(results, group, name, store));
        let bar = bar(group, name).map_or_else(|| "—".to_owned(), |bar| format!("{bar:.2}"));
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(text, "| {} | {bar} | {} |", name.replace('_', " "), cells.join(" | "));
    }
    text + "\n"
}

fn cell(results: &Results, group: &str, name: &str, store: &str) -> String {
    let Some(median) = results.median(group, name, store) else { return "—".to_owned() };
    let Some(ratio) = results.ratio(group, name, store) else { return time(median) };
    let mark = bar(group, name).map(|bar| format!(" {}", mark(ratio <= bar)));
    format!("{} · {ratio:.2}{}", time(median), mark.unwrap_or_default())
}

fn time(nanos: f64) -> String {
    match nanos {
        small if small < 1e3 => format!("{small:.0} ns"),
        small if small < 1e4 => format!("{:.1} µs", small / 1e3),
        middle if middle < 1e6 => format!("{:.0} µs", middle / 1e3),
        large if large < 1e7 => format!("{:.1} ms", large / 1e6),
        large => format!("{:.0} ms", large / 1e6),
    }
}

/// Every bar of the tables that is missed, and what stands in the way.
fn missed(page: &Page<'_>) -> String {
    let results = page.results;
    let mut text = String::new();
    for group in ["point_reads", "single_writes", "listings", "bulk"] {
        for (name, store) in results.names(group).into_iter().flat_map(of_each_store) {
            let Some((bar, ratio)) = bar(group, name).zip(results.ratio(group, name, store)) else {
                continue;
            };
            if ratio > bar {
                let reason = reason(page, group, name, store, ratio);
                let name = name.replace('_', " ");
                let _ = writeln!(text, "- **{name}, {store}**: {ratio:.2} of {bar:.2}. {reason}");
            }
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("### Where a bar is missed\n\n{text}\n")
}

fn of_each_store(name: &str) -> impl Iterator<Item = (&str, &'static str)> {
    NAMES.into_iter().map(move |store| (name, store))
}

/// Why a call misses its bar. Where the floor leaves out what the contract asks for, that was measured, too.
fn reason(page: &Page<'_>, group: &str, name: &str, store: &str, ratio: f64) -> String {
    let results = page.results;
    let by_hand = results.median(group, name, &format!("{store}-by-hand"));
    let floor = results.median(group, name, &format!("{store}-floor"));
    let what = match store {
        "sqlite" => "every value of a row parsed and checked to be in bounds",
        _ => "the branch found by its name in the same command",
    };
    if let (Some(by_hand), Some(floor)) = (by_hand, floor) {
        let by_hand = by_hand / floor;
        return format!(
            "By hand, with {what}, it is {by_hand:.2}: the store takes {:.2} of that.",
            ratio / by_hand
        );
    }
    let trips = page.trips.iter().find(|(of, _)| *of == store).and_then(|(_, trips)| {
        let index = CALLS.iter().position(|call| call.name() == name)?;
        trips.get(index)
    });
    match (store, group, trips) {
        ("mongo", "single_writes", Some(trips)) => format!(
            "{trips} round trips, of which the floor takes 2: MongoDB has no foreign keys, so what a write \
             relies on is looked up and guarded in the same transaction, and a command writes to one collection."
        ),
        _ => "Nothing is known that stands in the way.".to_owned(),
    }
}

fn mark(is_met: bool) -> &'static str {
    if is_met { "✅" } else { "❌" }
}

/// A table of one figure a store.
fn of_stores(title: &str, figures: impl Fn(&str) -> Option<String>) -> String {
    let of: Vec<(&str, String)> =
        NAMES.into_iter().filter_map(|store| Some((store, figures(store)?))).collect();
    let names: Vec<&str> = of.iter().map(|(store, _)| *store).collect();
    let cells: Vec<&str> = of.iter().map(|(_, cell)| cell.as_str()).collect();
    let lines = " ---: |".repeat(of.len());
    format!("| {title} | {} |\n| :--- |{lines}\n| | {} |\n\n", names.join(" | "), cells.join(" | "))
}

fn deep_pages(results: &Results) -> String {
    of_stores(&format!("a deep page by the first one, at most {DEEP}"), |store| {
        let first = results.median("listings", "first_page", store)?;
        let ratio = results.median("listings", "deep_page", store)? / first;
        Some(format!("{ratio:.2} {}", mark(ratio <= DEEP)))
    })
}

fn rare_hits(results: &Results) -> String {
    of_stores("one hit in 100,000 assets, at most 10 ms", |store| {
        let median =
            results.median("search", "search_rare", store).filter(|_| store != "memory")?;
        Some(format!("{} {}", time(median), mark(median <= RARE)))
    })
}

fn concurrent(results: &Results) -> String {
    let mut text =
        "## Many callers\n\nCalls a second. *Mixed* is nine reads to one write; *one swap* is a \
                    compare-and-swap that 32 callers want at once, each until it has it.\n\n"
            .to_owned();
    let _ =
        writeln!(text, "| | {} |\n| :--- |{}", NAMES.join(" | "), " ---: |".repeat(NAMES.len()));
    for (what, callers) in [
        ("reads", 1),
        ("reads", 8),
        ("reads", 32),
        ("mixed", 1),
        ("mixed", 8),
        ("mixed", 32),
        ("one_swap", 32),
    ] {
        let a_second = |store: &&str| {
            let median = results.median("concurrent", &format!("{what}_{callers}"), store);
            median.map_or_else(|| "—".to_owned(), |nanos| format!("{:.0}", 1e9 / nanos))
        };
        let cells: Vec<String> = NAMES.iter().map(a_second).collect();
        let _ = writeln!(text, "| {}, {callers} | {} |", what.replace('_', " "), cells.join(" | "));
    }
    text + "\n"
}

fn growth(page: &Page<'_>) -> String {
    let mut text = format!(
        "## As a store fills\n\nThe median among that many rows by the median among 1,000. Point reads: at \
         most {GROWTH} among 100,000, but of memory, whose rows are out of the processor's caches by then.\n\n"
    );
    for store in NAMES {
        let calls = CALLS.iter().filter(|call| call.grows());
        let grown: Vec<_> = calls
            .map(|call| (call, page.results.growth(*call, store)))
            .filter(|(_, sizes)| sizes.len() > 1)
            .collect();
        let Some((_, sizes)) = grown.first() else { continue };
        let heads: Vec<String> = sizes.iter().map(|(size, _)| size.to_string()).collect();
        let _ = writeln!(
            text,
            "| {store} | {} |\n| :--- |{}",
            heads.join(" | "),
            " ---: |".repeat(heads.len())
        );
        for (call, sizes) in grown {
            let (_, smallest) = sizes[0];
            let cells = sizes.iter().map(|(size, nanos)| {
                let ratio = nanos / smallest;
                let is_bound =
                    store != "memory" && call.group() == "point_reads" && *size == COMPARED_AT;
                let mark =
                    if is_bound { format!(" {}", mark(ratio <= GROWTH)) } else { String::new() };
                format!("{ratio:.2}{mark}")
            });
            let cells: Vec<String> = cells.collect();
            let _ = writeln!(text, "| {} | {} |", call.name().replace('_', " "), cells.join(" | "));
        }
        text += "\n";
        if let Some((_, file)) = page.plots.iter().find(|(of, _)| *of == store) {
            let _ = writeln!(text, "![{store}: time of a call by number of rows]({file})\n");
        }
    }
    text
}

fn round_trips(page: &Page<'_>) -> String {
    if page.trips.is_empty() {
        return String::new();
    }
    let mut text = "## Round trips\n\nCounted between the store and its server.\n\n".to_owned();
    let names: Vec<&str> = page.trips.iter().map(|(store, _)| *store).collect();
    let _ =
        writeln!(text, "| | {} |\n| :--- |{}", names.join(" | "), " ---: |".repeat(names.len()));
    for (index, call) in CALLS.iter().enumerate() {
        let cells: Vec<String> =
            page.trips.iter().map(|(_, trips)| trips[index].to_string()).collect();
        let _ = writeln!(text, "| {} | {} |", call.name().replace('_', " "), cells.join(" | "));
    }
    text + "\n"
}

fn paces(page: &Page<'_>) -> String {
    let mut text = "## The harness\n\nCampaigns of the model and one store that is tuned for tests. An \
                    operation is a generated call with what is read back after it. The last column is what \
                    is neither the model's time nor the store's: drawing, comparing, canonical values.\n\n\
                    | | jobs | operations a second | a call | emptying | the harness's share |\n\
                    | :--- | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    for (store, paces) in &page.paces {
        for pace in paces {
            let _ = writeln!(
                text,
                "| {store} | {} | {:.0} | {} | {} | {:.0} % |",
                pace.jobs,
                pace.operations_a_second,
                time(pace.call.as_secs_f64() * 1e9),
                time(pace.emptying.as_secs_f64() * 1e9),
                pace.harness_share * 100.0
            );
        }
    }
    let _ = writeln!(
        text,
        "\nWhat it takes to find `{FAULT}`, planted in each store, and to shrink what shows it.\n\n\
         | | operations until found | to shrink it | steps left |\n| :--- | ---: | ---: | ---: |"
    );
    for (store, Shrinking { operations, took, steps }) in &page.shrinking {
        let took = time(took.as_secs_f64() * 1e9);
        let _ = writeln!(text, "| {store} | {operations} | {took} | {steps} |");
    }
    text
}
