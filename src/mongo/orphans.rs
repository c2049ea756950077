//! Orphans: transactions that may be open on the server although the line to it broke.
//!
//! The driver tries once to abort a transaction, and ignores when that fails. The server would keep it until
//! its time limit, which is a minute by default, and everyone else would wait for what it has written.

use std::time::Duration;

use bson::doc;
use mongodb::{ClientSession, Database};
use tokio::time::{Instant, sleep};

/// How long the server keeps a transaction by itself, unless it is told otherwise.
const LIFETIME: Duration = Duration::from_secs(60);
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Ends the transaction of a session as soon as the server can be reached; nothing else uses the session until
/// then. A transaction that is committed stays so.
pub(super) async fn end(database: Database, session: ClientSession) {
    let admin = database.client().database("admin");
    let (until, mut pause) = (Instant::now() + LIFETIME, SHORTEST_PAUSE);
    while Instant::now() < until {
        // A session is its user's own, so this takes no privilege.
        if admin.run_command(doc! { "killSessions": [session.id()] }).await.is_ok() {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
