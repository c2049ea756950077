//! Processes of this machine, as `/proc` lists them.

use std::fs;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ServerError;

/// How long a process may take to end or to stop after a signal.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process, distinct from earlier and later ones with the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: Pid,
    parent: Pid,
    /// When it started, in ticks since the system started.
    pub(super) start: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// By a signal; it can be continued.
    Stopped,
    /// It is still listed only because its parent has not waited for it.
    Ended,
}

impl Process {
    /// The process with that number. `None` if there is none, and where there is no `/proc`.
    ///
    /// In `/proc/PID/stat`, the second field, in brackets, may contain any text; the third is the state, the
    /// fourth the parent, the 22nd the start.
    pub(super) fn find(pid: Pid) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let state = match fields.next()? {
            "Z" | "X" => State::Ended,
            "T" | "t" => State::Stopped,
            _ => State::Running,
        };
        let parent = Pid::from_raw(fields.next()?.parse().ok()?);
        Some(Self { pid, parent, start: fields.nth(17)?.parse().ok()?, state })
    }

    pub(super) fn has_ended(self) -> bool {
        self.state == State::Ended
    }

    /// The processes that it started and that still run.
    pub(super) fn children(self) -> Vec<Self> {
        let number = |name: &std::ffi::OsStr| name.to_str()?.parse().ok().map(Pid::from_raw);
        let listed = fs::read_dir("/proc").into_iter().flatten().flatten();
        let all = listed.filter_map(|entry| Self::find(number(&entry.file_name())?));
        all.filter(|process| process.parent == self.pid && !process.has_ended()).collect()
    }

    /// Sends it a signal. A process that has ended ignores it.
    pub(super) fn signal(self, signal: Signal) -> Result<(), ServerError> {
        match kill(self.pid, signal) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(error) => Err(ServerError::new(format!(
                "cannot send {signal} to process {}: {error}",
                self.pid
            ))),
        }
    }

    /// Waits until it has ended.
    pub(super) async fn ended(self) -> Result<(), ServerError> {
        self.until("end", |now| now.is_none_or(Self::has_ended)).await
    }

    /// Waits until its parent has waited for it. A process of several threads may count as ended before, while
    /// some of them still hold its ports.
    pub(super) async fn gone(self) -> Result<(), ServerError> {
        self.until("end", |now| now.is_none()).await
    }

    /// Waits until it is stopped, or has ended.
    pub(super) async fn stopped(self) -> Result<(), ServerError> {
        self.until("stop", |now| now.is_none_or(|now| now.state != State::Running)).await
    }

    async fn until(
        self,
        what: &str,
        is_it: impl Fn(Option<Self>) -> bool,
    ) -> Result<(), ServerError> {
        let deadline = Instant::now() + PATIENCE;
        while !is_it(Self::find(self.pid).filter(|now| now.start == self.start)) {
            if Instant::now() > deadline {
                let (pid, seconds) = (self.pid, PATIENCE.as_secs());
                return Err(ServerError::new(format!(
                    "process {pid} does not {what} within {seconds} s"
                )));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }
}
