//! Stopping with a report when asked to stop.

use std::io;

use pangolin_parity::campaign::stop::Stop;
use pangolin_parity::server;
use tokio::signal::unix::{SignalKind, signal};

/// The exit status that shells give a program ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// A stop that Ctrl-C or `SIGTERM` raises; the next one kills the process. It must be created before any
/// store is opened.
///
/// # Errors
/// The operating system's reason why the signals cannot be received.
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
