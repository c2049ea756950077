//! `parity servers`.

use std::env;

use clap::Subcommand;
use pangolin_parity::server::{Pair, PairError, ServerUnavailable};

use super::Failure;

#[derive(clap::Args)]
pub(super) struct Servers {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Start a pair in the background and print the shell lines that select it
    ///
    /// eval "$(parity servers start)" makes every command use it. PARITY_SERVERS=docker or local chooses
    /// how it runs.
    Start,
    /// Print the shell lines that select the running pair; exits with 1 when none is running
    Status,
    /// Stop the pair and remove its data
    Stop,
    /// Keep a pair in this process
    #[command(hide = true)]
    Keep,
}

impl Servers {
    /// Runs the action; false only if the status was asked for and no pair is running.
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let running = Pair::running().map_err(failure)?;
        match (self.action, running) {
            (Action::Keep, _) => Pair::keep().await.map(|()| true).map_err(failure),
            (Action::Start, None) => {
                let program = env::current_exe().map_err(Failure::unavailable)?;
                let pair = Pair::start(&program, &["servers", "keep"]).map_err(failure)?;
                print!("{}", pair.exports());
                eprintln!("{}", pair.what());
                Ok(true)
            }
            (Action::Start, Some(pair)) => {
                print!("{}", pair.exports());
                eprintln!("already running: {}", pair.what());
                Ok(true)
            }
            (Action::Status, Some(pair)) => {
                print!("{}", pair.exports());
                eprintln!("{}", pair.what());
                Ok(true)
            }
            (Action::Stop, Some(pair)) => {
                pair.stop().map_err(failure)?;
                eprintln!("stopped");
                Ok(true)
            }
            (Action::Status, None) => {
                eprintln!("no pair is running; `parity servers start` starts one");
                Ok(false)
            }
            (Action::Stop, None) => {
                eprintln!("no pair is running");
                Ok(true)
            }
        }
    }
}

fn failure(error: PairError) -> Failure {
    match error {
        PairError::NothingToStart | PairError::ServerUnavailable(ServerUnavailable::Setting(_)) => {
            Failure::input(error)
        }
        error => Failure::unavailable(error),
    }
}
