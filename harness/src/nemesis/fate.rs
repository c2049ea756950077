//! What happens to a connection, and when.

use std::time::Duration;

/// An action and the message that it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Which message of the clients it strikes, counted over all connections from when the proxy is armed.
    /// The first one is 1; 0 strikes none.
    pub at: u64,
    /// What happens.
    pub action: Action,
}

/// What happens to a message of a client, and to the line from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The message is not forwarded, and its connection is closed.
    CutBefore,
    /// The message is forwarded, and its connection is closed when the server has answered. The client does
    /// not get the answer.
    CutAfter,
    /// The message is not forwarded. All connections are closed, and so are new ones until the proxy is healed.
    Refuse,
    /// As [`CutAfter`](Self::CutAfter). New connections are refused from the message on until the proxy is
    /// healed, and all connections are closed when the server has answered.
    CutAfterAndRefuse,
    /// The message is forwarded that much later, or when the proxy is healed; other connections do not wait.
    Delay(Duration),
    /// Neither this message nor any later one is forwarded, and no answer comes back, on any connection, until
    /// the proxy is healed. Neither side learns of it, nor that the other one has closed its end.
    SilentBefore,
    /// As [`SilentBefore`](Self::SilentBefore), but the server still gets what clients send, this message
    /// included.
    SilentAfter,
}
