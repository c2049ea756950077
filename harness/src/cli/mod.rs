//! The command's arguments and its exit status: 0 parity, 1 gaps, 2 bad usage or input, 3 a store that was
//! asked for could not run.

mod audit;
mod campaign_args;
mod check;
mod client;
mod fuzz;
mod progress;
mod replay;
mod report;
mod selftest;
mod servers;
mod signals;
mod torture;
mod verbosity;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use futures_util::future::join_all;
use pangolin_parity::backend::{self, AnyBackend, Unavailable};
use pangolin_parity::campaign::Results;
use verbosity::Verbosity;

/// Compares catalog stores call by call and reports which features are missing, outdated or divergent.
#[derive(Parser)]
#[command(name = "parity", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    verbosity: Verbosity,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Compare the stores on generated traces and print the matrix
    ///
    /// Without --cases and --time it runs 500 cases, or as many as fit in 25 seconds.
    Audit(audit::Audit),
    /// Compare the stores until interrupted or out of time
    ///
    /// Ctrl-C stops it and prints its report; a second Ctrl-C kills it.
    Fuzz(fuzz::Fuzz),
    /// Run saved traces again
    Replay(replay::Replay),
    /// Make one report from others
    #[command(subcommand)]
    Report(report::Report),
    /// Keep a PostgreSQL and a MongoDB running
    Servers(servers::Servers),
    /// Plant every fault in a store and check that it is found
    ///
    /// Without --cases and --time it searches 500 cases for each fault.
    Selftest(selftest::Selftest),
    /// Judge recorded histories: whether some order of their calls explains all results
    Check(check::Check),
    /// Make calls for another process
    #[command(hide = true)]
    Client(client::Client),
    /// Let several clients call each store at once, while lines are cut, calls given up and processes killed
    ///
    /// Each history is judged: whether the calls take effect one after the other, and each whole or not at all.
    Torture(torture::Torture),
}

/// Which stores to compare.
#[derive(clap::Args)]
struct StoreArgs {
    /// Stores to compare: memory, sqlite, postgres, mongo, legacy-NAME for a store as the first audit found
    /// it, NAME+FAULT for a store with a planted fault [default: the available ones of the first four]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    backends: Vec<String>,

    /// The store with which the others are compared [default: the first]
    #[arg(long, value_name = "NAME")]
    reference: Option<String>,
}

/// Why the command failed.
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
    cli.verbosity.install();
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
            Command::Check(check) => check.run(),
            Command::Client(client) => client.run().await,
            Command::Torture(torture) => torture.run().await,
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
    /// The stores of a campaign.
    fn of(results: &Results) -> Self {
        let names = results.stores.iter().map(|store| store.description.name.to_string());
        Self { backends: names.collect(), reference: None }
    }

    /// The stores, the reference first, and the unavailable ones that still get a column.
    async fn open(&self) -> Result<(Vec<AnyBackend>, Vec<Unavailable>), Failure> {
        self.open_at_least(2).await
    }

    /// The stores, of which so many must be available, and the unavailable ones that still get a column.
    async fn open_at_least(
        &self,
        least: usize,
    ) -> Result<(Vec<AnyBackend>, Vec<Unavailable>), Failure> {
        let asked_for = !self.backends.is_empty();
        let mut names: Vec<&str> = if asked_for {
            self.backends.iter().map(|name| name.trim()).collect()
        } else {
            backend::NAMES.to_vec()
        };
        for (index, name) in names.iter().enumerate() {
            if let Err(wrong) = backend::check_name(name) {
                return Err(Failure::input(anyhow::anyhow!(
                    "--backends: there is no `{name}`: {}; each may have a planted fault \
                     (sqlite+compare-and-swap-skipped)",
                    wrong.reason
                )));
            }
            if names[..index].contains(name) {
                return Err(Failure::input(anyhow::anyhow!(
                    "--backends: `{name}` is listed twice"
                )));
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
        // In parallel, because servers may have to be started.
        let opened = join_all(names.iter().map(|name| backend::named(name))).await;
        for (name, opened) in names.into_iter().zip(opened) {
            match opened {
                Ok(backend) => backends.push(backend),
                Err(error) if asked_for || self.reference.as_deref() == Some(name) => {
                    return Err(Failure::unavailable(error));
                }
                Err(error) => unavailable.push(error),
            }
        }
        if backends.len() < least {
            return Err(Failure::input(anyhow::anyhow!(
                "--backends: a comparison needs two stores; add another one"
            )));
        }
        Ok((backends, unavailable))
    }
}

/// Writes a report to a file, or to standard output.
fn write(text: &str, output: Option<&Path>) -> Result<(), Failure> {
    match output {
        None => match io::stdout().write_all(text.as_bytes()) {
            // The reader has closed the pipe and needs no more.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(Failure::input),
        },
        Some(path) => std::fs::write(path, text).map_err(|error| {
            Failure::input(anyhow::anyhow!("--output {}: {error}", PathBuf::from(path).display()))
        }),
    }
}
