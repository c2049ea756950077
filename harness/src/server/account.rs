//! The user that runs a server's programs.

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use super::ServerError;

/// A user who is not root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub(super) user: Uid,
    pub(super) group: Gid,
}

impl Account {
    /// The account that runs servers. `None` is the current user; if that is root, another account.
    pub(super) fn for_servers() -> Result<Option<Self>, ServerError> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let Ok(Some(user)) = User::from_name(name)
                && !user.uid.is_root()
            {
                return Ok(Some(Self { user: user.uid, group: user.gid }));
            }
        }
        Err(ServerError::new(
            "servers do not run as root, and neither user `postgres` nor user `nobody` exists: add \
             one, or run as another user",
        ))
    }

    /// Makes a command run as this user, in the user's own group only.
    pub(super) fn apply(self, command: &mut Command) {
        // `Command` drops root's supplementary groups when it changes the user.
        command.uid(self.user.as_raw()).gid(self.group.as_raw());
    }
}
