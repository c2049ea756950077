//! `parity servers`.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::is_left_out;
use super::leftovers::port_of;

/// A user without a running pair, even if other users have one.
struct User {
    runtime_folder: TempDir,
}

impl User {
    fn new() -> Self {
        Self { runtime_folder: tempfile::tempdir().unwrap() }
    }

    fn servers(&self, action: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_parity"))
            .args(["servers", action])
            .env("XDG_RUNTIME_DIR", self.runtime_folder.path())
            .env("PARITY_SERVERS", super::source().to_string())
            .output()
            .unwrap()
    }
}

/// A started pair is stopped even when a test fails.
impl Drop for User {
    fn drop(&mut self) {
        self.servers("stop");
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn ports(exports: &str) -> Vec<u16> {
    exports.lines().map(port_of).collect()
}

fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn a_pair_runs_from_its_start_to_its_stop() {
    if is_left_out() {
        return;
    }
    let user = User::new();
    let started = user.servers("start");
    assert_eq!(started.status.code(), Some(0), "{}", stderr(&started));
    let exports = stdout(&started);
    let lines: Vec<_> = exports.lines().collect();
    assert_eq!(lines.len(), 2, "nothing else on standard output: {exports}");
    assert!(lines[0].starts_with("export PARITY_POSTGRES_URL='postgres://postgres@127.0.0.1:"));
    assert!(lines[1].starts_with("export PARITY_MONGO_URL='mongodb://127.0.0.1:"));

    let state = user.runtime_folder.path().join("parity-servers.json");
    assert_eq!(state.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let status = user.servers("status");
    assert_eq!(status.status.code(), Some(0));
    assert_eq!(stdout(&status), exports);

    let again = user.servers("start");
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(stdout(&again), exports);
    assert!(stderr(&again).contains("already running: PostgreSQL "), "{}", stderr(&again));

    assert!(ports(&exports).into_iter().all(answers));
    let stopped = user.servers("stop");
    assert_eq!(stopped.status.code(), Some(0), "{}", stderr(&stopped));
    assert!(!ports(&exports).into_iter().any(answers));
    assert!(!state.exists());

    let status = user.servers("status");
    assert_eq!(status.status.code(), Some(1));
    assert_eq!(stdout(&status), "");
    assert_eq!(user.servers("stop").status.code(), Some(0), "a second stop succeeds");
}

#[test]
fn a_pair_that_cannot_be_started_says_why() {
    let user = User::new();
    let output = Command::new(env!("CARGO_BIN_EXE_parity"))
        .args(["servers", "start"])
        .env("XDG_RUNTIME_DIR", user.runtime_folder.path())
        .env("PARITY_SERVERS", "docker")
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("no Docker daemon answers"), "{}", stderr(&output));
}

#[test]
fn a_pair_at_urls_is_bad_usage() {
    let output = Command::new(env!("CARGO_BIN_EXE_parity"))
        .args(["servers", "start"])
        .env("PARITY_SERVERS", "url")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("those servers are already running"), "{}", stderr(&output));
}
