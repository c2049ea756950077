//! The settings of a server.

use std::env::{self, VarError};
use std::fmt;
use std::path::PathBuf;

use strum::{Display, EnumString, IntoStaticStr};

use super::{Engine, ServerError, ServerUnavailable, url, usual_folders};

/// Where a server comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ServerSource {
    /// It is already running, at a URL.
    Url,
    /// It is started in a container.
    Docker,
    /// It is started by programs on this machine.
    Local,
}

/// Whether acknowledged writes survive a failure of the machine, on a server that is started here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// They may be lost, and everything is quicker: for tests.
    #[default]
    None,
    /// They are on a disk: flushed by PostgreSQL, and in MongoDB's journal. For benchmarks, and for servers that
    /// are [killed](super::Power::kill).
    Full,
}

/// The settings of a server.
#[derive(Clone)]
pub struct Settings {
    /// The URL of a server that is already running.
    pub url: Option<String>,
    /// The only source to try; without it, every source.
    pub only: Option<ServerSource>,
    /// The image of the container.
    pub image: String,
    /// The folders in which to look for programs, the preferred first.
    pub folders: Vec<PathBuf>,
    /// The durability of acknowledged writes. It does not change a server that is already running.
    pub durability: Durability,
}

impl Settings {
    /// A server from Docker or from programs, tuned for tests.
    pub fn new(engine: Engine) -> Self {
        let image = engine.default_image().to_owned();
        let folders = usual_folders();
        Self { url: None, only: None, image, folders, durability: Durability::None }
    }

    /// The settings of the environment: `PARITY_POSTGRES_URL`, `PARITY_MONGO_URL`, `PARITY_SERVERS`,
    /// `PARITY_POSTGRES_IMAGE`, `PARITY_MONGO_IMAGE`. An empty variable counts as unset.
    ///
    /// # Errors
    /// The variable that is invalid, and why.
    pub fn from_env(engine: Engine) -> Result<Self, ServerUnavailable> {
        let mut settings = Self::new(engine);
        settings.url = variable(engine.url_variable())?;
        settings.only =
            variable("PARITY_SERVERS")?.map(|source| parse_source(&source)).transpose()?;
        settings.image = variable(engine.image_variable())?.unwrap_or(settings.image);
        Ok(settings)
    }

    /// The sources to try, in this order.
    pub fn sources(&self) -> Vec<ServerSource> {
        match (self.only, &self.url) {
            (Some(source), _) => vec![source],
            (None, Some(_)) => vec![ServerSource::Url],
            (None, None) => vec![ServerSource::Url, ServerSource::Docker, ServerSource::Local],
        }
    }
}

/// Without the URL's password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.url.as_deref().map(url::shown))
            .field("only", &self.only)
            .field("image", &self.image)
            .field("folders", &self.folders)
            .field("durability", &self.durability)
            .finish()
    }
}

fn variable(name: &str) -> Result<Option<String>, ServerUnavailable> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(ServerUnavailable::Setting(ServerError::new(format!("{name} is not UTF-8"))))
        }
    }
}

fn parse_source(source: &str) -> Result<ServerSource, ServerUnavailable> {
    source.parse().map_err(|_| {
        ServerUnavailable::Setting(ServerError::new(format!(
            "PARITY_SERVERS is `{source}`; it takes url, docker or local, or stays unset"
        )))
    })
}
