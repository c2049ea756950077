//! A server's folder.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::Uid;

use super::account::Account;
use super::owner::Owner;
use super::{Engine, ServerError};

const PREFIX: &str = "parity-";

/// What a server takes at most while the tests run, in bytes.
const ROOM: u64 = 1 << 30;

/// Makes an empty folder that only `account` can look into: in memory where there is room, else where
/// temporary files go.
///
/// Nothing here removes it; a watchdog does. Those of processes that are gone are removed first.
pub(super) fn make(
    engine: Engine,
    account: Option<Account>,
    runs_programs: bool,
) -> Result<PathBuf, ServerError> {
    let memory = Path::new("/dev/shm");
    let parent =
        if has_room(memory, runs_programs) { memory.to_owned() } else { temporary(account) };
    sweep(&parent);
    let failed = |error| ServerError::new(format!("no folder in {}: {error}", parent.display()));
    let prefix = format!("{PREFIX}{}-{}-", Owner::this(), engine.short_name());
    let folder = tempfile::Builder::new()
        .prefix(&prefix)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(&parent)
        .map_err(failed)?;
    if let Some(Account { user, group }) = account {
        chown(folder.path(), Some(user.as_raw()), Some(group.as_raw())).map_err(failed)?;
    }
    Ok(folder.keep())
}

fn has_room(folder: &Path, runs_programs: bool) -> bool {
    let Ok(system) = statvfs(folder) else { return false };
    let flags = system.flags();
    let room = u64::from(system.blocks_available()) * system.fragment_size();
    room >= ROOM
        && !flags.contains(FsFlags::ST_RDONLY)
        && !(runs_programs && flags.contains(FsFlags::ST_NOEXEC))
        && tempfile::tempfile_in(folder).is_ok()
}

/// Root's temporary folder may be one that nobody else can enter.
fn temporary(account: Option<Account>) -> PathBuf {
    let folder = std::env::temp_dir();
    let is_open =
        |folder: &Path| fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o001 != 0);
    if account.is_none() || folder.ancestors().all(is_open) { folder } else { "/tmp".into() }
}

/// Removes the folders of processes that are gone, and whose watchdog is, too.
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
        if is_left(&entry.file_name()) && is_mine() {
            // What cannot be removed now may be by the next run.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
