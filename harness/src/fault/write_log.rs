//! What was done to a store.

use std::sync::{Mutex, PoisonError};

use crate::contract::op::{Effect, Op};

/// The writes that a store has accepted since it was last emptied, in order.
#[derive(Default)]
pub struct WriteLog(Mutex<Vec<Op>>);

impl WriteLog {
    /// Adds a call that succeeded; a read is not kept.
    pub(crate) fn add(&self, op: Op) {
        if op.method().effect() != Effect::Read {
            self.lock().push(op);
        }
    }

    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    /// The place of the last write of that kind.
    pub(crate) fn last(&self, which: impl Fn(&Op) -> bool) -> Option<usize> {
        self.lock().iter().rposition(which)
    }

    /// What `look` makes of the last write of which it makes anything.
    pub(crate) fn find_last<T>(&self, look: impl FnMut(&Op) -> Option<T>) -> Option<T> {
        self.lock().iter().rev().find_map(look)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Op>> {
        // A list of calls is whole, whatever panicked beside it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
