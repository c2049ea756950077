//! Which database to open, and with which settings.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx_postgres::PgConnectOptions;

use crate::Invalid;
use crate::events::on_servers;

/// Which database a [`PostgresStore`](super::PostgresStore) opens, and how.
///
/// Read from a URL, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. After a `?`, joined by `&`, come
///
/// | option | value |
/// | --- | --- |
/// | `pool_size` | how many connections the store has at most, 1 to 1000; the default is 16 |
/// | `acquire_timeout_ms` | how long a call waits for a connection, in milliseconds; the default is 5000 |
/// | `statement_timeout_ms` | how long a statement may take, in milliseconds; the default is 0, no limit |
/// | `call_timeout_ms` | how long a call may take in all, in milliseconds; the default is 30000; 0 is no limit |
/// | `lock_timeout_ms` | how long a statement waits for a lock, in milliseconds; the default is 30000; 0 is no limit |
///
/// and those of PostgreSQL's own: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `application_name`,
/// `host`, `hostaddr`, `port`, `dbname`, `user`, `password`, `options` and `options[NAME]`. The
/// environment variables `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD` and so on give what the URL does not.
///
/// `Debug` shows no password.
///
/// ```
/// use std::time::Duration;
/// use pangolin_store::postgres::PostgresOptions;
///
/// let options: PostgresOptions = "postgres://catalog:secret@localhost/lake?pool_size=4".parse()?;
/// let options = options.lock_timeout(Duration::from_secs(2));
/// assert!(!format!("{options:?}").contains("secret"));
/// # Ok::<(), pangolin_store::Invalid>(())
/// ```
#[derive(Clone)]
pub struct PostgresOptions {
    pub(super) server: PgConnectOptions,
    pub(super) pool_size: usize,
    pub(super) acquire_timeout: Duration,
    pub(super) statement_timeout: Duration,
    pub(super) lock_timeout: Duration,
    pub(super) call_timeout: Duration,
}

/// The options in the URL that are for the driver: where the server is, and who calls.
const OF_THE_SERVER: [&str; 16] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

impl PostgresOptions {
    /// How many connections a store can have at most.
    pub const MAX_POOL_SIZE: usize = 1000;
    /// The longest timeout.
    pub const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

    /// The name of the database; `None`: that of the user.
    pub fn database_name(&self) -> Option<&str> {
        self.server.get_database()
    }

    /// The same options for another database of the server.
    #[must_use]
    pub fn database(self, name: &str) -> Self {
        Self { server: self.server.database(name), ..self }
    }

    /// How many connections the store has at most.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1 to 1000.
    pub fn pool_size(self, pool_size: usize) -> Result<Self, Invalid> {
        if !(1..=Self::MAX_POOL_SIZE).contains(&pool_size) {
            let reason = format!("takes 1 to {}, not {pool_size}", Self::MAX_POOL_SIZE);
            return Err(Invalid::new("pool_size", reason));
        }
        Ok(Self { pool_size, ..self })
    }

    /// How long a call waits for a connection; at most [`MAX_TIMEOUT`](Self::MAX_TIMEOUT).
    #[must_use]
    pub fn acquire_timeout(self, acquire_timeout: Duration) -> Self {
        Self { acquire_timeout: acquire_timeout.min(Self::MAX_TIMEOUT), ..self }
    }

    /// How long a statement may take; zero for no limit. At most
    /// [`MAX_TIMEOUT`](Self::MAX_TIMEOUT).
    #[must_use]
    pub fn statement_timeout(self, statement_timeout: Duration) -> Self {
        Self { statement_timeout: statement_timeout.min(Self::MAX_TIMEOUT), ..self }
    }

    /// How long a statement waits for a lock; zero for no limit. At most
    /// [`MAX_TIMEOUT`](Self::MAX_TIMEOUT).
    #[must_use]
    pub fn lock_timeout(self, lock_timeout: Duration) -> Self {
        Self { lock_timeout: lock_timeout.min(Self::MAX_TIMEOUT), ..self }
    }

    /// How long a call may take in all; zero for no limit. At most [`MAX_TIMEOUT`](Self::MAX_TIMEOUT).
    ///
    /// A call that takes longer fails with `Backend`, which says whether it may have taken effect. The
    /// server ends a single statement a little sooner. Opening the store, which may migrate, and
    /// clearing it are not limited.
    #[must_use]
    pub fn call_timeout(self, call_timeout: Duration) -> Self {
        Self { call_timeout: call_timeout.min(Self::MAX_TIMEOUT), ..self }
    }

    /// How long the server lets a statement take; zero for no limit. It is shorter than a call may take,
    /// because the server knows that a statement that it ends has had no effect.
    pub(super) fn limit_of_a_statement(&self) -> Duration {
        let of_the_call = self.call_timeout.mul_f32(0.9);
        match (self.statement_timeout.is_zero(), of_the_call.is_zero()) {
            (true, _) => of_the_call,
            (false, true) => self.statement_timeout,
            (false, false) => self.statement_timeout.min(of_the_call),
        }
    }

    /// `HOST:PORT`.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.server.get_host(), self.server.get_port())
    }

    /// The database as events name it: `HOST:PORT/DATABASE`, without a name when PostgreSQL takes its default.
    pub(super) fn shown(&self) -> String {
        on_servers([self.address()], self.server.get_database())
    }

    fn with(self, name: &str, value: &str) -> Result<Self, Invalid> {
        match name {
            "pool_size" => self.pool_size(value.parse().map_err(|_| {
                Invalid::new("pool_size", format!("takes a number, 1 to {}", Self::MAX_POOL_SIZE))
            })?),
            "acquire_timeout_ms" => Ok(self.acquire_timeout(timeout("acquire_timeout_ms", value)?)),
            "statement_timeout_ms" => {
                Ok(self.statement_timeout(timeout("statement_timeout_ms", value)?))
            }
            "lock_timeout_ms" => Ok(self.lock_timeout(timeout("lock_timeout_ms", value)?)),
            "call_timeout_ms" => Ok(self.call_timeout(timeout("call_timeout_ms", value)?)),
            _ => Err(Invalid::new(
                name.to_owned(),
                "is no option; there are `pool_size`, `acquire_timeout_ms`, `statement_timeout_ms`, \
                 `lock_timeout_ms`, `call_timeout_ms` and those of PostgreSQL, like `sslmode`",
            )),
        }
    }
}

fn timeout(name: &'static str, value: &str) -> Result<Duration, Invalid> {
    let longest = PostgresOptions::MAX_TIMEOUT.as_millis();
    let millis = value.parse::<u32>().ok().filter(|millis| longest >= (*millis).into());
    let millis =
        millis.ok_or_else(|| Invalid::new(name, format!("takes a number, 0 to {longest}")))?;
    Ok(Duration::from_millis(millis.into()))
}

fn is_of_the_server(name: &str) -> bool {
    OF_THE_SERVER.contains(&name) || name == "options" || name.starts_with("options[")
}

impl FromStr for PostgresOptions {
    type Err = Invalid;

    /// The reason never quotes the URL, which may hold a password.
    fn from_str(url: &str) -> Result<Self, Invalid> {
        let (address, options) = url.split_once('?').unwrap_or((url, ""));
        if !["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme)) {
            return Err(Invalid::new("url", "begins with `postgres://` or `postgresql://`"));
        }
        let options = options.split('&').filter(|option| !option.is_empty());
        let (of_the_server, own): (Vec<_>, Vec<_>) = options
            .partition(|option| is_of_the_server(option.split_once('=').unwrap_or((option, "")).0));
        let server = format!("{address}?{}", of_the_server.join("&"));
        let server = server.parse().map_err(|_| {
            let reason = "is not `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, or an option after \
                          its `?` is out of bounds; write special characters as %XX";
            Invalid::new("url", reason)
        })?;
        let start = Self {
            server,
            pool_size: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::ZERO,
            lock_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(30),
        };
        own.into_iter()
            .map(|option| option.split_once('=').unwrap_or((option, "")))
            .try_fold(start, |options, (name, value)| options.with(name, value))
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("host", &self.server.get_host())
            .field("port", &self.server.get_port())
            .field("database", &self.server.get_database())
            .field("user", &self.server.get_username())
            .field("pool_size", &self.pool_size)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .field("call_timeout", &self.call_timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_shown_without_user_and_password() {
        let url = "postgres://catalog:secret@db.example:5433/lake?password=secret&sslkey=secret";
        let options: PostgresOptions = url.parse().unwrap();
        assert_eq!(options.shown(), "db.example:5433/lake");
    }
}
