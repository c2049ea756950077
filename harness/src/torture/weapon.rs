//! What strikes while a client calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::nemesis::Nemesis;
use crate::contract::choice::Chooser;
use crate::nemesis::{Action, Fate, Proxy};

/// What strikes while a client calls.
#[async_trait]
pub(crate) trait Weapon: Send + Sync {
    /// Called right before the client's call is made. What takes time goes on by itself.
    async fn strike(&self);

    /// Called when the client's call has ended. Returns once nothing strikes any more, and whether anything did.
    async fn rest(&self) -> bool;

    /// The message that is struck, when it is one.
    fn message(&self) -> Option<u64> {
        None
    }
}

/// How many messages a call has at most that are struck.
const MESSAGES: usize = 6;

/// Strikes a message on the line.
pub(crate) struct Line {
    proxy: Arc<Proxy>,
    fate: Fate,
    /// How long the line stays as it is after it was struck.
    lasts: Duration,
    /// Whether the line is mended as soon as the client has its answer.
    ends_with_call: bool,
    mending: Mutex<Option<JoinHandle<()>>>,
}

impl Line {
    /// Draws which message is struck; `limit` is how long a call may take.
    pub(crate) fn draw(
        choose: &mut Chooser<'_>,
        proxy: &Arc<Proxy>,
        nemesis: Nemesis,
        limit: Duration,
    ) -> Option<Self> {
        let late = [1, 5, 20, 80][choose.below(4)];
        let (action, lasts, ends_with_call) = match nemesis {
            Nemesis::CutBefore => (Action::CutBefore, Duration::ZERO, true),
            Nemesis::CutAfter => (Action::CutAfter, Duration::ZERO, true),
            Nemesis::Refuse => (Action::Refuse, Duration::from_millis(200), false),
            Nemesis::Outage => (Action::CutAfterAndRefuse, Duration::from_secs(4), false),
            Nemesis::Delay => (Action::Delay(Duration::from_millis(late)), limit, true),
            Nemesis::SilentBefore => (Action::SilentBefore, limit * 2, true),
            Nemesis::SilentAfter => (Action::SilentAfter, limit * 2, true),
            _ => return None,
        };
        let at = 1 + choose.below(MESSAGES) as u64;
        Some(Self {
            proxy: Arc::clone(proxy),
            fate: Fate { at, action },
            lasts,
            ends_with_call,
            mending: Mutex::default(),
        })
    }

    fn mending(&self) -> Option<JoinHandle<()>> {
        self.mending.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Weapon for Line {
    async fn strike(&self) {
        self.proxy.arm(self.fate);
        let (proxy, lasts) = (Arc::clone(&self.proxy), self.lasts);
        let mending = tokio::spawn(async move {
            proxy.struck().await;
            sleep(lasts).await;
            proxy.heal();
        });
        *self.mending.lock().unwrap_or_else(PoisonError::into_inner) = Some(mending);
    }

    async fn rest(&self) -> bool {
        let has_struck = self.proxy.has_struck();
        let mending = self.mending();
        if self.ends_with_call || !has_struck {
            mending.inspect(JoinHandle::abort);
            self.proxy.heal();
        } else if let Some(mending) = mending {
            // It neither panics nor is aborted elsewhere.
            let _ = mending.await;
        }
        has_struck
    }

    fn message(&self) -> Option<u64> {
        Some(self.fate.at)
    }
}
