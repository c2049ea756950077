//! Criterion's measurements.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::call::Call;
use crate::scene::COMPARED_AT;

/// Median times by benchmark, in nanoseconds.
pub struct Results {
    medians: BTreeMap<Id, f64>,
    /// The engine that kept the data of each store, and its settings.
    pub settings: BTreeMap<String, String>,
}

/// A benchmark: its group, its name in the group, and its store or, for growth, the number of rows.
type Id = (String, String, String);

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

impl Results {
    /// Reads all results in criterion's folder.
    ///
    /// # Errors
    /// A folder or a file that cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut medians = BTreeMap::new();
        read_below(folder, &mut medians)?;
        let mut settings = BTreeMap::new();
        let noted = folder.join("settings");
        for entry in fs::read_dir(&noted).with_context(|| format!("{}", noted.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            settings.insert(name, fs::read_to_string(entry.path())?);
        }
        Ok(Self { medians, settings })
    }

    /// The median of a benchmark in nanoseconds, if it was run.
    pub fn median(&self, group: &str, name: &str, value: &str) -> Option<f64> {
        self.medians.get(&(group.to_owned(), name.to_owned(), value.to_owned())).copied()
    }

    /// All medians in nanoseconds, by the names that criterion gives benchmarks.
    pub fn all(&self) -> impl Iterator<Item = (String, f64)> {
        let name = |(group, name, value): &Id| format!("{group}/{name}/{value}");
        self.medians.iter().map(move |(id, median)| (name(id), *median))
    }

    /// The ratio of a store's time to its floor.
    pub fn ratio(&self, group: &str, name: &str, store: &str) -> Option<f64> {
        let floor = self.median(group, name, &format!("{store}-floor"))?;
        Some(self.median(group, name, store)? / floor)
    }

    /// The names of a group's benchmarks, in order.
    pub fn names(&self, group: &str) -> Vec<&str> {
        let of_group = self.medians.keys().filter(|(of, ..)| of == group);
        let mut names: Vec<&str> = of_group.map(|(_, name, _)| name.as_str()).collect();
        names.dedup();
        names
    }

    /// The sizes and medians of a call that was measured on a store at several sizes. The size that is
    /// compared with the floor is one of them.
    pub fn growth(&self, call: Call, store: &str) -> Vec<(u64, f64)> {
        let group = format!("growth_{}", call.name());
        let of_call =
            self.medians.iter().filter(|((of, name, _), _)| *of == group && name == store);
        let sizes = of_call.filter_map(|((.., size), median)| Some((size.parse().ok()?, *median)));
        let compared = self.median(call.group(), call.name(), store);
        let mut sizes: Vec<(u64, f64)> =
            sizes.chain(compared.map(|median| (COMPARED_AT, median))).collect();
        sizes.sort_by_key(|(size, _)| *size);
        sizes
    }
}

/// Reads `new/benchmark.json` and `new/estimates.json` in all subfolders.
fn read_below(folder: &Path, medians: &mut BTreeMap<Id, f64>) -> Result<()> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("{}", path.display()));
    let entries = fs::read_dir(folder).with_context(|| {
        format!("{}: run `cargo bench -p pangolin-benches` first", folder.display())
    })?;
    for entry in entries {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        if path.file_name().is_none_or(|name| name != "new") {
            read_below(&path, medians)?;
            continue;
        }
        let benchmark: Benchmark = serde_json::from_slice(&read(&path.join("benchmark.json"))?)?;
        let estimates: Estimates = serde_json::from_slice(&read(&path.join("estimates.json"))?)?;
        if let (Some(name), Some(value)) = (benchmark.function_id, benchmark.value_str) {
            medians.insert((benchmark.group_id, name, value), estimates.median.point_estimate);
        }
    }
    Ok(())
}
