//! The state of a proxy's line, which all its connections share.

use std::time::Duration;

use tokio::sync::watch;

use super::fate::{Action, Fate};

/// What passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passes {
    Everything,
    /// What is already connected; nothing new connects.
    NothingNew,
    /// What clients send.
    Calls,
    Nothing,
}

#[derive(Debug)]
struct State {
    passes: Passes,
    fate: Option<Fate>,
    /// How many messages were counted since the last fate.
    messages: u64,
    has_struck: bool,
    /// How often all connections were closed.
    closings: u64,
    heals: u64,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Forward,
    /// Forward it after that time, or when there were more than that many heals.
    ForwardLater {
        after: Duration,
        heals: u64,
    },
    /// Forward it, swallow the answer, and close the connection after it, at the latest when there were more
    /// than that many heals.
    ForwardAndClose {
        heals: u64,
    },
    Close,
    /// Do nothing until the connection is closed.
    Hold,
}

pub(super) struct Line {
    state: watch::Sender<State>,
}

/// When a connection was accepted, which says later whether it has to close.
#[derive(Clone, Copy)]
pub(super) struct Accepted {
    closings: u64,
}

impl Line {
    pub(super) fn new() -> Self {
        let state = State {
            passes: Passes::Everything,
            fate: None,
            messages: 0,
            has_struck: false,
            closings: 0,
            heals: 0,
        };
        Self { state: watch::Sender::new(state) }
    }

    pub(super) fn arm(&self, fate: Fate) {
        self.state.send_modify(|state| {
            state.fate = Some(fate);
            state.messages = 0;
            state.has_struck = false;
        });
    }

    pub(super) fn messages(&self) -> u64 {
        self.state.borrow().messages
    }

    pub(super) fn has_struck(&self) -> bool {
        self.state.borrow().has_struck
    }

    pub(super) async fn struck(&self) {
        // It fails only without a sender, which is `self`.
        let _ = self.state.subscribe().wait_for(|state| state.has_struck).await;
    }

    pub(super) fn heal(&self) {
        self.state.send_modify(|state| {
            if state.passes != Passes::Everything {
                state.closings += 1;
            }
            state.passes = Passes::Everything;
            state.fate = None;
            state.heals += 1;
        });
    }

    /// A new connection; `None` if it is refused.
    pub(super) fn accept(&self) -> Option<Accepted> {
        let state = self.state.borrow();
        let is_refused = state.passes == Passes::NothingNew;
        (!is_refused).then_some(Accepted { closings: state.closings })
    }

    /// Counts a message.
    pub(super) fn count(&self) -> Verdict {
        let mut verdict = self.aside();
        self.state.send_if_modified(|state| {
            state.messages += 1;
            let strikes = |fate: &mut Fate| fate.at == state.messages;
            let Some(Fate { action, .. }) = state.fate.take_if(strikes) else { return false };
            state.has_struck = true;
            verdict = state.strike(action);
            true
        });
        verdict
    }

    /// What to do with a message that does not count, and with the end of a client's messages.
    pub(super) fn aside(&self) -> Verdict {
        match self.state.borrow().passes {
            Passes::Nothing => Verdict::Hold,
            _ => Verdict::Forward,
        }
    }

    /// Whether clients get no answers although their connections are open.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.state.borrow().passes, Passes::Calls | Passes::Nothing)
    }

    /// Closes all connections if new ones are refused.
    pub(super) fn close_all_if_refused(&self) {
        self.state.send_if_modified(|state| {
            let is_refused = state.passes == Passes::NothingNew;
            state.closings += u64::from(is_refused);
            is_refused
        });
    }

    /// Waits until a connection has to close.
    pub(super) async fn closed(&self, since: Accepted) {
        let has_to = |state: &State| state.closings != since.closings;
        // It fails only without a sender, which is `self`.
        let _ = self.state.subscribe().wait_for(has_to).await;
    }

    /// Waits until there were more than that many heals.
    pub(super) async fn healed(&self, heals: u64) {
        // It fails only without a sender, which is `self`.
        let _ = self.state.subscribe().wait_for(|state| state.heals != heals).await;
    }
}

impl State {
    fn strike(&mut self, action: Action) -> Verdict {
        match action {
            Action::CutBefore => Verdict::Close,
            Action::CutAfter => Verdict::ForwardAndClose { heals: self.heals },
            Action::Refuse => {
                self.passes = Passes::NothingNew;
                self.closings += 1;
                Verdict::Close
            }
            Action::CutAfterAndRefuse => {
                self.passes = Passes::NothingNew;
                Verdict::ForwardAndClose { heals: self.heals }
            }
            Action::Delay(after) => Verdict::ForwardLater { after, heals: self.heals },
            Action::SilentBefore => {
                self.passes = Passes::Nothing;
                Verdict::Hold
            }
            Action::SilentAfter => {
                self.passes = Passes::Calls;
                Verdict::Forward
            }
        }
    }
}
