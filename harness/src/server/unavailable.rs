//! Why a server cannot be had.

use std::fmt;

use super::{Engine, ServerSource};

/// What went wrong with a server, in words for people. It holds no password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ServerError(String);

impl ServerError {
    pub(super) fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

/// A way to a server that was tried in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Which.
    pub source: ServerSource,
    /// Why it did not work.
    pub why: ServerError,
}

/// No server can be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerUnavailable {
    /// Nothing was tried, as what was asked for makes no sense.
    #[error("{0}")]
    Setting(ServerError),
    /// Nothing worked.
    #[error("no {engine} can be had: {}{}", list(.tried), help(*.engine, .tried))]
    Tried {
        /// What was to be had.
        engine: Engine,
        /// All that was tried, in this order.
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

/// One way alone says in its own words what is wrong with it.
fn help(engine: Engine, tried: &[Tried]) -> String {
    if tried.len() < 2 {
        return String::new();
    }
    format!(
        ". Set {} to a server that stands, start Docker and pull {}, or let scripts/install-servers \
         install the programs",
        engine.url_variable(),
        engine.default_image()
    )
}
