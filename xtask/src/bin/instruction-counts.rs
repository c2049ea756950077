//! Compares instruction counts, as gungraun prints them in JSON, with the committed baseline, or makes them
//! the new baseline. `scripts/instruction-counts` runs it:
//!
//! ```sh
//! cargo bench --bench instructions -- --output-format=json | instruction-counts compare benches/instructions.json
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::process::{Command, ExitCode};
use std::{env, fmt, fs, io};

use serde::{Deserialize, Serialize};

/// The relative change that is not reported: a change elsewhere that alters inlining causes less.
const TOLERATED: f64 = 0.03;

const USAGE: &str = "usage: instruction-counts compare|renew BASELINE < COUNTS";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["compare", path] => compare(path),
        ["renew", path] => renew(path),
        _ => Err(USAGE.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("instruction-counts: {error}");
        ExitCode::from(2)
    })
}

/// Prints what has changed. Fails when a count has grown, unless the baseline was made with other tools.
fn compare(path: &str) -> Result<ExitCode, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let baseline: Counts =
        serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
    let counts = Counts::read()?;
    let changes = changes(&baseline.instructions, &counts.instructions);
    for change in &changes {
        println!("{change}");
    }
    println!("{} counted, {} changed", counts.instructions.len(), changes.len());
    if baseline.tools != counts.tools {
        println!(
            "Not compared strictly: the baseline was made with {}, these counts with {}.\n\
             `scripts/instruction-counts --renew` makes a baseline of these.",
            baseline.tools, counts.tools
        );
        return Ok(ExitCode::SUCCESS);
    }
    if changes.iter().any(Change::is_failure) {
        println!(
            "Where that is meant: `scripts/instruction-counts --renew`, and say why in the commit."
        );
        return Ok(ExitCode::FAILURE);
    }
    if !changes.is_empty() {
        println!("`scripts/instruction-counts --renew` keeps what was gained.");
    }
    Ok(ExitCode::SUCCESS)
}

fn renew(path: &str) -> Result<ExitCode, Box<dyn Error>> {
    let counts = Counts::read()?;
    fs::write(path, serde_json::to_string_pretty(&counts)? + "\n")?;
    println!("{path}: {} counts, made with {}", counts.instructions.len(), counts.tools);
    Ok(ExitCode::SUCCESS)
}

/// The counts of one run.
#[derive(Serialize, Deserialize)]
struct Counts {
    /// What the counts depend on, apart from this repository.
    tools: String,
    /// By benchmark.
    instructions: BTreeMap<String, u64>,
}

impl Counts {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut instructions = BTreeMap::new();
        for line in io::stdin().lines() {
            let benchmark: Benchmark = serde_json::from_str(&line?)?;
            let name = format!("{}.{}", benchmark.function_name, benchmark.id);
            let count = benchmark.instructions().ok_or_else(|| format!("no count of {name}"))?;
            instructions.insert(name, count);
        }
        if instructions.is_empty() {
            return Err("nothing was counted".into());
        }
        Ok(Self { tools: tools()?, instructions })
    }
}

/// The compiler with its target, and the C library: its `memcpy` and `malloc` are counted, too.
fn tools() -> Result<String, Box<dyn Error>> {
    let compiler = said("rustc", "-vV")?;
    let of = |field: &str| compiler.lines().find_map(|line| line.strip_prefix(field));
    let (release, host) = (of("release: "), of("host: "));
    let (release, host) = release.zip(host).ok_or("rustc says no version")?;
    let library = said("getconf", "GNU_LIBC_VERSION").unwrap_or_else(|_| "no glibc".to_owned());
    Ok(format!("rustc {release} for {host}, {}", library.trim()))
}

fn said(program: &str, argument: &str) -> Result<String, Box<dyn Error>> {
    let output = Command::new(program).arg(argument).output()?;
    let succeeded = output.status.success().then_some(output.stdout);
    Ok(String::from_utf8(succeeded.ok_or_else(|| format!("{program} fails"))?)?)
}

/// A line of gungraun's output, without the fields that are not needed here.
#[derive(Deserialize)]
struct Benchmark {
    function_name: String,
    id: String,
    profiles: Vec<serde_json::Value>,
}

impl Benchmark {
    fn instructions(&self) -> Option<u64> {
        let new = "/data/total/metrics/Ir/values/new";
        self.profiles.iter().find_map(|profile| profile.pointer(new)?.as_u64())
    }
}

/// A benchmark whose count has changed, or that is on one side only.
#[derive(Debug, PartialEq)]
struct Change<'a> {
    benchmark: &'a str,
    old: Option<u64>,
    new: Option<u64>,
}

impl Change<'_> {
    fn is_failure(&self) -> bool {
        self.ratio().is_none_or(|ratio| ratio > 1.0)
    }

    fn ratio(&self) -> Option<f64> {
        Some(self.new? as f64 / self.old? as f64)
    }
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let benchmark = self.benchmark;
        match (self.old, self.new, self.ratio()) {
            (Some(old), Some(new), Some(ratio)) => {
                let grown = if self.is_failure() { "GROWN" } else { "shrunk" };
                write!(f, "{grown}: {benchmark}: {old} -> {new} instructions, ratio {ratio:.3}")
            }
            (_, Some(new), _) => write!(f, "NOT IN THE BASELINE: {benchmark}: {new} instructions"),
            _ => write!(f, "NOT COUNTED: {benchmark}, which is in the baseline"),
        }
    }
}

/// The benchmarks that differ by more than [`TOLERATED`], or are on one side only, by name.
fn changes<'a>(old: &'a BTreeMap<String, u64>, new: &'a BTreeMap<String, u64>) -> Vec<Change<'a>> {
    let mut names: Vec<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let change = |benchmark| Change {
        benchmark,
        old: old.get(benchmark).copied(),
        new: new.get(benchmark).copied(),
    };
    let changed = |change: &Change<'_>| {
        change.ratio().is_none_or(|ratio| !(1.0 - TOLERATED..=1.0 + TOLERATED).contains(&ratio))
    };
    names.into_iter().map(change).filter(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
        of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn what_differs_little_is_no_change() {
        let old = counts(&[("read", 1_000), ("write", 1_000)]);
        assert_eq!(changes(&old, &counts(&[("read", 1_030), ("write", 970)])), []);
    }

    #[test]
    fn more_instructions_are_a_failure_and_fewer_are_not() {
        let (old, new) =
            (counts(&[("a", 1_000), ("b", 1_000)]), counts(&[("a", 1_031), ("b", 969)]));
        let changes = changes(&old, &new);
        assert!(changes[0].is_failure() && !changes[1].is_failure());
        let said: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "GROWN: a: 1000 -> 1031 instructions, ratio 1.031",
                "shrunk: b: 1000 -> 969 instructions, ratio 0.969"
            ]
        );
    }

    #[test]
    fn a_benchmark_on_one_side_only_is_a_failure() {
        let (old, new) = (counts(&[("gone", 1)]), counts(&[("new", 2)]));
        let changes = changes(&old, &new);
        assert!(changes.iter().all(Change::is_failure));
        assert_eq!(changes[0].to_string(), "NOT COUNTED: gone, which is in the baseline");
        assert_eq!(changes[1].to_string(), "NOT IN THE BASELINE: new: 2 instructions");
    }
}
