//! Power over a server that this process started.

use std::fmt;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::process::Process;
use super::running_server::connect;
use super::watchdog::Watchdog;
use super::{Engine, ServerError, mongo, url};

/// How long a server may take to start again; it repairs its data first.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a server has to do to count as started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// It accepts writes.
    Writes,
    /// It is the primary or a secondary of a replica set.
    Member,
}

/// Power over a server of one's own: it is killed and started again on the same data and port, frozen and
/// thawed.
///
/// Whatever was done to it, nothing of it is left behind when this process ends. What it acknowledged
/// survives a kill only if it was started with [`Durability::Full`](super::Durability::Full).
///
/// While it is killed or frozen, dropping a [`Database`](super::Database) on it waits for seconds, and then
/// leaves the database.
pub struct Power {
    engine: Engine,
    url: String,
    readiness: Readiness,
    watchdog: Watchdog,
}

impl Power {
    pub(super) fn new(
        engine: Engine,
        url: String,
        readiness: Readiness,
        watchdog: Watchdog,
    ) -> Self {
        Self { engine, url, readiness, watchdog }
    }

    /// The URL of this server alone.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Kills the server with `SIGKILL`, all its processes at once, also if it is frozen. When this returns, they
    /// have ended. The server stays down until it is [started again](Self::start_again). One that was killed
    /// before stays so.
    ///
    /// # Errors
    /// Its processes cannot be found or killed, which takes `/proc`.
    pub async fn kill(&self) -> Result<(), ServerError> {
        if self.watchdog.is_server_killed() {
            return Ok(());
        }
        let (server, children) = self.stop().await?;
        self.watchdog.mark_killed()?;
        for process in children.iter().chain([&server]) {
            process.signal(Signal::SIGKILL)?;
        }
        for child in children {
            child.ended().await?;
        }
        server.gone().await
    }

    /// Starts a killed server again, on the same data and the same port, and waits until it answers. A single
    /// server then accepts writes; a member of a replica set is its primary or a secondary.
    ///
    /// # Errors
    /// The server was not killed, or it does not answer within a minute.
    pub async fn start_again(&self) -> Result<(), ServerError> {
        if !self.watchdog.is_server_killed() {
            return Err(ServerError::new("it was not killed, so it cannot be started again"));
        }
        self.watchdog.start_again()?;
        let deadline = Instant::now() + PATIENCE;
        while let Err(why) = self.answers().await {
            if Instant::now() > deadline {
                let seconds = PATIENCE.as_secs();
                return Err(ServerError::new(format!(
                    "it did not start again in {seconds} s: {why}"
                )));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Kills the server, starts it again at once, and waits until it answers.
    ///
    /// # Errors
    /// As [`kill`](Self::kill) and [`start_again`](Self::start_again).
    pub async fn restart(&self) -> Result<(), ServerError> {
        self.kill().await?;
        self.start_again().await
    }

    /// Stops all processes of the server with `SIGSTOP`. When this returns, none of them runs. Its connections
    /// stay open, and the system still accepts new ones for it. One that is frozen stays so.
    ///
    /// # Errors
    /// The server was killed, or its processes cannot be found or stopped, which takes `/proc`.
    pub async fn freeze(&self) -> Result<(), ServerError> {
        self.stop().await.map(drop)
    }

    /// Lets a frozen server run again. One that runs or was killed stays as it is.
    ///
    /// # Errors
    /// Its processes cannot be found or signalled, which takes `/proc`.
    pub fn thaw(&self) -> Result<(), ServerError> {
        if self.watchdog.is_server_killed() {
            return Ok(());
        }
        let server = self.watchdog.server()?;
        // The server last, as it may act on what its processes do.
        for process in server.children().into_iter().chain([server]) {
            process.signal(Signal::SIGCONT)?;
        }
        Ok(())
    }

    /// Stops all its processes, and returns the server's own and those that it started.
    async fn stop(&self) -> Result<(Process, Vec<Process>), ServerError> {
        if self.watchdog.is_server_killed() {
            return Err(ServerError::new("it was killed and does not run"));
        }
        // The server first: once it is stopped, it starts no more processes.
        let server = self.watchdog.server()?;
        server.signal(Signal::SIGSTOP)?;
        server.stopped().await?;
        let children = server.children();
        for child in &children {
            child.signal(Signal::SIGSTOP)?;
        }
        for child in &children {
            child.stopped().await?;
        }
        Ok((server, children))
    }

    async fn answers(&self) -> Result<(), ServerError> {
        match self.engine {
            Engine::Postgres => connect(self.engine, &self.url).await.map(drop),
            Engine::Mongo => mongo::is_ready(&self.url, self.readiness).await,
        }
    }
}

impl fmt::Debug for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Power")
            .field("engine", &self.engine)
            .field("url", &url::shown(&self.url))
            .finish_non_exhaustive()
    }
}
