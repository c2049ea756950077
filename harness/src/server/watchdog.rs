//! A process that ends with this one and leaves nothing behind.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::ServerError;
use super::account::Account;

/// A server under a watchdog: a shell in its own process group that ends the server and removes its folder
/// when this value is dropped, and when this process ends, also by `SIGKILL`.
pub(super) struct Watchdog {
    shell: Child,
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
        Ok(Self { shell, said })
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

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Nothing can be done about a watchdog that has already ended.
        let _ = self.shell.wait();
    }
}
