//! Points in time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A UTC time in the years 1 to 9999, to the microsecond.
///
/// Written and read as RFC 3339 (`2026-11-23T20:21:00.000001Z`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The first microsecond of year 1.
    pub const MIN: Self = Self(-62_135_596_800_000_000);
    /// The last microsecond of year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// The time that many microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Invalid`] when that is outside the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Result<Self, Invalid> {
        if !(Self::MIN.0..=Self::MAX.0).contains(&micros) {
            return Err(Invalid::new("timestamp", "lies outside the years 1 to 9999"));
        }
        Ok(Self(micros))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// `time`, cut to whole microseconds; for times from a clock.
    ///
    /// # Errors
    /// [`Invalid`] when that is outside the years 1 to 9999.
    pub fn truncated(time: DateTime<Utc>) -> Result<Self, Invalid> {
        Self::from_micros(time.timestamp_micros())
    }

    fn to_rfc3339(self) -> String {
        DateTime::from_timestamp_micros(self.0)
            .expect("years 1 to 9999 lie inside chrono's range")
            .to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

impl TryFrom<DateTime<Utc>> for Timestamp {
    type Error = Invalid;

    /// Refuses leap seconds, and times that are finer than a microsecond, because that part would be
    /// lost.
    fn try_from(time: DateTime<Utc>) -> Result<Self, Invalid> {
        let nanos = time.timestamp_subsec_nanos();
        if !nanos.is_multiple_of(1_000) || nanos >= 1_000_000_000 {
            let reason = "is finer than a microsecond, or a leap second; truncate it";
            return Err(Invalid::new("timestamp", reason));
        }
        if !(1..=9999).contains(&time.year()) {
            return Err(Invalid::new("timestamp", "lies outside the years 1 to 9999"));
        }
        Self::from_micros(time.timestamp_micros())
    }
}

impl TryFrom<String> for Timestamp {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|error| {
            Invalid::new("timestamp", format!("is not RFC 3339 (2026-11-23T20:21:00Z): {error}"))
        })?;
        time.with_timezone(&Utc).try_into()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_rfc3339()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}
