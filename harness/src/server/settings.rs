//! Which server is asked for.

use std::env::{self, VarError};
use std::fmt;
use std::path::PathBuf;

use strum::{Display, EnumString, IntoStaticStr};

use super::{Engine, ServerError, ServerUnavailable, url, usual_folders};

/// A way to have a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ServerSource {
    /// It stands already, where a URL points.
    Url,
    /// In a container.
    Docker,
    /// By programs of this machine.
    Local,
}

/// What becomes of acknowledged writes when the machine fails, on a server that is started here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// They may be lost, for which everything is quicker: for tests.
    #[default]
    None,
    /// They are on a disk: flushed by PostgreSQL, and in MongoDB's journal. For measuring.
    Full,
}

/// Which server is asked for.
#[derive(Clone)]
pub struct Settings {
    /// Where one stands already.
    pub url: Option<String>,
    /// The only way to try; without it, all that there are.
    pub only: Option<ServerSource>,
    /// The image of a container.
    pub image: String,
    /// The folders in which to look for programs, the best first.
    pub folders: Vec<PathBuf>,
    /// What it is to do for acknowledged writes; one that stands already does what it does.
    pub durability: Durability,
}

impl Settings {
    /// Any server, by Docker or by programs, tuned for tests.
    pub fn new(engine: Engine) -> Self {
        let image = engine.default_image().to_owned();
        let folders = usual_folders();
        Self { url: None, only: None, image, folders, durability: Durability::None }
    }

    /// What the environment asks for: `PARITY_POSTGRES_URL`, `PARITY_MONGO_URL`, `PARITY_SERVERS`,
    /// `PARITY_POSTGRES_IMAGE`, `PARITY_MONGO_IMAGE`. An empty variable is none.
    ///
    /// # Errors
    /// The variable that cannot be understood.
    pub fn from_env(engine: Engine) -> Result<Self, ServerUnavailable> {
        let mut settings = Self::new(engine);
        settings.url = variable(engine.url_variable())?;
        settings.only =
            variable("PARITY_SERVERS")?.map(|source| parse_source(&source)).transpose()?;
        settings.image = variable(engine.image_variable())?.unwrap_or(settings.image);
        Ok(settings)
    }

    /// The ways to try, in this order.
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
            "PARITY_SERVERS is `{source}`; it takes url, docker or local, or is not set"
        )))
    })
}
