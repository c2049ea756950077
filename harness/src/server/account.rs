//! Who runs a server's programs.

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
    /// The one to run servers as: `None`, which is whoever runs this, unless that is root.
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
            "servers do not run as root, and there is no user `postgres` and no `nobody`: add one, or \
             run as another user",
        ))
    }

    /// Makes a command run as this user, in no other group than the user's own.
    pub(super) fn apply(self, command: &mut Command) {
        // A command that changes the user drops root's further groups by itself.
        command.uid(self.user.as_raw()).gid(self.group.as_raw());
    }
}
