//! Which database to open, and how to reach it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use mongodb::options::ConnectionString;

use crate::Invalid;

/// Which database a [`MongoStore`](super::MongoStore) opens, and how.
///
/// Read from MongoDB's own connection string, `mongodb://` or `mongodb+srv://`, whose path names the
/// database. After the `?` come the driver's options and these:
///
/// | option | value |
/// | --- | --- |
/// | `pool_size` | how many connections to a server there are at most, 1 to 1000; the default is 16 |
/// | `server_selection_timeout_ms` | how long to wait for a server, in milliseconds; the default is 2000 |
/// | `call_timeout_ms` | how long a call waits for its turn and is tried again, in milliseconds; the default is 30000 |
///
/// ```
/// use pangolin_store::mongo::MongoOptions;
///
/// let url = "mongodb://127.0.0.1:27017/lake?directConnection=true&pool_size=4";
/// let options: MongoOptions = url.parse()?;
/// assert_eq!(options.database(), "lake");
/// # Ok::<(), pangolin_store::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MongoOptions {
    /// Without the options of this store; it may contain a password.
    pub(super) url: String,
    pub(super) database: String,
    pub(super) pool_size: u32,
    pub(super) server_selection_timeout: Duration,
    pub(super) call_timeout: Duration,
}

impl MongoOptions {
    /// How many connections to a server there can be at most.
    pub const MAX_POOL_SIZE: u32 = 1000;
    /// The longest time to wait for a server.
    pub const MAX_SERVER_SELECTION_TIMEOUT: Duration = Duration::from_secs(60 * 60);
    const POOL_SIZE: &str = "pool_size";
    /// The longest time for a call.
    pub const MAX_CALL_TIMEOUT: Duration = Duration::from_secs(60 * 60);
    const TIMEOUT: &str = "server_selection_timeout_ms";
    const CALL_TIMEOUT: &str = "call_timeout_ms";
    /// How many bytes the name of a database can have at most.
    const MAX_NAME_BYTES: usize = 63;

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The same options for another database of the server.
    ///
    /// # Errors
    /// [`Invalid`] when MongoDB does not allow that name.
    pub fn with_database(self, database: impl Into<String>) -> Result<Self, Invalid> {
        let database = database.into();
        check_database(&database)?;
        Ok(Self { database, ..self })
    }

    /// How many connections to a server there are at most.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1 to 1000.
    pub fn pool_size(self, pool_size: u32) -> Result<Self, Invalid> {
        if !(1..=Self::MAX_POOL_SIZE).contains(&pool_size) {
            let reason = format!("takes 1 to {}, not {pool_size}", Self::MAX_POOL_SIZE);
            return Err(Invalid::new("pool_size", reason));
        }
        Ok(Self { pool_size, ..self })
    }

    /// How long to wait for a server that answers; at most
    /// [`MAX_SERVER_SELECTION_TIMEOUT`](Self::MAX_SERVER_SELECTION_TIMEOUT).
    #[must_use]
    pub fn server_selection_timeout(self, timeout: Duration) -> Self {
        let server_selection_timeout = timeout.min(Self::MAX_SERVER_SELECTION_TIMEOUT);
        Self { server_selection_timeout, ..self }
    }

    /// How long a call that writes waits for its turn, and is tried again while other calls interrupt it or
    /// the server is away; at most [`MAX_CALL_TIMEOUT`](Self::MAX_CALL_TIMEOUT). A command that was sent is
    /// waited for a few seconds longer.
    #[must_use]
    pub fn call_timeout(self, timeout: Duration) -> Self {
        Self { call_timeout: timeout.min(Self::MAX_CALL_TIMEOUT), ..self }
    }

    fn with(self, name: &str, value: &str) -> Result<Self, Invalid> {
        if name == Self::POOL_SIZE {
            let reason = || format!("takes a number, 1 to {}", Self::MAX_POOL_SIZE);
            return self
                .pool_size(value.parse().map_err(|_| Invalid::new(Self::POOL_SIZE, reason()))?);
        }
        if name == Self::CALL_TIMEOUT {
            let timeout = millis(Self::CALL_TIMEOUT, value, Self::MAX_CALL_TIMEOUT)?;
            return Ok(self.call_timeout(timeout));
        }
        let timeout = millis(Self::TIMEOUT, value, Self::MAX_SERVER_SELECTION_TIMEOUT)?;
        Ok(self.server_selection_timeout(timeout))
    }
}

fn millis(option: &'static str, value: &str, longest: Duration) -> Result<Duration, Invalid> {
    let longest = longest.as_millis();
    let millis = value.parse::<u32>().ok().filter(|millis| longest >= (*millis).into());
    let invalid = || Invalid::new(option, format!("takes a number, 0 to {longest}"));
    Ok(Duration::from_millis(millis.ok_or_else(invalid)?.into()))
}

impl FromStr for MongoOptions {
    type Err = Invalid;

    fn from_str(url: &str) -> Result<Self, Invalid> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let options = query.split('&').filter(|option| !option.is_empty());
        let options = options.map(|option| option.split_once('=').unwrap_or((option, "")));
        let (ours, drivers): (Vec<_>, Vec<_>) = options.partition(|(name, _)| {
            [Self::POOL_SIZE, Self::TIMEOUT, Self::CALL_TIMEOUT].contains(name)
        });
        let drivers: Vec<_> =
            drivers.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let url = match drivers.is_empty() {
            true => base.to_owned(),
            false => format!("{base}?{}", drivers.join("&")),
        };
        // The parser's own message may quote a part of a password that it takes for a host.
        let parsed = ConnectionString::parse(&url).map_err(|_| {
            Invalid::new(
                "url",
                "is no connection string; it reads mongodb://HOST:PORT/DATABASE?OPTIONS, a user and a \
                 password before the host, percent-encoded, and the driver's options after the `?`",
            )
        })?;
        let Some(database) = parsed.default_database.filter(|name| !name.is_empty()) else {
            let reason = "names no database; put one behind the host: mongodb://HOST:PORT/DATABASE";
            return Err(Invalid::new("url", reason));
        };
        check_database(&database)?;
        let timeout = parsed.server_selection_timeout.unwrap_or(Duration::from_secs(2));
        let pool_size = parsed.max_pool_size.unwrap_or(16).clamp(1, Self::MAX_POOL_SIZE);
        let call_timeout = Duration::from_secs(30);
        let start =
            Self { url, database, pool_size, server_selection_timeout: timeout, call_timeout };
        ours.into_iter().try_fold(start, |options, (name, value)| options.with(name, value))
    }
}

fn check_database(name: &str) -> Result<(), Invalid> {
    if name.is_empty() || name.len() > MongoOptions::MAX_NAME_BYTES {
        let reason =
            format!("takes 1 to {} bytes, not {}", MongoOptions::MAX_NAME_BYTES, name.len());
        return Err(Invalid::new("database", reason));
    }
    if name.contains(['/', '\\', '.', ' ', '"', '$', '*', '<', '>', ':', '|', '?', '\0']) {
        let reason = "holds one of / \\ . \" $ * < > : | ? or a space; take it out";
        return Err(Invalid::new("database", reason));
    }
    if ["admin", "config", "local"].contains(&name) {
        return Err(Invalid::new("database", "is one of MongoDB's own; choose another name"));
    }
    Ok(())
}

impl fmt::Debug for MongoOptions {
    /// Shows no URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoOptions")
            .field("database", &self.database)
            .field("pool_size", &self.pool_size)
            .field("server_selection_timeout", &self.server_selection_timeout)
            .field("call_timeout", &self.call_timeout)
            .finish_non_exhaustive()
    }
}
