//! The calls that run at the same time as another.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How often a call yields at least when it leaves others a moment.
const SHORTEST: usize = 3;
/// How often it yields at most when other calls run and none of them ends.
const LONGEST: usize = 2_000;

/// The calls of all clients of one store.
#[derive(Default)]
pub(super) struct Traffic {
    running: AtomicUsize,
    /// How many of those that run leave others a moment.
    waiting: AtomicUsize,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Traffic {
    /// Counts a call that begins, until what is returned is dropped.
    pub(super) fn enter(&self) -> Others<'_> {
        let was_alone = self.running.fetch_add(1, Ordering::SeqCst) == 0;
        let begun = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        Others { traffic: self, begun, was_alone }
    }
}

/// What a running call knows of the others.
pub(super) struct Others<'a> {
    traffic: &'a Traffic,
    begun: usize,
    was_alone: bool,
}

impl Others<'_> {
    /// Lets other calls run between two steps of this one: until one of them has ended, or until those that run
    /// wait in the same way, but never for long.
    pub(super) async fn a_moment(&self) {
        let ended = self.traffic.ended.load(Ordering::SeqCst);
        let _waiting = Waiting::of(self.traffic);
        for turn in 0..LONGEST {
            let has_one_ended = self.traffic.ended.load(Ordering::SeqCst) != ended;
            if turn >= SHORTEST && (has_one_ended || self.all_wait()) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Whether another call ran at the same time, for a while.
    pub(super) fn have_overlapped(&self) -> bool {
        let has_begun = self.traffic.begun.load(Ordering::SeqCst) != self.begun;
        !self.was_alone || has_begun
    }

    fn all_wait(&self) -> bool {
        let running = self.traffic.running.load(Ordering::SeqCst);
        self.traffic.waiting.load(Ordering::SeqCst) >= running
    }
}

impl Drop for Others<'_> {
    fn drop(&mut self) {
        self.traffic.running.fetch_sub(1, Ordering::SeqCst);
        self.traffic.ended.fetch_add(1, Ordering::SeqCst);
    }
}

/// A call that leaves others a moment.
struct Waiting<'a>(&'a Traffic);

impl<'a> Waiting<'a> {
    fn of(traffic: &'a Traffic) -> Self {
        traffic.waiting.fetch_add(1, Ordering::SeqCst);
        Self(traffic)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}
