//! `parity client`: makes the calls that it reads from standard input, one a line, and writes their outcomes.
//!
//! For `parity torture`, which kills it in the middle of a call.

use std::io::{self, BufRead, Write};

use pangolin_parity::contract::op::Op;
use pangolin_parity::contract::outcome::Outcome;

use super::Failure;

#[derive(clap::Args)]
pub(super) struct Client {
    /// The URL of the database
    url: String,
}

impl Client {
    /// Makes calls until standard input ends.
    pub(super) async fn run(self) -> Result<bool, Failure> {
        let store = pangolin_store::open(&self.url).await.map_err(Failure::unavailable)?;
        for line in io::stdin().lock().lines() {
            let line = line.map_err(Failure::input)?;
            let call: Op = serde_json::from_str(&line).map_err(Failure::input)?;
            let outcome = call.apply(&*store).await.map_or_else(Outcome::Error, Outcome::Reply);
            let mut out = io::stdout().lock();
            writeln!(out, "{}", outcome.to_value())
                .and_then(|()| out.flush())
                .map_err(Failure::input)?;
        }
        Ok(true)
    }
}
