//! The runtime that all servers belong to.

use std::io;
use std::sync::{LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use super::ServerError;

/// A connection belongs to the runtime that created it, and a server outlives the runtime of a test.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(2).thread_name("parity-servers").enable_all().build()
});

/// Longer than any server takes to end.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn handle() -> Result<&'static Handle, ServerError> {
    match &*RUNTIME {
        Ok(runtime) => Ok(runtime.handle()),
        Err(error) => Err(ServerError::new(format!("the system cannot start threads: {error}"))),
    }
}

/// Runs a future on that runtime.
pub(super) async fn run<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, ServerError> {
    let ended = handle()?.spawn(future).await;
    ended.map_err(|error| ServerError::new(format!("the task that starts it failed: {error}")))
}

/// Runs a future on that runtime from code that cannot await, such as a `Drop`.
pub(super) fn run_blocking(future: impl Future<Output = ()> + Send + 'static) {
    let Ok(handle) = handle() else { return };
    let (done, wait) = mpsc::channel();
    handle.spawn(async move {
        future.await;
        let _ = done.send(());
    });
    // Nothing can be done about a future that does not end.
    let _ = wait.recv_timeout(PATIENCE);
}

/// Drops a value on a thread outside that runtime but in its context, which some values need to clean up.
pub(super) fn drop_there<T: Send + 'static>(value: T) {
    let Ok(handle) = handle() else { return };
    let dropped = thread::spawn(move || {
        let _context = handle.enter();
        drop(value);
    });
    let _ = dropped.join();
}
