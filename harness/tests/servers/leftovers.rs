//! A process that started servers leaves nothing of them behind, however it ends.

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
use pangolin_parity::server::{self, Engine, ServerSource};

use super::{block_on, is_left_out, source};

/// How the child ends.
const END: &str = "PARITY_TEST_CHILD";

/// Not a test by itself: the tests below run it as a child process, which ends as the variable says.
#[test]
fn child() {
    let Ok(end) = std::env::var(END) else { return };
    let (postgres, mongo) =
        block_on(async { tokio::try_join!(server::postgres(), server::mongo()).unwrap() });
    let _database = block_on(postgres.database()).unwrap();
    println!("\nurl {}\nurl {}", postgres.url(), mongo.url());
    match end.as_str() {
        "normally" => {}
        "by a panic" => panic!("as it was told to"),
        _ => sleep(Duration::from_secs(60)),
    }
}

fn child_that_ends(end: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "leftovers::child", "--nocapture"])
        .env(END, end)
        .env("PARITY_SERVERS", source().to_string())
        .env_remove("PARITY_POSTGRES_URL")
        .env_remove("PARITY_MONGO_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    child
}

/// A child process whose servers are running.
pub(crate) struct Started {
    child: Child,
    ports: Vec<u16>,
}

/// Runs a child that prints a line `url …` for each of its two servers when it runs.
pub(crate) fn start(mut child: Command) -> Started {
    let mut child = child.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let ports = lines.filter_map(|line| line.strip_prefix("url ").map(port_of));
    let ports: Vec<u16> = ports.take(2).collect();
    if ports.len() < 2 {
        let output = child.wait_with_output().unwrap();
        panic!("no servers: {}", String::from_utf8_lossy(&output.stderr));
    }
    Started { child, ports }
}

/// A child process that uses servers which are already running.
pub(crate) fn start_at_urls(postgres: &str, mongo: &str) -> Started {
    let mut child = child_that_ends("by a signal");
    child.envs([
        ("PARITY_SERVERS", "url"),
        ("PARITY_POSTGRES_URL", postgres),
        ("PARITY_MONGO_URL", mongo),
    ]);
    start(child)
}

pub(crate) fn port_of(url: &str) -> u16 {
    let (_, rest) = url.split_once("127.0.0.1:").unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

impl Started {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn end_with(mut self, signal: Signal) {
        self.signal(signal);
        self.child.wait().unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// The text in the names of its folders, processes and containers.
    fn mark(&self) -> String {
        format!("_{}_", self.child.id())
    }

    /// The folders of its servers.
    fn folders(&self) -> Vec<PathBuf> {
        let parents = ["/dev/shm".into(), "/var/tmp".into(), std::env::temp_dir(), "/tmp".into()];
        let entries =
            parents.iter().filter_map(|parent: &PathBuf| fs::read_dir(parent).ok()).flatten();
        let is_its = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("parity-") && name.contains(&self.mark())
        };
        let folders = entries.flatten().map(|entry| entry.path()).filter(is_its);
        folders.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The processes of its servers and of their watchdogs, with their users.
    fn processes(&self) -> Vec<(String, u32)> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let command = fs::read(entry.path().join("cmdline"));
            // A process may end while it is read.
            let (Ok(command), Ok(metadata)) = (command, entry.metadata()) else { continue };
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            if command.contains("parity-") && command.contains(&self.mark()) {
                found.push((command, metadata.uid()));
            }
        }
        found
    }

    pub(crate) fn assert_nothing_is_left(mut self) {
        self.child.wait().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let answers = |port: &&u16| TcpStream::connect(("127.0.0.1", **port)).is_ok();
            let ports: Vec<_> = self.ports.iter().filter(answers).collect();
            let left = [
                format!("{ports:?}"),
                format!("{:?}", self.folders()),
                format!("{:?}", self.processes()),
                format!("{:?}", containers(&self.mark())),
            ];
            if left.iter().all(|left| left == "[]") {
                return;
            }
            assert!(Instant::now() < deadline, "left after 10 s: {left:?}");
            sleep(Duration::from_millis(20));
        }
    }
}

/// The containers that belong to a process, running or not, with the addresses that they listen on.
fn containers(mark: &str) -> Vec<String> {
    if source() == ServerSource::Local {
        return Vec::new();
    }
    let format = "{{.Label \"parity.owner\"}} {{.Names}} {{.Ports}}";
    let list = Command::new("docker").args(["ps", "--all", "--format", format]).output().unwrap();
    assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
    let list = String::from_utf8(list.stdout).unwrap();
    list.lines().filter(|line| line.contains(mark)).map(str::to_owned).collect()
}

#[test]
fn nothing_is_left_of_servers_after_a_normal_end() {
    if is_left_out() {
        return;
    }
    start(child_that_ends("normally")).assert_nothing_is_left();
}

#[test]
fn nothing_is_left_of_servers_after_a_panic() {
    if is_left_out() {
        return;
    }
    start(child_that_ends("by a panic")).assert_nothing_is_left();
}

#[test]
fn nothing_is_left_of_servers_after_signals() {
    if is_left_out() {
        return;
    }
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let started = start(child_that_ends("by a signal"));
        let containers = containers(&started.mark());
        assert_eq!(started.folders().len() + containers.len(), 2);
        for container in containers {
            assert!(container.contains(" 127.0.0.1:"), "{container}");
            assert!(!container.contains("0.0.0.0:") && !container.contains(":::"), "{container}");
        }
        started.signal(signal);
        started.assert_nothing_is_left();
    }
}

#[test]
fn a_process_that_is_killed_while_its_servers_start_leaves_nothing() {
    if is_left_out() {
        return;
    }
    for milliseconds in [0, 30, 100, 300, 600] {
        let mut child = child_that_ends("by a signal");
        child.stdout(Stdio::null()).stderr(Stdio::null());
        let started = Started { child: child.spawn().unwrap(), ports: Vec::new() };
        sleep(Duration::from_millis(milliseconds));
        if source() == ServerSource::Local {
            started.signal(Signal::SIGKILL);
            started.assert_nothing_is_left();
            continue;
        }
        // Before a container's lifetime is tied to the process, only the next process can remove it.
        let mark = started.mark();
        started.end_with(Signal::SIGKILL);
        drop(block_on(super::start(Engine::Postgres)));
        let left = containers(&mark);
        assert!(left.is_empty(), "after {milliseconds} ms: {left:?}");
    }
}

#[test]
fn programs_do_not_run_as_root_and_their_folders_are_private() {
    if is_left_out() {
        return;
    }
    if source() == ServerSource::Docker {
        // The image defines users and folders.
        return;
    }
    let started = start(child_that_ends("by a signal"));
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
