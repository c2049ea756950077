//! Ending well when asked to end.

use std::io;

use pangolin_parity::server;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a shell calls the status of a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// A cancellation on Ctrl-C or a request to terminate; the next one ends the process. To be called before any
/// store is opened.
///
/// # Errors
/// What the operating system says that does not let them be heard.
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
