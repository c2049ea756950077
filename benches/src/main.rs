//! The command that writes `docs/performance.md`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use pangolin_benches::call::CALLS;
use pangolin_benches::contention::{self, section::Contention};
use pangolin_benches::page::{self, Page};
use pangolin_benches::plot::{self, Plot};
use pangolin_benches::results::Results;
use pangolin_benches::scene::Scene;
use pangolin_benches::subject::{self, NAMES};
use pangolin_benches::wire::Wire;
use pangolin_benches::{lockstep, runner};
use pangolin_parity::server;
use pangolin_store::{CatalogStore, MongoStore, PostgresStore};

/// Write docs/performance.md from criterion's measurements
///
/// Run `cargo bench -p pangolin-benches` first. This command also measures what criterion does not, round
/// trips, contention and the speed of the harness, for the stores that BENCH_STORES names or for all.
#[derive(Parser)]
struct Performance {
    #[command(subcommand)]
    only: Option<Only>,

    /// The folder of the page
    #[arg(long, value_name = "FOLDER", default_value = "docs")]
    output: PathBuf,

    /// Run N cases to measure the speed of the harness
    #[arg(long, value_name = "N", default_value = "64")]
    cases: u64,

    /// Measure contention with each number of callers for this long
    #[arg(long, global = true, value_name = "TIME", value_parser = humantime::parse_duration, default_value = "3s")]
    time: Duration,
}

#[derive(Subcommand)]
enum Only {
    /// Measure contention and print its section of the page, which is left as it is
    Contention,
}

fn main() -> ExitCode {
    let command = Performance::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(command.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("performance: {error:#}");
    ExitCode::FAILURE
}

impl Performance {
    async fn run(self) -> Result<()> {
        let stores = subject::asked_for()?;
        match self.only {
            Some(Only::Contention) => {
                print!("{}", contention(&stores, self.time).await?.render());
                Ok(())
            }
            None => self.write_page(&stores).await,
        }
    }

    async fn write_page(&self, stores: &[&'static str]) -> Result<()> {
        let results = Results::read(&runner::results_folder())?;
        let plots = draw(&results, &self.output)?;
        let (mut paces, mut shrinking) = (Vec::new(), Vec::new());
        for store in stores.iter().filter(|store| **store != "memory") {
            let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
            let mut of_store = Vec::new();
            for jobs in if cores > 1 { vec![1, cores] } else { vec![1] } {
                of_store.push(lockstep::measure(store, jobs, self.cases).await?);
            }
            paces.push((*store, of_store));
            shrinking.push((*store, lockstep::shrinking(store, self.cases).await?));
        }
        let mut trips = Vec::new();
        if stores.contains(&"postgres") {
            trips.push(("postgres", postgres_trips().await?));
        }
        if stores.contains(&"mongo") {
            trips.push(("mongo", mongo_trips().await?));
        }
        let contention = contention(stores, self.time).await?;
        let contention_plot = draw_contention(&contention, &self.output)?;
        let page = Page {
            results: &results,
            machine: machine(),
            contention,
            paces,
            shrinking,
            trips,
            plots,
            contention_plot,
        };
        let path = self.output.join("performance.md");
        fs::write(&path, page::render(&page)).with_context(|| format!("{}", path.display()))?;
        println!("{}", path.display());
        Ok(())
    }
}

/// Draws a plot for each store that was measured at several sizes.
fn draw(results: &Results, folder: &Path) -> Result<Vec<(&'static str, String)>> {
    let mut plots = Vec::new();
    fs::create_dir_all(folder.join("performance"))?;
    for store in NAMES {
        let lines = CALLS.iter().filter(|call| call.grows());
        let lines = lines.map(|call| (call.name().to_owned(), results.growth(*call, store)));
        let lines = lines.filter(|(_, sizes)| sizes.len() > 1);
        let in_micros = |(size, nanos): (u64, f64)| (size, nanos / 1e3);
        let lines = lines.map(|(name, sizes)| (name, sizes.into_iter().map(in_micros).collect()));
        let lines: Vec<plot::Line> = lines.collect();
        if !lines.is_empty() {
            let file = format!("performance/growth-{store}.svg");
            let plot = Plot {
                title: format!("{store}: calls as it fills"),
                across: "rows",
                up: "median time of a call, µs",
                lines,
            };
            plot::draw(&folder.join(&file), &plot)?;
            plots.push((store, file));
        }
    }
    Ok(plots)
}

async fn contention(stores: &[&'static str], time: Duration) -> Result<Contention> {
    let mut points = Vec::new();
    for store in stores {
        let of_store = contention::measure(store, time).await;
        points.push((*store, of_store.with_context(|| format!("contention on {store}"))?));
    }
    Ok(Contention { time, points })
}

/// Draws the plot of contention, unless no call succeeded.
fn draw_contention(contention: &Contention, folder: &Path) -> Result<Option<String>> {
    let mut lines = contention.lines();
    lines.retain(|(_, points)| !points.is_empty());
    if lines.is_empty() {
        return Ok(None);
    }
    let file = "performance/contention.svg".to_owned();
    let plot = Plot {
        title: "Writes of many callers".to_owned(),
        across: "callers",
        up: "calls per second",
        lines,
    };
    plot::draw(&folder.join(&file), &plot)?;
    Ok(Some(file))
}

/// A description of the machine, which tells how far the figures apply.
fn machine() -> String {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!(
        "{cores} cores, {} on {}; callers, stores and servers share them.",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

async fn postgres_trips() -> Result<Vec<u64>> {
    let database = server::postgres().await?.database().await?;
    let (wire, url) = between(&database.url()).await?;
    trips(&PostgresStore::open(url.parse()?).await?, &wire).await
}

async fn mongo_trips() -> Result<Vec<u64>> {
    let database = server::mongo().await?.database().await?;
    let (wire, url) = between(&database.url()).await?;
    trips(&MongoStore::open(url.parse()?).await?, &wire).await
}

/// A counting proxy in front of the server of that URL, and the URL of the proxy.
async fn between(url: &str) -> Result<(Wire, String)> {
    let (_, rest) = url.split_once("://").context("a server's URL has a scheme")?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let wire = Wire::to(host.to_owned()).await?;
    let url = url.replacen(host, &format!("127.0.0.1:{}", wire.port), 1);
    Ok((wire, url))
}

/// The fewest round trips of each call in several tries, because a client's background traffic is counted
/// too.
async fn trips(store: &dyn CatalogStore, wire: &Wire) -> Result<Vec<u64>> {
    let scene = Scene::fill(store, 1_000).await?;
    let mut least = Vec::new();
    for call in CALLS {
        let mut fewest = u64::MAX;
        for turn in 0..5 {
            let before = wire.trips();
            call.make(store, &scene, turn).await?;
            fewest = fewest.min(wire.trips() - before);
        }
        least.push(fewest);
    }
    Ok(least)
}
