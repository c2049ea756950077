//! A server's folder.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{Pid, Uid};

use super::account::Account;
use super::owner::Owner;
use super::{Durability, Engine, ServerError};

const PREFIX: &str = "parity-";

/// The most space that a server takes while the tests run, in bytes.
const ROOM: u128 = 1 << 30;

/// The path of a new folder for that account; a watchdog creates and removes it. Folders of processes that
/// have ended are removed first.
pub(super) fn choose(
    engine: Engine,
    account: Option<Account>,
    runs_programs: bool,
    durability: Durability,
) -> PathBuf {
    static CHOSEN: AtomicUsize = AtomicUsize::new(0);
    // In memory where data need not be durable; else on a disk, as the temporary folder may be in memory.
    let best = match durability {
        Durability::None => Path::new("/dev/shm"),
        Durability::Full => Path::new("/var/tmp"),
    };
    let parent = if has_room(best, runs_programs) { best.to_owned() } else { temporary(account) };
    sweep(&parent);
    let number = CHOSEN.fetch_add(1, Ordering::Relaxed);
    parent.join(format!("{PREFIX}{}-{}-{number}", Owner::this(), engine.short_name()))
}

/// Copies a program next to a chosen folder, readable by that account only. The watchdog removes it with the
/// folder.
pub(super) fn copy_beside(
    folder: &Path,
    program: &Path,
    account: Option<Account>,
) -> Result<PathBuf, ServerError> {
    let copy = folder.with_extension("program");
    let copied = File::create_new(&copy).and_then(|mut new| {
        io::copy(&mut File::open(program)?, &mut new)?;
        fs::set_permissions(&copy, Permissions::from_mode(0o500))?;
        match account {
            Some(Account { user, group }) => {
                chown(&copy, Some(user.as_raw()), Some(group.as_raw()))
            }
            None => Ok(()),
        }
    });
    match copied {
        Ok(()) => Ok(copy),
        Err(error) => {
            // No watchdog runs yet that would remove it.
            let _ = fs::remove_file(&copy);
            Err(ServerError::new(format!("cannot copy {}: {error}", program.display())))
        }
    }
}

fn has_room(folder: &Path, runs_programs: bool) -> bool {
    let Ok(system) = statvfs(folder) else { return false };
    let flags = system.flags();
    // The types differ between systems.
    let room = u128::from(system.blocks_available()) * u128::from(system.fragment_size());
    room >= ROOM
        && !flags.contains(FsFlags::ST_RDONLY)
        && !(runs_programs && flags.contains(FsFlags::ST_NOEXEC))
        && tempfile::tempfile_in(folder).is_ok()
}

/// The temporary folder, or `/tmp` if the account cannot enter it: root's may be closed to other users.
fn temporary(account: Option<Account>) -> PathBuf {
    let folder = std::env::temp_dir();
    let is_open =
        |folder: &Path| fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o001 != 0);
    if account.is_none() || folder.ancestors().all(is_open) { folder } else { "/tmp".into() }
}

/// Removes the folders of processes that have ended and whose watchdogs have ended too: a server that is
/// still stopping needs its files, or it leaves shared memory behind.
fn sweep(parent: &Path) {
    let is_left = |name: &OsStr| {
        let owner =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)).map(Owner::parse_start);
        owner.flatten().is_some_and(|(owner, rest)| rest.starts_with('-') && owner.is_gone())
    };
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_mine = || {
            let me = Uid::effective();
            entry.metadata().is_ok_and(|metadata| me.is_root() || metadata.uid() == me.as_raw())
        };
        let path = entry.path();
        if is_left(&entry.file_name()) && is_mine() && !has_watchdog(&path) {
            // What cannot be removed now is left to the next run.
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

fn has_watchdog(folder: &Path) -> bool {
    let number = fs::read_to_string(folder.join("watchdog")).ok();
    let process = number.and_then(|number| number.trim().parse().ok()).map(Pid::from_raw);
    process.is_some_and(|process| kill(process, None) != Err(Errno::ESRCH))
}
