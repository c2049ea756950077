//! The process that something belongs to, and whether it still runs.

use std::fmt;
use std::fs;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use sha2::{Digest, Sha256};

use super::process::Process;

/// A process, distinct from all others on this machine and on others, and from earlier and later processes
/// with the same number. It is written as `SPACE_PID_START`, in characters that are valid in names of
/// databases and folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// The scope in which its number is unique: a booted system, or a container on it.
    space: u32,
    pid: i32,
    /// When it started, in ticks since the system started; 0 where that is unknown.
    start: u64,
}

impl Owner {
    /// This process.
    pub(super) fn this() -> Self {
        let pid = Pid::this();
        let start = Process::find(pid).map_or(0, |process| process.start);
        Self { space: *SPACE, pid: pid.as_raw(), start }
    }

    /// Its number.
    pub(super) fn pid(self) -> Pid {
        Pid::from_raw(self.pid)
    }

    /// Whether it is certain that the process has ended.
    pub(super) fn is_gone(self) -> bool {
        let is_ours = self.space == *SPACE;
        let has_no_process = || kill(self.pid(), None) == Err(Errno::ESRCH);
        let has_another = || {
            let found = Process::find(self.pid());
            found.is_some_and(|found| found.has_ended() || found.start != self.start)
        };
        is_ours && (has_no_process() || has_another())
    }

    /// The owner written at the start of `text`, and the rest of `text`.
    pub(super) fn parse_start(text: &str) -> Option<(Self, &str)> {
        let mut parts = text.splitn(3, '_');
        let space = u32::from_str_radix(parts.next()?, 16).ok()?;
        let pid = parts.next()?.parse().ok().filter(|pid| *pid > 0)?;
        let rest = parts.next()?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let start = rest[..end].parse().ok()?;
        Some((Self { space, pid, start }, &rest[end..]))
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}_{}_{}", self.space, self.pid, self.start)
    }
}

/// Differs between systems, between their starts, and between containers. Where those are unknown it
/// differs between processes, so that no other process is ever considered gone.
static SPACE: LazyLock<u32> = LazyLock::new(|| {
    let boot = fs::read("/proc/sys/kernel/random/boot_id");
    let processes = fs::read_link("/proc/self/ns/pid");
    let mut hash = Sha256::new();
    match (boot, processes) {
        (Ok(boot), Ok(processes)) => {
            hash.update(boot);
            hash.update(processes.as_os_str().as_encoded_bytes());
        }
        _ => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            hash.update(now.as_nanos().to_le_bytes());
            hash.update(Pid::this().as_raw().to_le_bytes());
        }
    }
    let hash = hash.finalize();
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]])
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_read_back_and_not_gone() {
        let this = Owner::this();
        let text = format!("{this}_12");
        assert_eq!(Owner::parse_start(&text), Some((this, "_12")));
        assert!(!this.is_gone());
    }

    #[test]
    fn a_reused_process_number_is_another_process() {
        let other = Owner { start: 1, ..Owner::this() };
        assert!(other.is_gone());
    }

    #[test]
    fn an_ended_process_is_gone_before_its_parent_waits_for_it() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let found = || Process::find(Pid::from_raw(pid)).unwrap();
        let owner = Owner { pid, start: found().start, ..Owner::this() };
        while !found().has_ended() {
            std::thread::yield_now();
        }
        assert!(owner.is_gone());
        child.wait().unwrap();
        assert!(owner.is_gone());
    }

    #[test]
    fn processes_elsewhere_are_never_considered_gone() {
        let elsewhere = Owner { space: !*SPACE, pid: i32::MAX, start: 1 };
        assert!(!elsewhere.is_gone());
        assert!(Owner { space: *SPACE, ..elsewhere }.is_gone());
    }

    #[test]
    fn text_that_names_no_process_is_refused() {
        for text in ["", "abc", "0_1", "0_-1_1", "0_0_1", "x_1_1", "00000000_1_"] {
            assert_eq!(Owner::parse_start(text), None, "{text}");
        }
    }
}
