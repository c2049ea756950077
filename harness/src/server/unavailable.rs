//! Why a server is unavailable.

use std::fmt;

use super::{Engine, ServerSource};

/// What went wrong with a server, as a message for people. It contains no password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ServerError(String);

impl ServerError {
    pub(super) fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

/// A source that was tried and failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Which source.
    pub source: ServerSource,
    /// Why it failed.
    pub why: ServerError,
}

/// No server is available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerUnavailable {
    /// Nothing was tried, because the settings are invalid.
    #[error("{0}")]
    Setting(ServerError),
    /// Every source failed.
    #[error("no {engine} is available: {}{}", list(.tried), help(*.engine, .tried))]
    Tried {
        /// The engine that was asked for.
        engine: Engine,
        /// Every source that was tried, in this order.
        tried: Vec<Tried>,
    },
}

fn list(tried: &[Tried]) -> String {
    let each = |tried: &Tried| match tried.source {
        ServerSource::Url => format!("by URL, {}", tried.why),
        ServerSource::Docker => format!("by Docker, {}", tried.why),
        ServerSource::Local => format!("by local programs, {}", tried.why),
    };
    tried.iter().map(each).collect::<Vec<_>>().join("; ")
}

/// What would help. A single source needs no help text: its own error says what is wrong.
fn help(engine: Engine, tried: &[Tried]) -> String {
    if tried.len() < 2 {
        return String::new();
    }
    format!(
        ". Set {} to the URL of a running server, start Docker and pull {}, or install the programs \
         with scripts/install-servers",
        engine.url_variable(),
        engine.default_image()
    )
}
