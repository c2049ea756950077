//! Which database to open, and with which settings.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use strum::{EnumString, IntoStaticStr};

use crate::Invalid;

/// Which database a [`SqliteStore`](super::SqliteStore) opens, and how.
///
/// Read from what follows `sqlite:` in a URL: `PATH` or `:memory:`, then, after a `?`, options joined
/// by `&`:
///
/// | option | value |
/// | --- | --- |
/// | `synchronous` | `full`, the default, `normal` or `off`: [`Synchronous`] |
/// | `readers` | how many reads run at once, 1 to 64; the default is the number of processors |
/// | `busy_timeout_ms` | how long to wait for another process that writes, in milliseconds; the default is 5000 |
///
/// ```
/// use pangolin_store::sqlite::{SqliteOptions, Synchronous};
///
/// let options: SqliteOptions = "catalog.db?synchronous=normal&readers=4".parse()?;
/// assert_eq!(options, SqliteOptions::file("catalog.db").synchronous(Synchronous::Normal).readers(4)?);
/// # Ok::<(), pangolin_store::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    pub(super) path: Option<PathBuf>,
    pub(super) synchronous: Synchronous,
    pub(super) readers: usize,
    pub(super) busy_timeout: Duration,
}

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Synchronous {
    /// At once: a power cut can lose acknowledged writes and damage the file. For tests.
    Off,
    /// At once, but a power cut cannot damage the file. A power cut can lose the last acknowledged
    /// writes; the end of the process cannot.
    Normal,
    /// When it is on the disk: an acknowledged write survives a power cut.
    Full,
}

impl SqliteOptions {
    /// How many reads can run at once at most.
    pub const MAX_READERS: usize = 64;
    /// The longest time to wait for another process.
    pub const MAX_BUSY_TIMEOUT: Duration = Duration::from_secs(60 * 60);

    /// The database in the file at `path`, which is created if it does not exist.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { path: Some(path.as_ref().to_owned()), ..Self::memory() }
    }

    /// A new and empty database in memory. It exists as long as a clone of its store.
    pub fn memory() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            path: None,
            synchronous: Synchronous::Full,
            readers: processors.clamp(2, Self::MAX_READERS),
            busy_timeout: Duration::from_secs(5),
        }
    }

    /// The file; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// When a write is acknowledged.
    #[must_use]
    pub fn synchronous(self, synchronous: Synchronous) -> Self {
        Self { synchronous, ..self }
    }

    /// How many reads of a file run at once.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1 to 64.
    pub fn readers(self, readers: usize) -> Result<Self, Invalid> {
        if !(1..=Self::MAX_READERS).contains(&readers) {
            let reason = format!("takes 1 to {}, not {readers}", Self::MAX_READERS);
            return Err(Invalid::new("readers", reason));
        }
        Ok(Self { readers, ..self })
    }

    /// How long to wait for another process that writes; at most [`MAX_BUSY_TIMEOUT`](Self::MAX_BUSY_TIMEOUT).
    #[must_use]
    pub fn busy_timeout(self, busy_timeout: Duration) -> Self {
        Self { busy_timeout: busy_timeout.min(Self::MAX_BUSY_TIMEOUT), ..self }
    }

    fn with(self, name: &str, value: &str) -> Result<Self, Invalid> {
        match name {
            "synchronous" => {
                let synchronous = value
                    .parse()
                    .map_err(|_| Invalid::new("synchronous", "takes `off`, `normal` or `full`"))?;
                Ok(self.synchronous(synchronous))
            }
            "readers" => self.readers(value.parse().map_err(|_| {
                Invalid::new("readers", format!("takes a number, 1 to {}", Self::MAX_READERS))
            })?),
            "busy_timeout_ms" => {
                let longest = Self::MAX_BUSY_TIMEOUT.as_millis();
                let millis = value.parse::<u32>().ok().filter(|millis| longest >= (*millis).into());
                let millis = millis.ok_or_else(|| {
                    Invalid::new("busy_timeout_ms", format!("takes a number, 0 to {longest}"))
                })?;
                Ok(self.busy_timeout(Duration::from_millis(millis.into())))
            }
            _ => Err(Invalid::new(
                name.to_owned(),
                "is no option; there are `synchronous`, `readers` and `busy_timeout_ms`",
            )),
        }
    }
}

impl FromStr for SqliteOptions {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (path, options) = text.split_once('?').unwrap_or((text, ""));
        let start = match path {
            "" => return Err(Invalid::new("path", "is empty; give a file, or `:memory:`")),
            ":memory:" => Self::memory(),
            path => Self::file(path),
        };
        let options = options.split('&').filter(|option| !option.is_empty());
        options
            .map(|option| option.split_once('=').unwrap_or((option, "")))
            .try_fold(start, |options, (name, value)| options.with(name, value))
    }
}
