//! However the process ends that has started servers, nothing is left of them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pangolin_parity::server;

/// What a child prints: the pair of ports, and its process id is known.
const CHILD: &str = "PARITY_TEST_CHILD";

/// Not a test of its own: what the tests below run as a child, which ends as the variable says.
#[test]
fn child() {
    let Ok(end) = std::env::var(CHILD) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (postgres, mongo) = runtime.block_on(async {
        tokio::try_join!(server::postgres(), server::mongo()).unwrap()
    });
    let _database = runtime.block_on(postgres.database()).unwrap();
    println!("\nurl {}\nurl {}", postgres.url(), mongo.url());
    match end.as_str() {
        "normally" => {}
        "by a panic" => panic!("as it was told to"),
        _ => sleep(Duration::from_secs(60)),
    }
}

struct Started {
    child: Child,
    ports: Vec<u16>,
}

fn start(end: &str, way: &str) -> Started {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "leftovers::child", "--nocapture"])
        .env(CHILD, end)
        .env("PARITY_SERVERS", way)
        .env_remove("PARITY_POSTGRES_URL")
        .env_remove("PARITY_MONGO_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let urls = lines.filter_map(|line| line.strip_prefix("url ").map(port_of));
    let ports: Vec<u16> = urls.take(2).collect();
    if ports.len() < 2 {
        let output = child.wait_with_output().unwrap();
        panic!("no servers: {}", String::from_utf8_lossy(&output.stderr));
    }
    Started { child, ports }
}

fn port_of(url: &str) -> u16 {
    let (_, rest) = url.split_once("127.0.0.1:").unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

impl Started {
    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// The folders of the child's servers.
    fn folders(&self) -> Vec<PathBuf> {
        let mark = format!("_{}_", self.child.id());
        let parents = [PathBuf::from("/dev/shm"), std::env::temp_dir(), "/tmp".into()];
        let entries = parents.iter().filter_map(|parent| fs::read_dir(parent).ok()).flatten();
        let is_its = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("parity-") && name.contains(&mark)
        };
        let folders: BTreeSet<_> = entries.flatten().map(|entry| entry.path()).filter(is_its).collect();
        folders.into_iter().collect()
    }

    /// The processes that run in, or name, one of the child's folders: with their user.
    fn processes(&self) -> Vec<(String, u32)> {
        let mark = format!("_{}_", self.child.id());
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(command) = fs::read(entry.path().join("cmdline")) else { continue };
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            if command.contains("parity-") && command.contains(&mark) {
                found.push((command, entry.metadata().unwrap().uid()));
            }
        }
        found
    }

    fn assert_nothing_is_left(mut self) {
        self.child.wait().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let answers = |port: &&u16| TcpStream::connect(("127.0.0.1", **port)).is_ok();
            let ports: Vec<_> = self.ports.iter().filter(answers).collect();
            let (folders, processes) = (self.folders(), self.processes());
            if ports.is_empty() && folders.is_empty() && processes.is_empty() {
                return;
            }
            let left = format!("{ports:?} {folders:?} {processes:?}");
            assert!(Instant::now() < deadline, "left after 10 s: {left}");
            sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn nothing_is_left_of_local_servers_after_a_normal_end() {
    start("normally", "local").assert_nothing_is_left();
}

#[test]
fn nothing_is_left_of_local_servers_after_a_panic() {
    start("by a panic", "local").assert_nothing_is_left();
}

#[test]
fn nothing_is_left_of_local_servers_after_signals() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let started = start("by a signal", "local");
        assert_eq!(started.folders().len(), 2);
        started.signal(signal);
        started.assert_nothing_is_left();
    }
}

#[test]
fn a_process_that_is_killed_while_its_servers_start_leaves_nothing() {
    for milliseconds in [0, 20, 50, 100, 200, 300, 400, 500, 600, 700, 800] {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "leftovers::child", "--nocapture"])
            .envs([(CHILD, "by a signal"), ("PARITY_SERVERS", "local")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Started { child, ports: Vec::new() };
        sleep(Duration::from_millis(milliseconds));
        started.signal(Signal::SIGKILL);
        started.assert_nothing_is_left();
    }
}

#[test]
fn local_servers_run_as_somebody_else_than_root_and_nobody_can_look_into_their_folders() {
    let started = start("by a signal", "local");
    let processes = started.processes();
    assert!(processes.len() >= 4, "two watchdogs and two servers: {processes:?}");
    for (command, user) in processes {
        assert_ne!(user, 0, "{command}");
    }
    for folder in started.folders() {
        let metadata = fs::metadata(&folder).unwrap();
        assert_ne!(metadata.uid(), 0);
        assert_eq!(metadata.mode() & 0o777, 0o700, "{}", folder.display());
    }
    started.signal(Signal::SIGKILL);
    started.assert_nothing_is_left();
}
