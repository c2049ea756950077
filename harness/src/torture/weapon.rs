//! What strikes while a client calls.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use pangolin_store::{Result, StoreError};
use rusqlite::Connection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::nemesis::Nemesis;
use super::residue::file_of;
use crate::contract::choice::Chooser;
use crate::nemesis::{Action, Fate, Proxy};
use crate::server::RunningServer;

/// What strikes while a client calls.
#[async_trait]
pub(crate) trait Weapon: Send + Sync {
    /// Called right before the client's call is made. What takes time goes on by itself.
    async fn strike(&self);

    /// Called when the client's call has ended. Returns once nothing strikes any more, and whether anything did.
    async fn rest(&self) -> bool;

    /// The message that is struck, when it is one.
    fn message(&self) -> Option<u64> {
        None
    }
}

/// The messages of a call that are struck, each as often as it is likely: most calls have few.
const MESSAGES: [u64; 10] = [1, 1, 1, 2, 2, 2, 3, 3, 4, 5];

/// Strikes a message on the line.
pub(crate) struct Line {
    proxy: Arc<Proxy>,
    fate: Fate,
    /// How long the line stays as it is after it was struck.
    lasts: Duration,
    /// Whether the line is mended as soon as the client has its answer.
    ends_with_call: bool,
    mending: Mutex<Option<JoinHandle<()>>>,
}

impl Line {
    /// Draws which message is struck; `limit` is how long a call may take.
    pub(crate) fn draw(
        choose: &mut Chooser<'_>,
        proxy: &Arc<Proxy>,
        nemesis: Nemesis,
        limit: Duration,
    ) -> Option<Self> {
        let late = [1, 5, 20, 80][choose.below(4)];
        let (action, lasts, ends_with_call) = match nemesis {
            Nemesis::CutBefore => (Action::CutBefore, Duration::ZERO, true),
            Nemesis::CutAfter => (Action::CutAfter, Duration::ZERO, true),
            Nemesis::Refuse => (Action::Refuse, Duration::from_millis(200), false),
            Nemesis::Outage => (Action::CutAfterAndRefuse, Duration::from_secs(4), false),
            Nemesis::Delay => (Action::Delay(Duration::from_millis(late)), limit, true),
            Nemesis::SilentBefore => (Action::SilentBefore, limit * 2, true),
            Nemesis::SilentAfter => (Action::SilentAfter, limit * 2, true),
            _ => return None,
        };
        let at = MESSAGES[choose.below(MESSAGES.len())];
        Some(Self {
            proxy: Arc::clone(proxy),
            fate: Fate { at, action },
            lasts,
            ends_with_call,
            mending: Mutex::default(),
        })
    }

    fn mending(&self) -> Option<JoinHandle<()>> {
        self.mending.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Weapon for Line {
    async fn strike(&self) {
        self.proxy.arm(self.fate);
        let (proxy, lasts) = (Arc::clone(&self.proxy), self.lasts);
        let mending = tokio::spawn(async move {
            proxy.struck().await;
            sleep(lasts).await;
            proxy.heal();
        });
        *self.mending.lock().unwrap_or_else(PoisonError::into_inner) = Some(mending);
    }

    async fn rest(&self) -> bool {
        let has_struck = self.proxy.has_struck();
        let mending = self.mending();
        if self.ends_with_call || !has_struck {
            mending.inspect(JoinHandle::abort);
            self.proxy.heal();
        } else if let Some(mending) = mending {
            // It neither panics nor is aborted elsewhere.
            let _ = mending.await;
        }
        has_struck
    }

    fn message(&self) -> Option<u64> {
        Some(self.fate.at)
    }
}

/// What strikes a moment after the call was made, in a task of its own.
#[derive(Default)]
pub(crate) struct Later(Mutex<Option<JoinHandle<bool>>>);

impl Later {
    pub(crate) fn begin(&self, strike: impl Future<Output = bool> + Send + 'static) {
        let strike = tokio::spawn(strike);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(strike);
    }

    pub(crate) async fn end(&self) -> bool {
        let strike = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match strike {
            // One that panicked struck nothing.
            Some(strike) => strike.await.unwrap_or(false),
            None => false,
        }
    }
}

/// Ends all sessions on a PostgreSQL database.
pub(crate) struct Sessions {
    url: String,
    after: Duration,
    later: Later,
}

impl Sessions {
    pub(crate) fn new(url: String, after: Duration) -> Self {
        Self { url, after, later: Later::default() }
    }

    /// Runs a statement, with the names of the database and of the user in place of `THE_DATABASE` and `THE_USER`.
    pub(crate) async fn alter(url: &str, statement: &str) -> Result<()> {
        let altered = async {
            let mut connection = PgConnection::connect(url).await?;
            let here = sqlx::query_as("SELECT current_database()::text, current_user::text");
            let (database, user): (String, String) = here.fetch_one(&mut connection).await?;
            // The names of the harness's own databases contain nothing that needs quoting.
            let statement = statement
                .replace("THE_DATABASE", &format!("\"{database}\""))
                .replace("THE_USER", &format!("\"{user}\""));
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
            connection.close().await
        };
        altered.await.map_err(StoreError::backend)
    }
}

#[async_trait]
impl Weapon for Sessions {
    async fn strike(&self) {
        let Ok(mut connection) = PgConnection::connect(&self.url).await else { return };
        let after = self.after;
        self.later.begin(async move {
            sleep(after).await;
            let ended = sqlx::query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            );
            ended.execute(&mut connection).await.is_ok_and(|ended| ended.rows_affected() > 0)
        });
    }

    async fn rest(&self) -> bool {
        self.later.end().await
    }
}

/// Holds the lock of a SQLite file, as another process that writes.
pub(crate) struct HeldLock {
    url: String,
    lasts: Duration,
    later: Later,
}

impl HeldLock {
    pub(crate) fn new(url: String, lasts: Duration) -> Self {
        Self { url, lasts, later: Later::default() }
    }
}

#[async_trait]
impl Weapon for HeldLock {
    async fn strike(&self) {
        let held = Connection::open(file_of(&self.url)).and_then(|file| {
            file.busy_timeout(Duration::from_secs(1))?;
            file.execute_batch("BEGIN IMMEDIATE")?;
            Ok(file)
        });
        let lasts = self.lasts;
        let Ok(file) = held else { return };
        self.later.begin(async move {
            sleep(lasts).await;
            // Closing it ends its transaction.
            drop(file);
            true
        });
    }

    async fn rest(&self) -> bool {
        self.later.end().await
    }
}

/// Kills a server and starts it again, or freezes it for a while.
pub(crate) struct Power {
    server: Arc<RunningServer>,
    nemesis: Nemesis,
    after: Duration,
    later: Later,
}

impl Power {
    pub(crate) fn new(server: Arc<RunningServer>, nemesis: Nemesis, after: Duration) -> Self {
        Self { server, nemesis, after, later: Later::default() }
    }
}

/// How long a server is frozen.
const FROZEN: Duration = Duration::from_millis(700);

#[async_trait]
impl Weapon for Power {
    async fn strike(&self) {
        let (server, nemesis, after) = (Arc::clone(&self.server), self.nemesis, self.after);
        self.later.begin(async move {
            sleep(after).await;
            let Some(power) = server.power() else { return false };
            if nemesis == Nemesis::KillServer {
                return power.restart().await.is_ok();
            }
            let frozen = power.freeze().await.is_ok();
            sleep(FROZEN).await;
            power.thaw().is_ok() && frozen
        });
    }

    async fn rest(&self) -> bool {
        self.later.end().await
    }
}
