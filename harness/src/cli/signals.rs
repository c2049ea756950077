//! Stopping with a report when asked to stop.

use std::io;

use pangolin_parity::server;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status that shells give a program ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// A token that Ctrl-C or `SIGTERM` cancels; the next one ends the process. It must be created before any
/// store is opened.
///
/// # Errors
/// The operating system's reason why the signals cannot be received.
pub(super) fn cancellation() -> io::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    server::take_signals();
    let cancelled = CancellationToken::new();
    let asked = cancelled.clone();
    tokio::spawn(async move {
        for is_first in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if is_first {
                asked.cancel();
            }
        }
        server::drop_databases().await;
        std::process::exit(INTERRUPTED);
    });
    Ok(cancelled)
}
