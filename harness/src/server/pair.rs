//! A pair of servers for interactive use, kept running by a process in the background.

use std::fs;
use std::io::{self, BufRead, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Uid, setsid};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};

use super::owner::Owner;
use super::{Engine, RunningServer, ServerSource, ServerUnavailable, Settings};

/// How long the servers may take to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A PostgreSQL and a MongoDB that run until they are stopped. A user has at most one pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The process that keeps them running.
    keeper: String,
    postgres: PairServer,
    mongo: PairServer,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PairServer {
    url: String,
    /// Engine, version and source, for people.
    what: String,
}

/// Why a pair cannot be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// A server is unavailable.
    #[error(transparent)]
    ServerUnavailable(#[from] ServerUnavailable),
    /// The environment asks for servers at URLs, which are already running.
    #[error(
        "PARITY_SERVERS is `url`: those servers are already running; use docker or local, or unset it"
    )]
    NothingToStart,
    /// Another process started a pair at the same time, and was first.
    #[error("another pair has just been started")]
    Raced,
    /// The process that keeps the pair could not be started.
    #[error("the servers did not start: {0}")]
    Keeper(String),
    /// The file that describes the running pair cannot be read or written.
    #[error("{}: {source}", .path.display())]
    State {
        /// Where it is.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The process that keeps the pair running does not end.
    #[error("process {0} keeps the servers running and does not end; kill it")]
    Stuck(i32),
}

impl Pair {
    /// The running pair, if there is one.
    ///
    /// # Errors
    /// The file that describes the pair cannot be read, or belongs to another user.
    pub fn running() -> Result<Option<Self>, PairError> {
        let path = state_path();
        let failed = |source| PairError::State { path: path.clone(), source };
        let text = match read_own(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let pair: Self = serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
        if pair.keeper().is_some_and(|keeper| !keeper.is_gone()) {
            return Ok(Some(pair));
        }
        // Its servers have ended with the process that kept them.
        fs::remove_file(&path).map_err(failed)?;
        Ok(None)
    }

    /// Starts a pair in the background, by running `program` with `arguments`, which has to call
    /// [`Pair::keep`].
    ///
    /// # Errors
    /// Why the pair cannot be started.
    pub fn start(program: &Path, arguments: &[&str]) -> Result<Self, PairError> {
        for engine in [Engine::Postgres, Engine::Mongo] {
            wanted(engine)?;
        }
        let failed = |error: io::Error| PairError::Keeper(error.to_string());
        let mut keeper = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        // It prints a line when the pair runs; its standard output closes if it ends before that.
        let mut said = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            io::BufReader::new(stdout).read_line(&mut said).map_err(failed)?;
        }
        if said.trim() == RUNNING
            && let Some(pair) = Self::running()?
        {
            return Ok(pair);
        }
        let output = keeper.wait_with_output().map_err(failed)?;
        let why = String::from_utf8_lossy(&output.stderr);
        Err(PairError::Keeper(why.trim().trim_start_matches("parity: ").to_owned()))
    }

    /// Starts a pair and keeps it until this process gets a `SIGTERM` or a `SIGINT`.
    ///
    /// # Errors
    /// Why the pair cannot be started.
    pub async fn keep() -> Result<(), PairError> {
        // The terminal's signals and its hang-up must not reach this process. `setsid` fails for a group
        // leader, which is a process that somebody runs in the foreground.
        let _ = setsid();
        let failed = |source| PairError::State { path: state_path(), source };
        let mut ends = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupts = signal(SignalKind::interrupt()).map_err(failed)?;
        let start = async |engine| -> Result<_, PairError> {
            Ok(super::start(engine, &wanted(engine)?).await?)
        };
        let (postgres, mongo) = tokio::try_join!(start(Engine::Postgres), start(Engine::Mongo))?;
        let keeper = Owner::this().to_string();
        let pair =
            Self { keeper, postgres: PairServer::new(&postgres), mongo: PairServer::new(&mongo) };
        pair.publish()?;
        // The process that started this one may have ended, which is no reason to stop.
        let _ = say_running();
        // The current folder must not stay in use.
        let _ = std::env::set_current_dir("/");
        tokio::select! {
            _ = ends.recv() => {}
            _ = interrupts.recv() => {}
        }
        drop((postgres, mongo));
        fs::remove_file(state_path()).map_err(failed)
    }

    /// Stops the pair, and returns when its servers have ended.
    ///
    /// # Errors
    /// The process that keeps it running cannot be signalled, or does not end.
    pub fn stop(&self) -> Result<(), PairError> {
        let Some(keeper) = self.keeper() else { return Ok(()) };
        let pid = keeper.pid().as_raw();
        match kill(keeper.pid(), Signal::SIGTERM) {
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(_) => return Err(PairError::Stuck(pid)),
        }
        let deadline = Instant::now() + PATIENCE;
        while !keeper.is_gone() {
            if Instant::now() > deadline {
                return Err(PairError::Stuck(pid));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Shell lines that set the variables which select this pair.
    pub fn exports(&self) -> String {
        let line = |engine: Engine, of: &PairServer| {
            format!("export {}='{}'\n", engine.url_variable(), of.url)
        };
        line(Engine::Postgres, &self.postgres) + &line(Engine::Mongo, &self.mongo)
    }

    /// Both servers, for people.
    pub fn what(&self) -> String {
        format!("{}, {}", self.postgres.what, self.mongo.what)
    }

    fn keeper(&self) -> Option<Owner> {
        Owner::parse_start(&self.keeper).map(|(keeper, _)| keeper)
    }

    /// Writes the file that describes this pair, unless another pair is running.
    fn publish(&self) -> Result<(), PairError> {
        let path = state_path();
        let failed = |source| PairError::State { path: path.clone(), source };
        if Self::running()?.is_some() {
            return Err(PairError::Raced);
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        serde_json::to_writer(&file, self).map_err(|error| failed(error.into()))?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(PairError::Raced)
            }
            Err(error) => Err(failed(error.error)),
        }
    }
}

impl PairServer {
    fn new(server: &RunningServer) -> Self {
        let what = format!("{} {} ({})", server.engine(), server.version(), server.source());
        Self { url: server.url().to_owned(), what }
    }
}

/// The settings of the environment without the URL of a running server.
fn wanted(engine: Engine) -> Result<Settings, PairError> {
    let settings = Settings { url: None, ..Settings::from_env(engine)? };
    match settings.only {
        Some(ServerSource::Url) => Err(PairError::NothingToStart),
        _ => Ok(settings),
    }
}

/// What the process that keeps a pair prints when the pair runs.
const RUNNING: &str = "running";

fn say_running() -> io::Result<()> {
    writeln!(io::stdout(), "{RUNNING}")
}

/// The file that describes the pair; each user has another.
fn state_path() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(folder) if folder.is_dir() => folder.join("parity-servers.json"),
        _ => std::env::temp_dir().join(format!("parity-servers-{}.json", Uid::effective())),
    }
}

fn read_own(path: &Path) -> io::Result<String> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() || metadata.uid() != Uid::effective().as_raw() {
        return Err(io::Error::other(
            "it is not a regular file that you own; remove it, or set XDG_RUNTIME_DIR",
        ));
    }
    fs::read_to_string(path)
}
