//! The writes that a store has accepted.

use std::sync::{Mutex, PoisonError};

use crate::contract::method::Effect;
use crate::contract::op::Op;

/// The writes that a store has accepted since it was last emptied, in order.
#[derive(Default)]
pub struct WriteLog(Mutex<Vec<Op>>);

impl WriteLog {
    /// Adds a successful call; reads are not kept.
    pub(crate) fn add(&self, op: Op) {
        if op.method().effect() != Effect::Read {
            self.lock().push(op);
        }
    }

    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    /// The position of the last write for which `which` is true.
    pub(crate) fn last(&self, which: impl Fn(&Op) -> bool) -> Option<usize> {
        self.lock().iter().rposition(which)
    }

    /// The result of `look` for the last write for which it returns one.
    pub(crate) fn find_last<T>(&self, look: impl FnMut(&Op) -> Option<T>) -> Option<T> {
        self.lock().iter().rev().find_map(look)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Op>> {
        // The list stays valid when a thread panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
