//! Ending well when asked to end.

use std::io;

use pangolin_parity::campaign::stop::Stop;
use pangolin_parity::server;
use tokio::signal::unix::{SignalKind, signal};

/// What a shell calls the status of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// A stop that Ctrl-C or a request to terminate raises; the next one kills the process. To be asked for
/// before any store is opened.
///
/// # Errors
/// What the operating system says that does not let them be heard.
pub(super) fn stop() -> io::Result<Stop> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    server::take_signals();
    let stop = Stop::default();
    let raised = stop.clone();
    tokio::spawn(async move {
        for is_first in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if is_first {
                raised.raise();
            }
        }
        server::drop_databases().await;
        std::process::exit(INTERRUPTED);
    });
    Ok(stop)
}
