//! The two database servers.

use strum::Display;

/// A database server that stores run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Engine {
    /// PostgreSQL, 13 or newer.
    #[strum(to_string = "PostgreSQL")]
    Postgres,
    /// MongoDB as a replica set; one node is enough.
    #[strum(to_string = "MongoDB")]
    Mongo,
}

impl Engine {
    /// The engine of a database's URL.
    pub(crate) fn of(url: &str) -> Self {
        if url.starts_with("mongodb") { Self::Mongo } else { Self::Postgres }
    }

    /// The environment variable that holds the URL of a server that is already running.
    pub fn url_variable(self) -> &'static str {
        match self {
            Self::Postgres => "PARITY_POSTGRES_URL",
            Self::Mongo => "PARITY_MONGO_URL",
        }
    }

    /// The environment variable that replaces the default image.
    pub fn image_variable(self) -> &'static str {
        match self {
            Self::Postgres => "PARITY_POSTGRES_IMAGE",
            Self::Mongo => "PARITY_MONGO_IMAGE",
        }
    }

    pub(super) fn default_image(self) -> &'static str {
        match self {
            Self::Postgres => "postgres:17-alpine",
            Self::Mongo => "mongo:8",
        }
    }

    /// The form of a URL, as an example.
    pub(super) fn url_form(self) -> &'static str {
        match self {
            Self::Postgres => "postgres://USER:PASSWORD@HOST:PORT/DATABASE",
            Self::Mongo => "mongodb://HOST:PORT/?directConnection=true",
        }
    }

    /// The URL of a server that listens on 127.0.0.1 and requires no password.
    pub(super) fn local_url(self, port: u16) -> String {
        match self {
            Self::Postgres => format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            Self::Mongo => format!("mongodb://127.0.0.1:{port}/?directConnection=true"),
        }
    }

    /// The port on which it listens in a container.
    pub(super) fn port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::Mongo => 27017,
        }
    }

    /// Its name in folder names and labels.
    pub(super) fn short_name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mongo => "mongo",
        }
    }

    /// The programs that start a server.
    pub(super) fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["initdb", "postgres"],
            Self::Mongo => &["mongod"],
        }
    }
}
