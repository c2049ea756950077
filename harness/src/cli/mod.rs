//! What the command takes, and what its exit status says: 0 parity, 1 gaps, 2 bad usage or input,
//! 3 a store that was asked for could not run.

mod audit;
mod campaign_args;
mod fuzz;
mod progress;
mod replay;
mod report;
mod selftest;
mod servers;
mod signals;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use futures_util::future::join_all;
use pangolin_parity::backend::{self, AnyBackend, Unavailable};
use pangolin_parity::campaign::Results;

/// Compares catalog stores call by call and says which feature is missing, outdated or divergent.
#[derive(Parser)]
#[command(name = "parity", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compare the stores on generated traces and print the matrix
    ///
    /// Without --cases and --time it draws 500 cases, or as many as fit in 25 seconds.
    Audit(audit::Audit),
    /// Compare the stores without end, until interrupted or out of time
    ///
    /// Ctrl-C ends it with its report; a second one kills it.
    Fuzz(fuzz::Fuzz),
    /// Run saved traces again
    Replay(replay::Replay),
    /// Make reports of reports
    #[command(subcommand)]
    Report(report::Report),
    /// Keep a PostgreSQL and a MongoDB standing
    Servers(servers::Servers),
    /// Plant every fault in a store and show that it is found
    ///
    /// Without --cases and --time each is looked for in 500 cases.
    Selftest(selftest::Selftest),
}

/// Which stores to compare.
#[derive(clap::Args)]
struct StoreArgs {
    /// Stores to compare: memory, sqlite, postgres, mongo, legacy-NAME for one as the first audit found
    /// it, NAME+FAULT for one with a planted fault [default: the first four, those that can be had]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    backends: Vec<String>,

    /// The store that the others are compared with [default: the first]
    #[arg(long, value_name = "NAME")]
    reference: Option<String>,
}

/// How the command ends when it does not end well.
#[derive(Debug)]
enum Failure {
    /// Bad usage or input.
    Input(anyhow::Error),
    /// A store that was asked for could not run.
    Unavailable(anyhow::Error),
}

impl Failure {
    fn input(error: impl Into<anyhow::Error>) -> Self {
        Self::Input(error.into())
    }

    fn unavailable(error: impl Into<anyhow::Error>) -> Self {
        Self::Unavailable(error.into())
    }
}

pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::from(error), 3),
    };
    let ended = runtime.block_on(async {
        match cli.command {
            Command::Audit(audit) => audit.run().await,
            Command::Fuzz(fuzz) => fuzz.run().await,
            Command::Replay(replay) => replay.run().await,
            Command::Report(report) => report.run(),
            Command::Servers(servers) => servers.run().await,
            Command::Selftest(selftest) => selftest.run().await,
        }
    });
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(Failure::Input(error)) => fail(&error, 2),
        Err(Failure::Unavailable(error)) => fail(&error, 3),
    }
}

fn fail(error: &anyhow::Error, status: u8) -> ExitCode {
    eprintln!("parity: {error:#}");
    ExitCode::from(status)
}

impl StoreArgs {
    /// Those of a campaign.
    fn of(results: &Results) -> Self {
        let names = results.stores.iter().map(|store| store.description.name.to_string());
        Self { backends: names.collect(), reference: None }
    }

    /// The stores, the reference first, and those that have a column and cannot be had.
    async fn open(&self) -> Result<(Vec<AnyBackend>, Vec<Unavailable>), Failure> {
        let asked_for = !self.backends.is_empty();
        let mut names: Vec<&str> = if asked_for {
            self.backends.iter().map(|name| name.trim()).collect()
        } else {
            backend::NAMES.to_vec()
        };
        for (index, name) in names.iter().enumerate() {
            if let Err(wrong) = backend::check_name(name) {
                return Err(Failure::input(anyhow::anyhow!(
                    "--backends: there is no `{name}`: {}; each with a planted fault if you like \
                     (sqlite+compare-and-swap-skipped)",
                    wrong.reason
                )));
            }
            if names[..index].contains(name) {
                return Err(Failure::input(anyhow::anyhow!("--backends: `{name}` comes twice")));
            }
        }
        if let Some(reference) = &self.reference {
            let at = names.iter().position(|name| name == reference).ok_or_else(|| {
                Failure::input(anyhow::anyhow!(
                    "--reference: `{reference}` is not among the backends {}",
                    names.join(", ")
                ))
            })?;
            names[..=at].rotate_right(1);
        }
        let mut backends = Vec::new();
        let mut unavailable = Vec::new();
        // At once, as servers may have to be started.
        let had = join_all(names.iter().map(|name| backend::named(name))).await;
        for (name, had) in names.into_iter().zip(had) {
            match had {
                Ok(backend) => backends.push(backend),
                Err(error) if asked_for || self.reference.as_deref() == Some(name) => {
                    return Err(Failure::unavailable(error));
                }
                Err(error) => unavailable.push(error),
            }
        }
        if backends.len() < 2 {
            return Err(Failure::input(anyhow::anyhow!(
                "--backends: it takes two stores to compare; add another one"
            )));
        }
        Ok((backends, unavailable))
    }
}

/// Writes a report to a file, or to standard output.
fn write(text: &str, output: Option<&Path>) -> Result<(), Failure> {
    match output {
        None => match io::stdout().write_all(text.as_bytes()) {
            // Who reads it has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(Failure::input),
        },
        Some(path) => std::fs::write(path, text).map_err(|error| {
            Failure::input(anyhow::anyhow!("--output {}: {error}", PathBuf::from(path).display()))
        }),
    }
}
