//! Events of the stores, on standard error.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How many of the stores' events are shown.
#[derive(clap::Args)]
pub(super) struct Verbosity {
    /// Show what the stores do: openings, migrations, slow calls; twice: retries, too
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

impl Verbosity {
    /// Shows events from now on.
    pub(super) fn install(&self) {
        let level = match self.verbose {
            0 => return,
            1 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).without_time();
        let stores = Targets::new().with_target("pangolin_store", level);
        tracing_subscriber::registry().with(lines).with(stores).init();
    }
}
