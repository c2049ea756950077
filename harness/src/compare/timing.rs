//! How long the harness waits for a store.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// The waits for a store, by what it did.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Calls of the contract.
    pub calls: Waits,
    /// Emptying it before a trace.
    pub emptying: Waits,
    /// Closing it and opening it again.
    pub restarts: Waits,
}

/// How many waits there were, and how long they took in all.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Waits {
    /// How often.
    pub count: u64,
    /// How long in all.
    pub total: Duration,
}

impl Timing {
    /// Adds the waits of `other`.
    pub fn add(&mut self, other: &Self) {
        self.calls.add(&other.calls);
        self.emptying.add(&other.emptying);
        self.restarts.add(&other.restarts);
    }
}

impl Waits {
    /// Waits for `future`.
    pub async fn on<T>(&mut self, future: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let output = future.await;
        self.count += 1;
        self.total += started.elapsed();
        output
    }

    /// Adds `other`.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.total += other.total;
    }

    /// How many microseconds one takes on average; 0 when there was none.
    pub fn mean_micros(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        self.total.as_secs_f64() * 1e6 / self.count as f64
    }
}

/// The average, for people.
impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mean_micros() {
            micros if micros < 1_000.0 => write!(f, "{micros:.0} µs"),
            micros => write!(f, "{:.1} ms", micros / 1_000.0),
        }
    }
}
