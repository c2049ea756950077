//! A process that ends with this one and leaves nothing behind.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::unistd::Pid;

use super::ServerError;
use super::account::Account;
use super::process::Process;

/// A server under a watchdog: a shell in its own process group that ends the server and removes its folder
/// when this value is dropped, and when this process ends, also by `SIGKILL`.
pub(super) struct Watchdog {
    shell: Child,
    folder: PathBuf,
    /// Where it prints the last lines of the server's log when the server has ended.
    said: Option<ChildStdout>,
}

impl Watchdog {
    /// Runs `command` with its output in `folder/log`, and creates the folder. `signal` is the signal that
    /// ends the command at once.
    pub(super) fn start(
        account: Option<Account>,
        folder: &Path,
        signal: &str,
        command: &[&OsStr],
    ) -> Result<Self, ServerError> {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", include_str!("watchdog.sh"), "parity-watchdog"])
            .arg(folder)
            .arg(signal)
            .args(command)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C must reach this process only; the end of the pipe tells the watchdog to stop.
            .process_group(0);
        if let Some(account) = account {
            account.apply(&mut shell);
        }
        let failed = |error| ServerError::new(format!("cannot run /bin/sh: {error}"));
        let mut shell = shell.spawn().map_err(failed)?;
        let said = shell.stdout.take();
        Ok(Self { shell, folder: folder.to_owned(), said })
    }

    /// The last lines of the server's log, if it has ended.
    pub(super) fn ended(&mut self) -> Option<String> {
        if !matches!(self.shell.try_wait(), Ok(Some(_))) {
            return None;
        }
        let mut said = Vec::new();
        if let Some(mut pipe) = self.said.take() {
            // Output that cannot be read is left out.
            let _ = pipe.read_to_end(&mut said);
        }
        Some(String::from_utf8_lossy(&said).trim().to_owned())
    }
}

impl Watchdog {
    /// The server's process.
    pub(super) fn server(&self) -> Result<Process, ServerError> {
        let number = fs::read_to_string(self.folder.join("server")).ok();
        let number = number.and_then(|number| number.trim().parse().ok());
        let process = number.and_then(|number| Process::find(Pid::from_raw(number)));
        process
            .filter(|process| !process.has_ended())
            .ok_or_else(|| ServerError::new("its process cannot be found in /proc"))
    }

    /// Says that the server is killed next, so that its end is no reason to stop.
    pub(super) fn mark_killed(&self) -> Result<(), ServerError> {
        let failed = |error| ServerError::new(format!("cannot write to its folder: {error}"));
        File::create(self.killed()).map(drop).map_err(failed)
    }

    /// Whether the server was killed, and was not told to run again since then.
    pub(super) fn is_server_killed(&self) -> bool {
        self.killed().exists()
    }

    /// Runs a killed server again.
    pub(super) fn start_again(&self) -> Result<(), ServerError> {
        let pipe = self.shell.stdin.as_ref().ok_or(io::Error::from(io::ErrorKind::BrokenPipe));
        pipe.and_then(|mut pipe| pipe.write_all(b"\n"))
            .map_err(|error| ServerError::new(format!("its watchdog has ended: {error}")))
    }

    fn killed(&self) -> PathBuf {
        self.folder.join("killed")
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Nothing can be done about a watchdog that has already ended.
        let _ = self.shell.wait();
    }
}
