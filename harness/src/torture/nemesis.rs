//! What a store goes through while its clients call it.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::server::Engine;

/// What a store goes through while its clients call it. Written in kebab-case, as `--nemesis` takes it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Nemesis {
    /// Nothing: the clients alone.
    None,
    /// Calls are given up: their futures are dropped at some await.
    GiveUp,
    /// The line of a client is cut before a message of its call reaches the server.
    CutBefore,
    /// The line is cut after a message, before its answer.
    CutAfter,
    /// The line is cut before a message, and new ones are refused for a while.
    Refuse,
    /// The line is cut after a message, and new ones are refused for longer than the store tries again.
    Outage,
    /// A message arrives late.
    Delay,
    /// The line falls silent before a message.
    SilentBefore,
    /// The line falls silent after a message, before its answer.
    SilentAfter,
    /// The server ends the sessions of the clients (`pg_terminate_backend`).
    EndSessions,
    /// The server has fewer connections than the stores ask for; calls wait, and do not fail.
    FewConnections,
    /// The server gives up statements and waits for locks soon.
    Timeouts,
    /// The process of a client is killed (`SIGKILL`) while it writes.
    KillClient,
    /// Another process holds the lock of the file for a while.
    HeldLock,
    /// The disk is full: no file of the clients' process grows.
    FullDisk,
    /// The server is killed (`SIGKILL`) and started again at once.
    KillServer,
    /// The server is stopped for a while (`SIGSTOP`).
    FreezeServer,
    /// The primary of a replica set steps down.
    StepDown,
    /// The primary is killed, and started again when another one is elected.
    KillPrimary,
    /// The primary is stopped until another one is elected, and thaws.
    FreezePrimary,
    /// Both secondaries are stopped for a while, so that nothing gets a majority.
    NoMajority,
}

impl Nemesis {
    /// Whether it is part of a run that asks for none in particular: it needs no server of its own, and does not
    /// take long.
    pub fn is_quick(self) -> bool {
        match self {
            Self::None
            | Self::GiveUp
            | Self::CutBefore
            | Self::CutAfter
            | Self::Refuse
            | Self::Delay
            | Self::EndSessions
            | Self::Timeouts
            | Self::KillClient
            | Self::HeldLock => true,
            Self::Outage
            | Self::SilentBefore
            | Self::SilentAfter
            | Self::FewConnections
            | Self::FullDisk
            | Self::KillServer
            | Self::FreezeServer
            | Self::StepDown
            | Self::KillPrimary
            | Self::FreezePrimary
            | Self::NoMajority => false,
        }
    }

    /// Whether the store of that name, without planted faults, can go through it. Stores of others can be left
    /// alone, and have calls given up.
    pub fn suits_store(self, name: &str) -> bool {
        match name {
            "sqlite" => self.suits(None, true),
            "postgres" => self.suits(Some(Engine::Postgres), false),
            "mongo" => self.suits(Some(Engine::Mongo), false),
            _ => self.suits(None, false),
        }
    }

    /// Whether a call may fail because of it.
    pub(crate) fn excuses_failures(self) -> bool {
        !matches!(self, Self::None | Self::Delay | Self::FewConnections)
    }

    fn suits(self, engine: Option<Engine>, has_file: bool) -> bool {
        match self {
            Self::None | Self::GiveUp => true,
            Self::CutBefore
            | Self::CutAfter
            | Self::Refuse
            | Self::Outage
            | Self::Delay
            | Self::SilentBefore
            | Self::SilentAfter
            | Self::KillServer
            | Self::FreezeServer => engine.is_some(),
            Self::EndSessions | Self::FewConnections | Self::Timeouts => {
                engine == Some(Engine::Postgres)
            }
            Self::KillClient => engine.is_some() || has_file,
            Self::HeldLock | Self::FullDisk => has_file,
            Self::StepDown | Self::KillPrimary | Self::FreezePrimary | Self::NoMajority => {
                engine == Some(Engine::Mongo)
            }
        }
    }
}
