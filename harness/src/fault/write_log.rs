//! What was done to a store.

use std::sync::{Mutex, PoisonError};

use crate::contract::method::Effect;
use crate::contract::op::Op;

/// The writes that a store has accepted since it was last emptied, in order.
#[derive(Default)]
pub struct Past(Mutex<Vec<Op>>);

impl Past {
    /// Adds a call that succeeded; a read is not kept.
    pub(crate) fn add(&self, op: Op) {
        if op.method().effect() != Effect::Read {
            self.writes().push(op);
        }
    }

    pub(crate) fn forget(&self) {
        self.writes().clear();
    }

    /// The place of the last write of that kind.
    pub(crate) fn last(&self, which: impl Fn(&Op) -> bool) -> Option<usize> {
        self.writes().iter().rposition(which)
    }

    /// What `look` makes of the last write of which it makes anything.
    pub(crate) fn find_last<T>(&self, look: impl FnMut(&Op) -> Option<T>) -> Option<T> {
        self.writes().iter().rev().find_map(look)
    }

    fn writes(&self) -> std::sync::MutexGuard<'_, Vec<Op>> {
        // A list of calls is whole, whatever panicked beside it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
