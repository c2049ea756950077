//! A client in a process of its own, so that it can be killed in the middle of a call.
//!
//! The process is `parity client URL`: it opens the store, and reads a call a line; it answers each with a line that
//! holds the outcome.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use super::caller::Caller;
use super::weapon::Weapon;
use crate::contract::op::Op;

/// A client in a process of its own, which is started for the first call, and again after it has ended.
pub(crate) struct ChildClient {
    program: PathBuf,
    url: String,
    /// How many blocks of 512 bytes a file may have that it writes; `None`: as many as it likes.
    file_limit: Option<u64>,
    process: Mutex<Option<Process>>,
    /// The process, to be killed while it makes a call.
    pid: std::sync::Mutex<Option<Pid>>,
}

struct Process {
    child: Child,
    calls: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl ChildClient {
    /// A client of the database at `url`; `program` is the command `parity`.
    pub(crate) fn new(program: PathBuf, url: String, file_limit: Option<u64>) -> Self {
        Self {
            program,
            url,
            file_limit,
            process: Mutex::default(),
            pid: std::sync::Mutex::default(),
        }
    }

    fn start(&self) -> std::io::Result<Process> {
        let mut command = match self.file_limit {
            None => {
                let mut command = Command::new(&self.program);
                command.args(["client", &self.url]);
                command
            }
            // A write beyond the limit then fails, as on a full disk, and does not end the process.
            Some(blocks) => {
                let mut command = Command::new("/bin/sh");
                let script = r#"trap "" XFSZ; ulimit -f "$1"; exec "$2" client "$3""#;
                command.args(["-c", script, "sh", &blocks.to_string()]);
                command.arg(&self.program).arg(&self.url);
                command
            }
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.kill_on_drop(true).spawn()?;
        let lost = || std::io::Error::other("the process has no pipes");
        let calls = child.stdin.take().ok_or_else(lost)?;
        let answers = BufReader::new(child.stdout.take().ok_or_else(lost)?).lines();
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).map(Pid::from_raw);
        *self.pid.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = pid;
        Ok(Process { child, calls, answers })
    }

    async fn ask(&self, call: &Op) -> std::io::Result<Option<Value>> {
        let mut process = self.process.lock().await;
        let running = match &mut *process {
            Some(running) => running,
            none => none.insert(self.start()?),
        };
        let mut line = serde_json::to_string(call)?;
        line.push('\n');
        let asked = running.calls.write_all(line.as_bytes()).await;
        let answer = match asked {
            Ok(()) => running.answers.next_line().await?,
            Err(_) => None,
        };
        let Some(answer) = answer else {
            // It was killed, and has ended when this is known.
            let _ = running.child.wait().await;
            *process = None;
            return Ok(None);
        };
        Ok(Some(serde_json::from_str(&answer)?))
    }

    fn kill(&self) {
        let pid = self.pid.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(pid) = pid {
            // One that has ended needs no killing.
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
}

#[async_trait]
impl Caller for ChildClient {
    async fn call(&self, call: &Op, limit: Duration) -> Option<Value> {
        match timeout(limit, self.ask(call)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Some(json!({ "error": "backend", "source": error.to_string() })),
            Err(_) => Some(json!({ "error": "hang" })),
        }
    }
}

/// Kills a client while it makes a call.
pub(crate) struct Kill {
    pub(crate) client: Arc<ChildClient>,
    /// How long after the call was made.
    pub(crate) after: Duration,
}

#[async_trait]
impl Weapon for Kill {
    async fn strike(&self) {
        // It must run before it can be killed in the middle of a call.
        let mut process = self.client.process.lock().await;
        if process.is_none() {
            *process = self.client.start().ok();
        }
        drop(process);
        let (client, after) = (Arc::clone(&self.client), self.after);
        tokio::spawn(async move {
            sleep(after).await;
            client.kill();
        });
    }

    async fn rest(&self) -> bool {
        sleep(self.after).await;
        self.client.kill();
        *self.client.process.lock().await = None;
        true
    }
}
